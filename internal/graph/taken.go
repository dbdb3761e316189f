package graph

import (
	"fmt"
	"slices"
)

// Outcome is what became of a visit to a state.
type Outcome int

// The outcomes, from the one that matters least to the one that matters most.
const (
	None      Outcome = iota // it was not visited
	Succeeded                // left as the definition wants
	Caught                   // its error was caught, and it was left by a catcher
	Stopped                  // the execution was aborted, or out of time, while it was in the state
	Running                  // the execution is in the state
	Failed                   // its error was not caught, or it is a Fail state
)

// Icon is a sign for an outcome, told apart without colours.
func (o Outcome) Icon() string { return [...]string{"", "✓", "↷", "■", "…", "✗"}[o] }

func (o Outcome) String() string {
	return [...]string{"not visited", "succeeded", "caught", "stopped", "running", "failed"}[o]
}

// RetryIcon is the sign for attempts after the first.
const RetryIcon = "↻"

// Visit is one stay of an execution in a state.
type Visit struct {
	State    string
	Previous int // index of the visit that it came from; -1 for the first
	Attempts int // of a Task; 0 where none is recorded
	Outcome  Outcome
}

// Taken is the way that an execution took through a state machine, in the order of time.
type Taken struct{ Visits []Visit }

// Trace is a graph together with the way that an execution took through it, or with none.
type Trace struct {
	*Graph
	visits  []Visit
	tallies map[*State]*Tally
	counts  map[*Transition]int
}

// Tally is what became of a state in an execution.
type Tally struct {
	Visits   int
	Attempts int
	outcomes [Failed + 1]int
}

// Plain is a graph without an execution.
func (g *Graph) Plain() *Trace { return &Trace{Graph: g} }

// Trace puts an execution's way over the graph. Visits to states that the graph has not, as of an execution that began
// before the definition was changed, count for nothing.
func (g *Graph) Trace(taken Taken) *Trace {
	t := &Trace{Graph: g, visits: taken.Visits, tallies: map[*State]*Tally{}, counts: map[*Transition]int{}}
	for i, v := range taken.Visits {
		s := g.states[v.State]
		if s == nil {
			continue
		}
		tally := t.tallies[s]
		if tally == nil {
			tally = &Tally{}
			t.tallies[s] = tally
		}
		tally.Visits++
		tally.Attempts += v.Attempts
		tally.outcomes[v.Outcome]++
		if in := t.into(i); in != nil {
			t.counts[in]++
		}
		if v.Outcome == Succeeded || v.Outcome == Failed && s.Type == "Fail" {
			if end := s.transition(nil, false); end != nil {
				t.counts[end]++
			}
		}
	}
	return t
}

// into is the transition by which a visit was reached, or nil where the graph has none.
func (t *Trace) into(visit int) *Transition {
	v := t.visits[visit]
	to := t.states[v.State]
	if to == nil {
		return nil
	}
	if v.Previous < 0 || v.Previous >= visit { // nothing comes from what is later
		return to.machine.start(to)
	}
	from, outcome := t.states[t.visits[v.Previous].State], t.visits[v.Previous].Outcome
	if from == nil {
		return nil
	}
	if from == to.machine.parent {
		return to.machine.start(to)
	}
	// From within a Parallel or a Map an execution goes on with a transition of that state.
	for from.machine != to.machine {
		if from = from.machine.parent; from == nil {
			return nil
		}
		outcome = t.lastOutcome(from, visit)
	}
	return from.transition(to, outcome == Caught)
}

// lastOutcome is that of the last visit to a state before the given one.
func (t *Trace) lastOutcome(s *State, before int) Outcome {
	for _, v := range slices.Backward(t.visits[:before]) {
		if v.State == s.Name {
			return v.Outcome
		}
	}
	return None
}

// start is the transition that starts the state machine with a state, or nil.
func (m *Machine) start(with *State) *Transition {
	if first := m.Transitions[0]; first.To == with {
		return first
	}
	return nil
}

// transition leads from the state to another one, or to the end, or is nil. Where only the other kind of transition leads
// there, it is that one.
func (s *State) transition(to *State, caught bool) *Transition {
	var found *Transition
	for _, t := range s.machine.Transitions {
		if t.From == s && t.To == to && (found == nil || (t.Kind == Catch) == caught) {
			found = t
		}
	}
	return found
}

// Executed says whether there is an execution over the graph.
func (t *Trace) Executed() bool { return t.counts != nil }

// Count is how often a transition was taken.
func (t *Trace) Count(transition *Transition) int { return t.counts[transition] }

// Tally is what became of a state.
func (t *Trace) Tally(s *State) Tally {
	if tally := t.tallies[s]; tally != nil {
		return *tally
	}
	return Tally{}
}

// Outcome is the one that matters most among the visits.
func (t Tally) Outcome() Outcome {
	for outcome, n := range slices.Backward(t.outcomes[:]) {
		if n > 0 {
			return Outcome(outcome)
		}
	}
	return None
}

// Note is a line on what became of a state: a sign, and words.
type Note struct{ Icon, Text string }

func (n Note) String() string { return n.Icon + " " + n.Text }

// Notes say each outcome, in the order in which they usually come, and the attempts where there was more than one a visit.
func (t Tally) Notes() []Note {
	var notes []Note
	for _, outcome := range []Outcome{Caught, Succeeded, Running, Stopped, Failed} {
		if n := t.outcomes[outcome]; n > 0 {
			notes = append(notes, Note{outcome.Icon(), outcome.String() + times(n)})
		}
	}
	if t.Attempts > t.Visits {
		text := fmt.Sprintf("%d attempts", t.Attempts)
		if t.Visits > 1 {
			text += fmt.Sprintf(" in %d visits", t.Visits)
		}
		notes = append(notes, Note{RetryIcon, text})
	}
	return notes
}

// times is how often something happened, where it was not once.
func times(n int) string {
	if n == 1 {
		return ""
	}
	return fmt.Sprintf(" ×%d", n)
}

// Text is what a transition's label says: what it is taken for, and how often it was, where that was more than once.
func (t *Trace) Text(transition *Transition) []string {
	lines := labels(transition)
	if n := t.Count(transition); n > 1 {
		lines = append(lines, fmt.Sprintf("%d times", n))
	}
	return lines
}

// labels are the first of a transition's labels, and how many more there are.
func labels(t *Transition) []string {
	const most = 3
	var lines []string
	for i, label := range t.Labels {
		if i == most {
			return append(lines, fmt.Sprintf("%d more", len(t.Labels)-most))
		}
		lines = append(lines, short(label))
	}
	return lines
}
