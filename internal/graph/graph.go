// Package graph turns a state machine definition into a graph of states and transitions, and marks
// the path of an execution in the graph. It writes the graph as terminal text or as Mermaid.
package graph

import (
	"slices"
	"strings"

	"retrycatch/internal/asl"
	"retrycatch/internal/safetext"
)

// Graph holds the states and transitions of a definition.
type Graph struct {
	Comment string
	Timeout string // the execution time limit in words; may be empty
	Machine
	states map[string]*State // all states by name, including those of inner state machines
}

// Machine is a state machine: the top-level one, a branch of a Parallel state, or the item
// processor of a Map state.
type Machine struct {
	States      []*State      // the state in StartAt, then the others in the order of the definition
	Transitions []*Transition // the start transition, then those from each state, in the order of States
	parent      *State        // the Parallel or Map state that runs the machine; nil at the top level
}

// State holds what the graph shows about a state.
type State struct {
	Name    string
	Type    asl.Type
	Detail  string     // for example, the duration of a Wait or the service call of a Task; may be empty
	Limits  string     // for example, the timeout of a Task or the concurrency of a Map; may be empty
	Retry   []string   // descriptions of the retriers
	Inner   []*Machine // the branches of a Parallel, or the item processor of a Map
	machine *Machine   // the state machine that contains the state
}

// Label returns the name without control characters, in quotes if it is blank.
func (s *State) Label() string { return safetext.Line(quoteBlank(s.Name)) }

// Kind says why a transition is taken.
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

// Transition leads from one state to another in the same state machine. If several catchers of a
// state have the same target, they share one transition. Likewise, choices and the default share
// one transition if they have the same target.
type Transition struct {
	From   *State // nil for the start
	To     *State // nil for the end
	Kind   Kind
	Labels []string // conditions of choices, truncated; "default"; or the names of caught errors
	full   []string // the same labels, with the conditions in full
}

// label is the condition of a choice, "default", or the name of a caught error.
type label struct{ truncated, full string }

// connect adds labels to the transition between two states. It creates the transition if there is
// none.
func (m *Machine) connect(from, to *State, kind Kind, labels ...label) {
	t := m.transition(from, to, kind)
	for _, l := range labels {
		t.Labels, t.full = append(t.Labels, l.truncated), append(t.full, l.full)
	}
}

// transition returns the transition from one state to another, and adds it if there is none. There
// are at most two: one for Catch and one for all other kinds.
func (m *Machine) transition(from, to *State, kind Kind) *Transition {
	for _, t := range slices.Backward(m.Transitions) {
		if t.From != from {
			break // the transitions of a state are adjacent
		}
		if t.To == to && (t.Kind == Catch) == (kind == Catch) {
			return t
		}
	}
	t := &Transition{From: from, To: to, Kind: kind}
	m.Transitions = append(m.Transitions, t)
	return t
}

// forEachState calls do with every state. A state comes before the states of its inner machines.
func (m *Machine) forEachState(do func(*State)) {
	for _, s := range m.States {
		do(s)
		for _, inner := range s.Inner {
			inner.forEachState(do)
		}
	}
}

// depth returns the number of Parallel and Map states that enclose a state.
func (s *State) depth() int {
	depth := 0
	for parent := s.machine.parent; parent != nil; parent = parent.machine.parent {
		depth++
	}
	return depth
}

// Summary returns the type, the detail and the limits as one line.
func (s *State) Summary() string {
	facts := strings.Join(slices.DeleteFunc([]string{s.Detail, s.Limits}, isEmpty), ", ")
	return strings.Join(slices.DeleteFunc([]string{string(s.Type), facts}, isEmpty), " · ")
}

// Facts returns the same information as Summary, with the limits on a second line.
func (s *State) Facts() []string {
	kind := strings.Join(slices.DeleteFunc([]string{string(s.Type), s.Detail}, isEmpty), " · ")
	return slices.DeleteFunc([]string{kind, s.Limits}, isEmpty)
}

func isEmpty(text string) bool { return text == "" }
