package graph

import (
	"slices"

	"retrycatch/internal/asl"
)

// flow orders the states of a state machine for reading from top to bottom. In a chain, each state
// has a transition to the next one. The first chain is the happy path. The others are alternatives
// that branch off from an earlier chain.
type flow struct {
	chains   [][]*State
	exits    map[*State][]*Transition // the transitions from a state, in the order of the definition
	entries  map[*State][]*Transition // the transitions to a state
	position map[*State]int           // the index of a state in the text; unset until the state is in a chain
	ratings  map[*State]rating
	loopIDs  map[*State]int // states with the same ID reach each other
}

// rating rates the best path from a state. Paths exclude the transitions for errors.
type rating struct {
	succeeds bool
	length   int // number of states
}

func (r rating) isBetterThan(other rating) bool {
	if r.succeeds != other.succeeds {
		return r.succeeds
	}
	return r.length > other.length
}

// arrange puts the states of a state machine in order. Unreachable states come last.
func arrange(m *Machine) *flow {
	f := &flow{exits: map[*State][]*Transition{}, entries: map[*State][]*Transition{},
		position: map[*State]int{}, ratings: map[*State]rating{}}
	for _, t := range m.Transitions[1:] {
		f.exits[t.From] = append(f.exits[t.From], t)
		if t.To != nil {
			f.entries[t.To] = append(f.entries[t.To], t)
		}
	}
	f.loopIDs = f.findLoops(m.States)
	f.addChains(m.States[0])
	for _, withEntry := range []bool{false, true} {
		for _, s := range m.States {
			if withEntry || len(f.entries[s]) == 0 {
				f.addChains(s)
			}
		}
	}
	return f
}

// addChains adds the chain that begins with a state, and then the chains that branch off from it.
// It does nothing if the state is already in a chain.
func (f *flow) addChains(head *State) {
	if f.isPlaced(head) {
		return
	}
	f.rate(head) // rate the head first, so that paths around a loop stop at the head
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
			if t.To != nil && !f.isPlaced(t.To) {
				heads = append(heads, t.To)
			}
		}
	}
	for _, s := range append(f.chainHeads(heads), heads...) {
		f.addChains(s)
	}
}

// chainHeads returns the heads, without those in the chain of another head.
func (f *flow) chainHeads(heads []*State) []*State {
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

func (f *flow) isPlaced(s *State) bool {
	_, placed := f.position[s]
	return placed
}

// next returns the next state of a chain, or nil. It prefers the longest path that succeeds,
// because that makes the alternatives short.
func (f *flow) next(s *State) *State {
	var next *State
	var best rating
	for _, t := range f.exits[s] {
		if t.Kind == Catch || t.To == nil || f.isPlaced(t.To) {
			continue
		}
		if r := f.rate(t.To); next == nil || r.isBetterThan(best) {
			next, best = t.To, r
		}
	}
	return next
}

// rate returns the rating of a state. A path never visits a state twice.
func (f *flow) rate(s *State) rating {
	if r, known := f.ratings[s]; known {
		return r
	}
	f.ratings[s] = rating{} // ends paths that return to the state
	var best rating
	for _, t := range f.exits[s] {
		r := rating{succeeds: s.Type != asl.Fail}
		switch {
		case t.Kind == Catch:
			continue
		case t.To != nil:
			r = f.rate(t.To)
		}
		if r.isBetterThan(best) {
			best = r
		}
	}
	best.length++
	f.ratings[s] = best
	return best
}

// transitionInChain returns the transition from a state to the next state of its chain, or to the
// end if next is nil. It returns nil if no such transition exists.
func (f *flow) transitionInChain(s, next *State) *Transition {
	i := slices.IndexFunc(f.exits[s], func(t *Transition) bool { return t.To == next && t.Kind != Catch })
	if i < 0 {
		return nil
	}
	return f.exits[s][i]
}

// leadsBack reports whether a transition leads up in the text and is part of a loop.
func (f *flow) leadsBack(t *Transition) bool {
	return f.leadsUp(t) && f.loopIDs[t.From] == f.loopIDs[t.To]
}

// leadsUp reports whether a transition leads to its own state or to a state higher up in the text.
func (f *flow) leadsUp(t *Transition) bool {
	return t.To != nil && f.position[t.To] <= f.position[t.From]
}

// findLoops assigns the same ID to states that can reach each other. It uses Tarjan's algorithm:
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
