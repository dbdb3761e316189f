// Package graph turns a definition into a graph of states and transitions, and finds the path of an
// execution in it. It writes the graph as text for a terminal and as Mermaid. It is pure.
package graph

import (
	"slices"
	"strings"

	"retrycatch/internal/asl"
	"retrycatch/internal/safetext"
)

// Graph represents a whole definition.
type Graph struct {
	Comment string
	Timeout string // an execution's time limit in words; may be empty
	Machine
	states map[string]*State // of all state machines in it, by name
}

// Machine represents one state machine: the definition's own, a branch of a Parallel, or the state
// machine that a Map runs for each item.
type Machine struct {
	States      []*State      // the first state first, the others in the order of the definition
	Transitions []*Transition // the start first, the others in the order of their From
	parent      *State        // the Parallel or Map that runs it; nil for the definition's own
}

// State represents a state of a state machine.
type State struct {
	Name    string
	Type    asl.Type
	Detail  string     // such as the duration of a Wait, or the work of a Task; may be empty
	Limits  string     // of a Task or a Map, such as its timeout; may be empty
	Retry   []string   // each retrier in a few words
	Inner   []*Machine // of a Parallel or a Map
	machine *Machine   // its state machine
}

// Label returns the name, safe to show.
func (s *State) Label() string { return safetext.Line(shown(s.Name)) }

// Kind names the reason for a transition.
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

// Transition leads from one state to another in the same state machine. Between two states there is
// at most one for errors and one for everything else: choices or catchers that lead to the same
// state are joined.
type Transition struct {
	From   *State // nil for the start
	To     *State // nil for the end
	Kind   Kind
	Labels []string // the conditions of choices, or the names of caught errors, each cut to a few words
	whole  []string // the same, not cut
}

// label holds a condition or the name of an error.
type label struct{ short, whole string }

// connect adds a transition, or adds its labels to an existing one.
func (m *Machine) connect(from, to *State, kind Kind, labels ...label) {
	t := m.transition(from, to, kind)
	for _, l := range labels {
		t.Labels, t.whole = append(t.Labels, l.short), append(t.whole, l.whole)
	}
}

// transition returns the transition that carries labels of a kind. It adds one if there is none.
func (m *Machine) transition(from, to *State, kind Kind) *Transition {
	for _, t := range slices.Backward(m.Transitions) {
		if t.From != from {
			break // a state's transitions are together
		}
		if t.To == to && (t.Kind == Catch) == (kind == Catch) {
			return t
		}
	}
	t := &Transition{From: from, To: to, Kind: kind}
	m.Transitions = append(m.Transitions, t)
	return t
}

// each calls do with every state. The states of an inner state machine follow the state that
// contains it.
func (m *Machine) each(do func(*State)) {
	for _, s := range m.States {
		do(s)
		for _, inner := range s.Inner {
			inner.each(do)
		}
	}
}

// depth counts the Parallels and Maps around a state.
func (s *State) depth() int {
	depth := 0
	for parent := s.machine.parent; parent != nil; parent = parent.machine.parent {
		depth++
	}
	return depth
}

// Kind returns the type with its detail and its limits.
func (s *State) Kind() string {
	facts := strings.Join(slices.DeleteFunc([]string{s.Detail, s.Limits}, isEmpty), ", ")
	return strings.Join(slices.DeleteFunc([]string{string(s.Type), facts}, isEmpty), " · ")
}

// Facts returns the same information as Kind, as separate lines.
func (s *State) Facts() []string {
	kind := strings.Join(slices.DeleteFunc([]string{string(s.Type), s.Detail}, isEmpty), " · ")
	return slices.DeleteFunc([]string{kind, s.Limits}, isEmpty)
}

func isEmpty(text string) bool { return text == "" }
