package graph

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/history"
)

const (
	succeeded = history.StepSucceeded
	caught    = history.StepCaught
	aborted   = history.StepAborted
	running   = history.StepRunning
	failed    = history.StepFailed
)

// newStep returns a step that follows the step at index previous. For the first step, previous is
// -1.
func newStep(state string, previous, attempts int, status history.StepStatus) history.Step {
	return history.Step{State: state, Previous: previous, Status: status, Attempts: make([]history.Attempt, attempts)}
}

// linkSteps makes each step follow the one before it.
func linkSteps(steps ...history.Step) []history.Step {
	for i := range steps {
		steps[i].Previous = i - 1
	}
	return steps
}

// scenarios maps the scenarios of the project to their steps.
var scenarios = map[string][]history.Step{
	"200": linkSteps(newStep("Call API", 0, 1, succeeded), newStep("OK", 0, 0, succeeded)),
	"503": linkSteps(newStep("Call API", 0, 1, caught), newStep("Server Unavailable", 0, 0, failed)),
	"429": linkSteps(
		newStep("Call API", 0, 3, caught),
		newStep("Wait and Try Later", 0, 0, succeeded),
		newStep("Change to 200", 0, 0, succeeded),
		newStep("Call API", 0, 1, succeeded),
		newStep("OK", 0, 0, succeeded),
	),
	"999": linkSteps(newStep("Call API", 0, 1, caught), newStep("Catch All", 0, 0, failed)),
}

// visitedLines describes the visited states and the taken transitions of a trace.
func visitedLines(t *Trace) []string {
	var lines []string
	t.forEachState(func(s *State) {
		tally := t.Tally(s)
		if tally.Outcome() == "" {
			return
		}
		line := s.Name + " (" + string(tally.Outcome()) + "):"
		for _, note := range tally.Notes() {
			line += " " + note.String()
		}
		lines = append(lines, line)
	})
	t.forEachState(func(s *State) {
		if s == s.machine.States[0] {
			for _, transition := range s.machine.Transitions {
				if n := t.Count(transition); n > 0 {
					from, to := "start", "end"
					if transition.From != nil {
						from = transition.From.Name
					}
					if transition.To != nil {
						to = transition.To.Name
					}
					lines = append(lines, fmt.Sprintf("%s -%s> %s ×%d", from, transition.Kind, to, n))
				}
			}
		}
	})
	return lines
}

