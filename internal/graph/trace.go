package graph

import (
	"fmt"
	"slices"

	"retrycatch/internal/asl"
	"retrycatch/internal/history"
	"retrycatch/internal/look"
)

// Trace is a graph together with the steps of an execution, or with none.
type Trace struct {
	*Graph
	steps   []history.Step
	tallies map[*State]*Tally
	counts  map[*Transition]int
}

// Tally is what became of a state in an execution.
type Tally struct {
	Visits   int
	Attempts int
	outcomes map[history.StepStatus]int
}

// Plain returns the graph without an execution.
func (g *Graph) Plain() *Trace { return &Trace{Graph: g} }

// Trace puts an execution over the graph. Steps in states that the graph has not, as of an
// execution that began before the definition was changed, count for nothing.
func (g *Graph) Trace(steps []history.Step) *Trace {
	t := &Trace{Graph: g, steps: steps, tallies: map[*State]*Tally{}, counts: map[*Transition]int{}}
	for i, step := range steps {
		s := g.states[step.State]
		if s == nil {
			continue
		}
		tally := t.tallies[s]
		if tally == nil {
			tally = &Tally{outcomes: map[history.StepStatus]int{}}
			t.tallies[s] = tally
		}
		tally.Visits++
		tally.Attempts += len(step.Attempts)
		tally.outcomes[step.Status]++
		if in := t.into(i); in != nil {
			t.counts[in]++
		}
		if step.Status == history.StepSucceeded || step.Status == history.StepFailed && s.Type == asl.Fail {
			if end := s.transition(nil, false); end != nil {
				t.counts[end]++
			}
		}
	}
	return t
}

// into returns the transition that led to a step, or nil where the graph has none.
func (t *Trace) into(index int) *Transition {
	step := t.steps[index]
	to := t.states[step.State]
	if to == nil {
		return nil
	}
	if step.Previous < 0 || step.Previous >= index { // nothing comes from what is later
		return to.machine.start(to)
	}
	previous := t.steps[step.Previous]
	from, status := t.states[previous.State], previous.Status
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
		status = t.lastStatus(from, index)
	}
	return from.transition(to, status == history.StepCaught)
}

// lastStatus returns that of the last step in a state before the given one.
func (t *Trace) lastStatus(s *State, before int) history.StepStatus {
	for _, step := range slices.Backward(t.steps[:before]) {
		if step.State == s.Name {
			return step.Status
		}
	}
	return ""
}

// start returns the transition that starts the state machine with a state, or nil.
func (m *Machine) start(with *State) *Transition {
	if first := m.Transitions[0]; first.To == with {
		return first
	}
	return nil
}

// transition returns the one that leads from the state to another one, or to the end, or nil. Where
// only the other kind of transition leads there, it returns that one.
func (s *State) transition(to *State, caught bool) *Transition {
	var found *Transition
	for _, t := range s.machine.Transitions {
		if t.From == s && t.To == to && (found == nil || (t.Kind == Catch) == caught) {
			found = t
		}
	}
	return found
}

// Executed reports whether there is an execution over the graph.
func (t *Trace) Executed() bool { return t.counts != nil }

// Count returns how often a transition was taken.
func (t *Trace) Count(transition *Transition) int { return t.counts[transition] }

// Tally returns what became of a state.
func (t *Trace) Tally(s *State) Tally {
	if tally := t.tallies[s]; tally != nil {
		return *tally
	}
	return Tally{}
}

// statuses are those of steps, from the one that matters most to the one that matters least.
var statuses = []history.StepStatus{
	history.StepFailed, history.StepRunning, history.StepAborted, history.StepCaught, history.StepSucceeded,
}

// Outcome returns the status that matters most among the visits. It is empty for a state that was
// not visited.
func (t Tally) Outcome() history.StepStatus {
	for _, status := range statuses {
		if t.outcomes[status] > 0 {
			return status
		}
	}
	return ""
}

// usual are the statuses in the order in which they usually come.
var usual = []history.StepStatus{
	history.StepCaught, history.StepSucceeded, history.StepRunning, history.StepAborted, history.StepFailed,
}

// Note is a line on what became of a state: a sign, and words.
type Note struct{ Icon, Text string }

func (n Note) String() string { return n.Icon + " " + n.Text }

// Notes returns a line for each outcome, in the order in which they usually come, and one for the
// attempts where there was more than one a visit.
func (t Tally) Notes() []Note {
	var notes []Note
	for _, status := range usual {
		if n := t.outcomes[status]; n > 0 {
			shown := look.Of(status)
			notes = append(notes, Note{shown.Sign, shown.Word + times(n)})
		}
	}
	if t.Attempts > t.Visits {
		text := fmt.Sprintf("%d attempts", t.Attempts)
		if t.Visits > 1 {
			text += fmt.Sprintf(" in %d visits", t.Visits)
		}
		notes = append(notes, Note{look.Retry, text})
	}
	return notes
}

// times says how often something happened, if it was not once.
func times(n int) string {
	if n == 1 {
		return ""
	}
	return fmt.Sprintf(" ×%d", n)
}

// Text returns the lines of a transition's label: what it is taken for, and how often it was, if
// that was more than once.
func (t *Trace) Text(transition *Transition) []string {
	lines := labels(transition)
	if n := t.Count(transition); n > 1 {
		lines = append(lines, fmt.Sprintf("%d times", n))
	}
	return lines
}

// labels returns the first of a transition's labels, and how many more there are.
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
