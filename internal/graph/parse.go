package graph

import "retrycatch/internal/asl"

// Parse builds the graph of a definition. Its errors are those of asl.Parse.
func Parse(definition []byte) (*Graph, error) {
	d, err := asl.Parse(definition)
	if err != nil {
		return nil, err
	}
	g := &Graph{Comment: d.Comment, Timeout: describeTimeout(d.TimeoutSeconds), states: map[string]*State{}}
	g.addStates(&g.Machine, &d.Machine)
	return g, nil
}

// addStates adds the states of a state machine and the transitions between them.
func (g *Graph) addStates(m *Machine, from *asl.Machine) {
	for _, defined := range from.States {
		s := &State{
			Name:    defined.Name,
			Type:    defined.Type,
			Detail:  stateDetail(defined),
			Limits:  stateLimits(defined),
			machine: m,
		}
		for _, r := range defined.Retry {
			s.Retry = append(s.Retry, describeRetrier(r))
		}
		for _, machine := range defined.Inner {
			inner := &Machine{parent: s}
			g.addStates(inner, machine)
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
	definedByName := map[string]*asl.State{}
	for _, s := range from.States {
		definedByName[s.Name] = s
	}
	for _, s := range m.States {
		g.connectFrom(s, definedByName[s.Name])
	}
}

// connectFrom adds the transitions from a state.
func (g *Graph) connectFrom(s *State, defined *asl.State) {
	m := s.machine
	rules := map[string]int{} // the number of rules that lead to each state; the default counts as a rule
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
	case s.Type == asl.Fail && m.parent != nil: // it also fails the parent state, so nothing leads to the end
	case s.Type != asl.Choice:
		m.connect(s, nil, End)
	}
	for _, c := range defined.Catch {
		m.connect(s, g.states[c.Next], Catch, errorLabels(c.ErrorEquals)...)
	}
}

// errorLabels returns the labels of a catcher: the error names, or noError for an empty list.
func errorLabels(names asl.ErrorNames) []label {
	if len(names) == 0 {
		return []label{{noError, noError}}
	}
	labels := make([]label, len(names))
	for i, name := range names {
		labels[i] = label{quoteBlank(name), quoteBlank(name)}
	}
	return labels
}