func TestTrace(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		graph *Graph
		steps []history.Step
		want  []string
	}{
		{"200", projectGraph(t), scenarios["200"], []string{
			"Call API (succeeded): ✓ succeeded", "OK (succeeded): ✓ succeeded",
			"start -start> Call API ×1", "Call API -next> OK ×1", "OK -end> end ×1"}},
		{"503", projectGraph(t), scenarios["503"], []string{
			"Call API (caught): ↷ caught", "Server Unavailable (failed): ✗ failed",
			"start -start> Call API ×1", "Call API -catch> Server Unavailable ×1", "Server Unavailable -end> end ×1"}},
		{"429", projectGraph(t), scenarios["429"], []string{
			"Call API (caught): ↷ visit 1 caught ✓ visit 2 succeeded ↻ 4 attempts in 2 visits",
			"Wait and Try Later (succeeded): ✓ succeeded",
			"Change to 200 (succeeded): ✓ succeeded", "OK (succeeded): ✓ succeeded",
			"start -start> Call API ×1", "Call API -next> OK ×1", "Call API -catch> Wait and Try Later ×1",
			"Wait and Try Later -next> Change to 200 ×1", "Change to 200 -next> Call API ×1", "OK -end> end ×1"}},
		{"999", projectGraph(t), scenarios["999"], []string{
			"Call API (caught): ↷ caught", "Catch All (failed): ✗ failed",
			"start -start> Call API ×1", "Call API -catch> Catch All ×1", "Catch All -end> end ×1"}},
		{"uncaught error", projectGraph(t), linkSteps(newStep("Call API", 0, 2, failed)),
			[]string{"Call API (failed): ✗ failed ↻ 2 attempts", "start -start> Call API ×1"}},
		{"running", projectGraph(t), linkSteps(newStep("Call API", 0, 1, running)),
			[]string{"Call API (running): … running", "start -start> Call API ×1"}},
		{"aborted", projectGraph(t), linkSteps(newStep("Call API", 0, 1, aborted)),
			[]string{"Call API (aborted): ■ aborted", "start -start> Call API ×1"}},
		{"no steps", projectGraph(t), nil, nil},
		{"removed states", projectGraph(t),
			linkSteps(newStep("Gone", 0, 0, succeeded), newStep("OK", 0, 0, succeeded)),
			[]string{"OK (succeeded): ✓ succeeded", "OK -end> end ×1"}},
		{"invalid links", projectGraph(t),
			[]history.Step{newStep("OK", 7, 0, succeeded), newStep("Call API", 1, 0, succeeded)},
			[]string{"Call API (succeeded): ✓ succeeded", "OK (succeeded): ✓ succeeded", "start -start> Call API ×1",
				"OK -end> end ×1"}},
		{"loop", mustParse(t, order), linkSteps(newStep("In stock?", 0, 0, succeeded), newStep("Wait", 0, 0, succeeded),
			newStep("In stock?", 0, 0, succeeded), newStep("Wait", 0, 0, succeeded), newStep("In stock?", 0, 0, succeeded),
			newStep("Reject", 0, 0, failed)), []string{
			"In stock? (succeeded): ✓ 3 visits succeeded",
			"Wait (succeeded): ✓ 2 visits succeeded",
			"Reject (failed): ✗ failed",
			"start -start> In stock? ×1",
			"In stock? -choice> Wait ×2",
			"In stock? -default> Reject ×1",
			"Wait -next> In stock? ×2",
			"Reject -end> end ×1"}},
		{"parallel branches, one failing", mustParse(t, order), []history.Step{
			newStep("In stock?", -1, 0, succeeded),
			newStep("Fulfill", 0, 0, caught),
			newStep("Charge", 1, 1, failed),
			newStep("Pack", 1, 0, succeeded),
			newStep("Pick", 3, 1, succeeded),
			newStep("Pick", 3, 2, succeeded),
			newStep("Label", 5, 0, aborted), // follows the last item of Pack
			newStep("Reject", 2, 0, failed), // follows a branch of the Parallel state
		}, []string{
			"In stock? (succeeded): ✓ succeeded",
			"Fulfill (caught): ↷ caught",
			"Charge (failed): ✗ failed",
			"Pack (succeeded): ✓ succeeded",
			"Pick (succeeded): ✓ 2 visits succeeded ↻ 3 attempts in 2 visits",
			"Label (aborted): ■ aborted",
			"Reject (failed): ✗ failed",
			"start -start> In stock? ×1", "In stock? -choice> Fulfill ×1", "Fulfill -catch> Reject ×1",
			"Reject -end> end ×1",
			"start -start> Charge ×1",
			"start -start> Pack ×1", "Pack -next> Label ×1",
			"start -start> Pick ×2", "Pick -end> end ×2"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, visitedLines(test.graph.Trace(test.steps))); diff != "" {
				t.Errorf("visits differ (-want +got):\n%s", diff)
			}
		})
	}
}

// TestTraceCatchAndNext uses states whose catcher and Next lead to the same state.
func TestTraceCatchAndNext(t *testing.T) {
	t.Parallel()
	g := mustParse(t, `{"StartAt": "A", "States": {
		"A": {"Type": "Task", "Next": "B", "Catch": [{"ErrorEquals": ["E"], "Next": "B"}]}, "B": {"Type": "Succeed"}}}`)
	for status, want := range map[history.StepStatus]string{succeeded: "A -next> B ×1", caught: "A -catch> B ×1"} {
		steps := linkSteps(newStep("A", 0, 0, status), newStep("B", 0, 0, succeeded))
		if got := visitedLines(g.Trace(steps))[3]; got != want {
			t.Errorf("A %v: got %s, want %s", status, got, want)
		}
	}

	// The status of the Parallel state selects the transition. The status of its inner state does
	// not.
	g = mustParse(t, `{"StartAt": "P", "States": {
		"P": {"Type": "Parallel", "Next": "B", "Catch": [{"ErrorEquals": ["E"], "Next": "B"}],
			"Branches": [{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}]}, "B": {"Type": "Succeed"}}}`)
	for _, test := range []struct {
		parallel, inner history.StepStatus
		want            string
	}{{succeeded, caught, "P -next> B ×1"}, {caught, failed, "P -catch> B ×1"}} {
		steps := linkSteps(newStep("P", 0, 0, test.parallel), newStep("A", 0, 0, test.inner), newStep("B", 0, 0, succeeded))
		got := visitedLines(g.Trace(steps))
		if !slices.Contains(got, test.want) {
			t.Errorf("P %v, A %v: got %q, want a line %q", test.parallel, test.inner, got, test.want)
		}
	}
}
