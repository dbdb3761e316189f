package graph

import "retrycatch/internal/asl"

// Parse reads a definition as a graph. It returns the error of asl.Parse.
func Parse(definition []byte) (*Graph, error) {
	d, err := asl.Parse(definition)
	if err != nil {
		return nil, err
	}
	g := &Graph{Comment: d.Comment, Timeout: timeout(d.TimeoutSeconds), states: map[string]*State{}}
	g.fill(&g.Machine, &d.Machine)
	return g, nil
}

// fill adds the states of a state machine, and the transitions between them.
func (g *Graph) fill(m *Machine, from *asl.Machine) {
	for _, defined := range from.States {
		s := &State{
			Name:    defined.Name,
			Type:    defined.Type,
			Detail:  detail(defined),
			Limits:  limits(defined),
			machine: m,
		}
		for _, r := range defined.Retry {
			s.Retry = append(s.Retry, retrier(r))
		}
		for _, machine := range defined.Inner {
			inner := &Machine{parent: s}
			g.fill(inner, machine)
			s.Inner = append(s.Inner, inner)
		}
		g.states[s.Name] = s
		if s.Name == from.StartAt {
			m.States = append([]*State{s}, m.States...)
		} else {
			m.States = append(m.States, s)
		}
	}
	m.connect(nil, m.States[0], Start)
	defined := map[string]*asl.State{}
	for _, s := range from.States {
		defined[s.Name] = s
	}
	for _, s := range m.States {
		g.leave(s, defined[s.Name])
	}
}

// leave adds the transitions that leave a state.
func (g *Graph) leave(s *State, defined *asl.State) {
	m := s.machine
	rules := map[string]int{} // number of rules that lead to a state, including the default
	for _, rule := range defined.Choices {
		rules[rule.Next]++
	}
	rules[defined.Default]++
	for _, rule := range defined.Choices {
		m.connect(s, g.states[rule.Next], Choice, newCondition(rule.Rule).label(rules[rule.Next] > 1))
	}
	switch {
	case defined.Default != "":
		m.connect(s, g.states[defined.Default], Default, label{"default", "default"})
	case defined.Next != "":
		m.connect(s, g.states[defined.Next], Next)
	case s.Type == asl.Fail && m.parent != nil: // it fails the parent, so it does not lead to the branch's end
	case s.Type != asl.Choice:
		m.connect(s, nil, End)
	}
	for _, c := range defined.Catch {
		m.connect(s, g.states[c.Next], Catch, namesOf(c.ErrorEquals)...)
	}
}

// namesOf returns the labels of a catcher, at least one.
func namesOf(names asl.ErrorNames) []label {
	if len(names) == 0 {
		return []label{{noError, noError}}
	}
	labels := make([]label, len(names))
	for i, name := range names {
		labels[i] = label{shown(name), shown(name)}
	}
	return labels
}
