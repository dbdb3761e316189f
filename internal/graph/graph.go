// Package graph is a state machine as a graph: the states of a definition, the transitions between
// them, and which of them an execution took. It is pure, and writes the graph as text: for a
// terminal, and in Mermaid's language.
package graph

import (
	"slices"

	"retrycatch/internal/asl"
	"retrycatch/internal/safetext"
)

// Graph is a whole definition.
type Graph struct {
	Comment string
	Machine
	states map[string]*State // of all state machines in it, by name
}

// Machine is one state machine: the definition's own, a branch of a Parallel state, or what a Map
// state does with each item.
type Machine struct {
	States      []*State      // that which it starts with first, the others in the order of the definition
	Transitions []*Transition // the start first, the others in the order of the states that they leave
	parent      *State        // the Parallel or Map state that runs it; nil for the definition's own
}

// State is one of the steps that a state machine can take.
type State struct {
	Name    string
	Type    asl.Type
	Detail  string     // what matters most of its type, for example how long a Wait lasts; may be empty
	Retry   []string   // each retrier in a few words
	Inner   []*Machine // of a Parallel or a Map
	machine *Machine   // that it belongs to
}

// Label returns the name in a form that does no harm where it is shown.
func (s *State) Label() string { return safetext.Line(s.Name) }

// Kind is why a transition is taken.
type Kind string

// The kinds of transitions.
const (
	Start   Kind = "start"
	Next    Kind = "next"
	Choice  Kind = "choice"
	Default Kind = "default"
	Catch   Kind = "catch"
	End     Kind = "end"
)

// Transition leads from a state to another one of the same state machine. There is at most one
// between two states for errors, and one for all else: choices of the same state, and catchers to
// the same state, are joined.
type Transition struct {
	From   *State // nil for the start
	To     *State // nil for the end
	Kind   Kind
	Labels []string // the conditions of choices, the names of errors that are caught
}

// connect adds a transition, or its labels to the one that is there already.
func (m *Machine) connect(from, to *State, kind Kind, labels ...string) {
	for _, t := range slices.Backward(m.Transitions) {
		if t.From != from {
			break // those of a state are together
		}
		if t.To == to && (t.Kind == Catch) == (kind == Catch) {
			t.Labels = append(t.Labels, labels...)
			return
		}
	}
	m.Transitions = append(m.Transitions, &Transition{From: from, To: to, Kind: kind, Labels: labels})
}

// each calls do with every state, those of inner state machines after the one that holds them.
func (m *Machine) each(do func(*State)) {
	for _, s := range m.States {
		do(s)
		for _, inner := range s.Inner {
			inner.each(do)
		}
	}
}

// depth counts the states that hold this one.
func (s *State) depth() int {
	depth := 0
	for parent := s.machine.parent; parent != nil; parent = parent.machine.parent {
		depth++
	}
	return depth
}

// Kind returns the type with its detail.
func (s *State) Kind() string {
	if s.Detail == "" {
		return string(s.Type)
	}
	return string(s.Type) + " · " + s.Detail
}
