package graph

import (
	"fmt"
	"slices"
	"strings"

	"retrycatch/internal/asl"
	"retrycatch/internal/history"
	"retrycatch/internal/look"
	"retrycatch/internal/safetext"
)

// Trace holds a graph, alone or with the steps of an execution.
type Trace struct {
	*Graph
	steps   []history.Step
	tallies map[*State]*Tally
	counts  map[*Transition]int
}

// Tally counts the visits of a state in an execution.
type Tally struct {
	Visits   int
	Attempts int
	first    []history.StepStatus // the outcomes of the first few visits
	outcomes map[history.StepStatus]int
}

// Plain returns a trace without an execution.
func (g *Graph) Plain() *Trace { return &Trace{Graph: g} }

// Trace counts an execution's steps on the graph. It ignores steps in states that the graph lacks,
// because the execution may use an earlier definition.
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
		if tally.Visits++; tally.Visits <= fewVisits {
			tally.first = append(tally.first, step.Status)
		}
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

// into returns the transition that led to a step, or nil if the graph has none.
func (t *Trace) into(index int) *Transition {
	step := t.steps[index]
	to := t.states[step.State]
	if to == nil {
		return nil
	}
	if step.Previous < 0 || step.Previous >= index { // a step cannot come from a later one
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
	// An execution leaves a Parallel or a Map with a transition of that state.
	for from.machine != to.machine {
		if from = from.machine.parent; from == nil {
			return nil
		}
		status = t.lastStatus(from, index)
	}
	return from.transition(to, status == history.StepCaught)
}

// lastStatus returns the status of the last step in a state before the step with an index.
func (t *Trace) lastStatus(s *State, before int) history.StepStatus {
	for _, step := range slices.Backward(t.steps[:before]) {
		if step.State == s.Name {
			return step.Status
		}
	}
	return ""
}

// start returns the start of the state machine if it leads to a state, or nil.
func (m *Machine) start(with *State) *Transition {
	if first := m.Transitions[0]; first.To == with {
		return first
	}
	return nil
}

// transition returns the transition from the state to another one or to the end, or nil. It prefers
// one for errors if caught is true, and one for everything else if not.
func (s *State) transition(to *State, caught bool) *Transition {
	var found *Transition
	for _, t := range s.machine.Transitions {
		if t.From == s && t.To == to && (found == nil || (t.Kind == Catch) == caught) {
			found = t
		}
	}
	return found
}

// Executed reports whether the trace has an execution.
func (t *Trace) Executed() bool { return t.counts != nil }

// Count returns how often a transition was taken.
func (t *Trace) Count(transition *Transition) int { return t.counts[transition] }

// Tally returns the tally of a state.
func (t *Trace) Tally(s *State) Tally {
	if tally := t.tallies[s]; tally != nil {
		return *tally
	}
	return Tally{}
}

// Outcome returns the most important status of the visits, or "" for a state that was not visited.
func (t Tally) Outcome() history.StepStatus {
	for _, outcome := range slices.Backward(look.All()) {
		if status := history.StepStatus(outcome.ID); t.outcomes[status] > 0 {
			return status
		}
	}
	return ""
}

// usual lists the statuses in their usual order of time.
var usual = []history.StepStatus{
	history.StepCaught, history.StepSucceeded, history.StepRunning, history.StepAborted, history.StepFailed,
}

// Note holds a line about the visits of a state: a sign and a text.
type Note struct{ Icon, Text string }

func (n Note) String() string { return n.Icon + " " + n.Text }

// Outcome returns the outcome that a note is about. It returns the outcome of a retried step for
// the number of attempts.
func (n Note) Outcome() look.Outcome {
	all := look.All()
	if i := slices.IndexFunc(all, func(o look.Outcome) bool { return o.Sign == n.Icon }); i >= 0 {
		return all[i]
	}
	return look.OfStep(history.StepCaught)
}

// fewVisits limits the visits that have lines of their own.
const fewVisits = 3

// Notes returns lines about the outcomes of the visits, and one for the attempts if there were more
// attempts than visits.
func (t Tally) Notes() []Note {
	notes := t.outcomeNotes()
	if t.Attempts > t.Visits {
		text := fmt.Sprintf("%d attempts", t.Attempts)
		if t.Visits > 1 {
			text += fmt.Sprintf(" in %d visits", t.Visits)
		}
		notes = append(notes, Note{look.Retry, text})
	}
	return notes
}

// outcomeNotes describes each of a few visits. For many visits, or visits with the same outcome, it
// gives their numbers, the most frequent outcome first.
func (t Tally) outcomeNotes() []Note {
	outcome := look.OfStep(t.Outcome())
	switch {
	case t.Visits == 0:
		return nil
	case t.Visits == 1:
		return []Note{{outcome.Sign, outcome.Word}}
	case len(t.outcomes) == 1:
		return []Note{{outcome.Sign, fmt.Sprintf("%d visits %s", t.Visits, outcome.Word)}}
	case t.Visits <= fewVisits:
		var notes []Note
		for i, status := range t.first {
			visit := look.OfStep(status)
			notes = append(notes, Note{visit.Sign, fmt.Sprintf("visit %d %s", i+1, visit.Word)})
		}
		return notes
	}
	counted := slices.DeleteFunc(slices.Clone(usual), func(s history.StepStatus) bool { return t.outcomes[s] == 0 })
	slices.SortStableFunc(counted, func(a, b history.StepStatus) int { return t.outcomes[b] - t.outcomes[a] })
	var counts []string
	for _, status := range counted {
		counts = append(counts, fmt.Sprintf("%d %s", t.outcomes[status], look.OfStep(status).Word))
	}
	return []Note{{outcome.Sign, fmt.Sprintf("%d visits: %s", t.Visits, strings.Join(counts, ", "))}}
}

// Text returns the lines of a transition's label: its reason, and its count if that is more than
// one. In a graph without an execution, the start also has the time limit.
func (t *Trace) Text(transition *Transition) []string { return t.lines(transition, labels(transition)) }

// Whole returns the same lines as Text, with all conditions and errors in full.
func (t *Trace) Whole(transition *Transition) []string { return t.lines(transition, whole(transition)) }

// whole returns a transition's labels in full.
func whole(t *Transition) []string {
	var whole []string
	for _, text := range t.whole {
		whole = append(whole, safetext.Line(text))
	}
	return whole
}

// lines completes the labels of a transition.
func (t *Trace) lines(transition *Transition, lines []string) []string {
	if transition == t.Transitions[0] && t.Timeout != "" && !t.Executed() {
		lines = append(lines, t.Timeout)
	}
	if transition.Kind == Choice { // any one of the conditions suffices
		for i := range lines[min(1, len(lines)):] {
			lines[i+1] = "or " + lines[i+1]
		}
	}
	if n := t.Count(transition); n > 1 {
		lines = append(lines, fmt.Sprintf("%d times", n))
	}
	return lines
}

// labels returns the first few of a transition's labels, and the number of the others.
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
