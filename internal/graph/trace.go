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

// Trace is a graph, optionally with the steps of an execution.
type Trace struct {
	*Graph
	steps   []history.Step
	tallies map[*State]*Tally
	counts  map[*Transition]int
}

// Tally counts the visits to a state in an execution.
type Tally struct {
	Visits        int
	Attempts      int
	firstOutcomes []history.StepStatus // outcomes of the first maxListedVisits visits
	outcomes      map[history.StepStatus]int
}

// Plain returns a trace without an execution.
func (g *Graph) Plain() *Trace { return &Trace{Graph: g} }

// Trace counts the steps of an execution, except those in states that the graph lacks: the
// execution may have run an earlier definition.
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
		if tally.Visits++; tally.Visits <= maxListedVisits {
			tally.firstOutcomes = append(tally.firstOutcomes, step.Status)
		}
		tally.Attempts += len(step.Attempts)
		tally.outcomes[step.Status]++
		if in := t.transitionInto(i); in != nil {
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

// transitionInto returns the transition that led to a step, or nil if the graph lacks it.
func (t *Trace) transitionInto(index int) *Transition {
	step := t.steps[index]
	to := t.states[step.State]
	if to == nil {
		return nil
	}
	if step.Previous < 0 || step.Previous >= index { // this is the first step, or its link is invalid
		return to.machine.startTransitionTo(to)
	}
	previous := t.steps[step.Previous]
	from, status := t.states[previous.State], previous.Status
	if from == nil {
		return nil
	}
	if from == to.machine.parent {
		return to.machine.startTransitionTo(to)
	}
	// If the previous step is in an inner state machine, the execution has left the Parallel or Map
	// around it. So the transition starts at that Parallel or Map.
	for from.machine != to.machine {
		if from = from.machine.parent; from == nil {
			return nil
		}
		status = t.lastStatus(from, index)
	}
	return from.transition(to, status == history.StepCaught)
}

// lastStatus returns the status of a state's last step among the first count steps.
func (t *Trace) lastStatus(s *State, count int) history.StepStatus {
	for _, step := range slices.Backward(t.steps[:count]) {
		if step.State == s.Name {
			return step.Status
		}
	}
	return ""
}

// startTransitionTo returns the start transition if it leads to the state, or nil otherwise.
func (m *Machine) startTransitionTo(state *State) *Transition {
	if first := m.Transitions[0]; first.To == state {
		return first
	}
	return nil
}

// transition returns the transition to another state, or to the end if to is nil. If there are two
// transitions, caught selects the one for errors. Without a transition, it returns nil.
func (s *State) transition(to *State, caught bool) *Transition {
	var found *Transition
	for _, t := range s.machine.Transitions {
		if t.From == s && t.To == to && (found == nil || (t.Kind == Catch) == caught) {
			found = t
		}
	}
	return found
}

// Executed reports whether the trace has the steps of an execution.
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

// Outcome returns the most important status of the visits, or "" without visits.
func (t Tally) Outcome() history.StepStatus {
	for _, outcome := range slices.Backward(look.All()) {
		if status := history.StepStatus(outcome.ID); t.outcomes[status] > 0 {
			return status
		}
	}
	return ""
}

// usualOrder lists the statuses in the order in which they usually occur in the visits to a state.
// It breaks ties between equal counts.
var usualOrder = []history.StepStatus{
	history.StepCaught, history.StepSucceeded, history.StepRunning, history.StepAborted, history.StepFailed,
}

// Note is a line about the visits to a state.
type Note struct{ Icon, Text string }

func (n Note) String() string { return n.Icon + " " + n.Text }

// Outcome returns the outcome with the note's icon. The note about attempts has an icon of its own.
// That note counts as caught, because retries follow errors.
func (n Note) Outcome() look.Outcome {
	all := look.All()
	if i := slices.IndexFunc(all, func(o look.Outcome) bool { return o.Sign == n.Icon }); i >= 0 {
		return all[i]
	}
	return look.OfStep(history.StepCaught)
}

// maxListedVisits is the largest number of visits that Notes describes one by one.
const maxListedVisits = 3

// Notes describes the outcomes of the visits. If there were retries, it adds the number of
// attempts.
func (t Tally) Notes() []Note {
	notes := t.outcomeNotes()
	if t.Attempts > t.Visits {
		text := fmt.Sprintf("%d attempts", t.Attempts)
		if t.Visits > 1 {
			text += fmt.Sprintf(" in %d visits", t.Visits)
		}
		notes = append(notes, Note{look.RetrySign, text})
	}
	return notes
}

// outcomeNotes describes a few visits one by one. If there are many visits, or all have the same
// outcome, it counts them by outcome. The most frequent outcome comes first.
func (t Tally) outcomeNotes() []Note {
	outcome := look.OfStep(t.Outcome())
	switch {
	case t.Visits == 0:
		return nil
	case t.Visits == 1:
		return []Note{{outcome.Sign, outcome.Word}}
	case len(t.outcomes) == 1:
		return []Note{{outcome.Sign, fmt.Sprintf("%d visits %s", t.Visits, outcome.Word)}}
	case t.Visits <= maxListedVisits:
		var notes []Note
		for i, status := range t.firstOutcomes {
			visit := look.OfStep(status)
			notes = append(notes, Note{visit.Sign, fmt.Sprintf("visit %d %s", i+1, visit.Word)})
		}
		return notes
	}
	counted := slices.DeleteFunc(slices.Clone(usualOrder), func(s history.StepStatus) bool { return t.outcomes[s] == 0 })
	slices.SortStableFunc(counted, func(a, b history.StepStatus) int { return t.outcomes[b] - t.outcomes[a] })
	var counts []string
	for _, status := range counted {
		counts = append(counts, fmt.Sprintf("%d %s", t.outcomes[status], look.OfStep(status).Word))
	}
	return []Note{{outcome.Sign, fmt.Sprintf("%d visits: %s", t.Visits, strings.Join(counts, ", "))}}
}

// LabelLines returns the label of a transition: its conditions or errors, truncated, and its count
// if above 1. Without an execution, the label of the start transition contains the time limit.
func (t *Trace) LabelLines(transition *Transition) []string {
	return t.labelLines(transition, shortLabels(transition))
}

// FullLabelLines returns the same label as LabelLines, with all conditions and errors in full.
func (t *Trace) FullLabelLines(transition *Transition) []string {
	return t.labelLines(transition, fullLabels(transition))
}

// fullLabels returns the conditions or errors of a transition.
func fullLabels(t *Transition) []string {
	var texts []string
	for _, text := range t.full {
		texts = append(texts, safetext.Line(text))
	}
	return texts
}

// labelLines adds the time limit, the word "or" and the count to the lines of a label.
func (t *Trace) labelLines(transition *Transition, lines []string) []string {
	if transition == t.Transitions[0] && t.Timeout != "" && !t.Executed() {
		lines = append(lines, t.Timeout)
	}
	if transition.Kind == Choice {
		for i := range lines[min(1, len(lines)):] {
			lines[i+1] = "or " + lines[i+1]
		}
	}
	if n := t.Count(transition); n > 1 {
		lines = append(lines, fmt.Sprintf("%d times", n))
	}
	return lines
}

// shortLabels returns the first few labels of a transition, and counts the others.
func shortLabels(t *Transition) []string {
	const maxLabels = 3
	var lines []string
	for i, label := range t.Labels {
		if i == maxLabels {
			return append(lines, fmt.Sprintf("%d more", len(t.Labels)-maxLabels))
		}
		lines = append(lines, shorten(label))
	}
	return lines
}
