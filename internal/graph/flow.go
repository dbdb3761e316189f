package graph

import (
	"slices"

	"retrycatch/internal/asl"
)

// flow arranges the states of a state machine for reading from top to bottom: in chains, in which
// each state has a transition to the next one. The first chain is the happy path. The others are
// alternatives, each below the chain that it leaves.
type flow struct {
	chains   [][]*State
	exits    map[*State][]*Transition // in the order of the definition
	entries  map[*State][]*Transition
	position map[*State]int // of placed states in the text, from zero
	goals    map[*State]goal
	loops    map[*State]int // states with the same number reach each other
}

// goal rates the best path from a state, without transitions for errors.
type goal struct {
	succeeds bool // it ends in a success
	length   int  // in states
}

func (g goal) better(than goal) bool {
	if g.succeeds != than.succeeds {
		return g.succeeds
	}
	return g.length > than.length
}

// arrange arranges the states of a state machine. States that nothing reaches come last.
func arrange(m *Machine) *flow {
	f := &flow{exits: map[*State][]*Transition{}, entries: map[*State][]*Transition{},
		position: map[*State]int{}, goals: map[*State]goal{}}
	for _, t := range m.Transitions[1:] {
		f.exits[t.From] = append(f.exits[t.From], t)
		if t.To != nil {
			f.entries[t.To] = append(f.entries[t.To], t)
		}
	}
	f.loops = f.findLoops(m.States)
	f.place(m.States[0])
	for _, withEntry := range []bool{false, true} {
		for _, s := range m.States {
			if withEntry || len(f.entries[s]) == 0 {
				f.place(s)
			}
		}
	}
	return f
}

// place adds the chain that begins with a state, and then the chains that leave it. It ignores a
// state that is already placed.
func (f *flow) place(head *State) {
	if f.placed(head) {
		return
	}
	f.goal(head) // before a state inside of a loop: the loop ends where it began
	var chain []*State
	for s := head; s != nil; {
		f.position[s] = len(f.position)
		chain = append(chain, s)
		s = f.next(s)
	}
	f.chains = append(f.chains, chain)
	var heads []*State
	for _, s := range chain {
		for _, t := range f.exits[s] {
			if t.To != nil && !f.placed(t.To) {
				heads = append(heads, t.To)
			}
		}
	}
	for _, s := range append(f.independent(heads), heads...) {
		f.place(s)
	}
}

// independent returns the heads, without those that are inside the chain of another one.
func (f *flow) independent(heads []*State) []*State {
	visited, inside := map[*State]bool{}, map[*State]bool{}
	for _, head := range heads {
		if visited[head] {
			continue
		}
		for s := head; s != nil; s = f.next(s) {
			inside[s] = s != head
			if visited[s] {
				break
			}
			visited[s] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(heads), func(s *State) bool { return inside[s] })
}

func (f *flow) placed(s *State) bool {
	_, placed := f.position[s]
	return placed
}

// next returns the state that follows in a chain, or nil. It prefers the longest path to a success,
// which makes the alternatives short.
func (f *flow) next(s *State) *State {
	var next *State
	var best goal
	for _, t := range f.exits[s] {
		if t.Kind == Catch || t.To == nil || f.placed(t.To) {
			continue
		}
		if g := f.goal(t.To); next == nil || g.better(best) {
			next, best = t.To, g
		}
	}
	return next
}

// goal rates a state. A path ends where it comes back to one of its own states.
func (f *flow) goal(s *State) goal {
	if g, known := f.goals[s]; known {
		return g
	}
	f.goals[s] = goal{} // for the paths that come back
	var best goal
	for _, t := range f.exits[s] {
		g := goal{succeeds: s.Type != asl.Fail}
		switch {
		case t.Kind == Catch:
			continue
		case t.To != nil:
			g = f.goal(t.To)
		}
		if g.better(best) {
			best = g
		}
	}
	best.length++
	f.goals[s] = best
	return best
}

// along returns the transition from a state to the next one of its chain, or nil. For next nil, it
// returns the transition to the end.
func (f *flow) along(s, next *State) *Transition {
	i := slices.IndexFunc(f.exits[s], func(t *Transition) bool { return t.To == next && t.Kind != Catch })
	if i < 0 {
		return nil
	}
	return f.exits[s][i]
}

// back reports whether a transition leads up in the text to a state from which its own state is
// reached again.
func (f *flow) back(t *Transition) bool { return f.above(t) && f.loops[t.From] == f.loops[t.To] }

// above reports whether a transition leads up in the text.
func (f *flow) above(t *Transition) bool {
	return t.To != nil && f.position[t.To] <= f.position[t.From]
}

// findLoops finds the states that reach each other, with Tarjan's algorithm:
// https://en.wikipedia.org/wiki/Tarjan%27s_strongly_connected_components_algorithm
func (f *flow) findLoops(states []*State) map[*State]int {
	number, low, loops := map[*State]int{}, map[*State]int{}, map[*State]int{}
	var stack []*State
	var visit func(s *State)
	visit = func(s *State) {
		number[s] = len(number) + 1
		low[s] = number[s]
		stack = append(stack, s)
		for _, t := range f.exits[s] {
			if t.To == nil {
				continue
			}
			if number[t.To] == 0 {
				visit(t.To)
				low[s] = min(low[s], low[t.To])
			} else if loops[t.To] == 0 {
				low[s] = min(low[s], number[t.To])
			}
		}
		for low[s] == number[s] && loops[s] == 0 {
			last := stack[len(stack)-1]
			stack, loops[last] = stack[:len(stack)-1], number[s]
		}
	}
	for _, s := range states {
		if number[s] == 0 {
			visit(s)
		}
	}
	return loops
}
