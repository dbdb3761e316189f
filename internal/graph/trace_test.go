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

// step returns a step after the step with the index previous, or a first one if that is -1.
func step(state string, previous, attempts int, status history.StepStatus) history.Step {
	return history.Step{State: state, Previous: previous, Status: status, Attempts: make([]history.Attempt, attempts)}
}

// inRow links each step to the one before.
func inRow(steps ...history.Step) []history.Step {
	for i := range steps {
		steps[i].Previous = i - 1
	}
	return steps
}

// scenarios holds the steps of the project's scenarios.
var scenarios = map[string][]history.Step{
	"200": inRow(step("Call API", 0, 1, succeeded), step("OK", 0, 0, succeeded)),
	"503": inRow(step("Call API", 0, 1, caught), step("Server Unavailable", 0, 0, failed)),
	"429": inRow(
		step("Call API", 0, 3, caught),
		step("Wait and Try Later", 0, 0, succeeded),
		step("Change to 200", 0, 0, succeeded),
		step("Call API", 0, 1, succeeded),
		step("OK", 0, 0, succeeded),
	),
	"999": inRow(step("Call API", 0, 1, caught), step("Catch All", 0, 0, failed)),
}

// marks lists the states and transitions that an execution reached, as a trace describes them.
func marks(t *Trace) []string {
	var lines []string
	t.each(func(s *State) {
		tally := t.Tally(s)
		if tally.Outcome() == "" {
			return
		}
		line := s.Name + " is " + string(tally.Outcome()) + ":"
		for _, note := range tally.Notes() {
			line += " " + note.String()
		}
		lines = append(lines, line)
	})
	t.each(func(s *State) {
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
		{"200", project(t), scenarios["200"], []string{
			"Call API is succeeded: ✓ succeeded", "OK is succeeded: ✓ succeeded",
			"start -start> Call API ×1", "Call API -next> OK ×1", "OK -end> end ×1"}},
		{"503", project(t), scenarios["503"], []string{
			"Call API is caught: ↷ caught", "Server Unavailable is failed: ✗ failed",
			"start -start> Call API ×1", "Call API -catch> Server Unavailable ×1", "Server Unavailable -end> end ×1"}},
		{"429", project(t), scenarios["429"], []string{
			"Call API is caught: ↷ visit 1 caught ✓ visit 2 succeeded ↻ 4 attempts in 2 visits",
			"Wait and Try Later is succeeded: ✓ succeeded",
			"Change to 200 is succeeded: ✓ succeeded", "OK is succeeded: ✓ succeeded",
			"start -start> Call API ×1", "Call API -next> OK ×1", "Call API -catch> Wait and Try Later ×1",
			"Wait and Try Later -next> Change to 200 ×1", "Change to 200 -next> Call API ×1", "OK -end> end ×1"}},
		{"999", project(t), scenarios["999"], []string{
			"Call API is caught: ↷ caught", "Catch All is failed: ✗ failed",
			"start -start> Call API ×1", "Call API -catch> Catch All ×1", "Catch All -end> end ×1"}},
		{"uncaught error", project(t), inRow(step("Call API", 0, 2, failed)),
			[]string{"Call API is failed: ✗ failed ↻ 2 attempts", "start -start> Call API ×1"}},
		{"running", project(t), inRow(step("Call API", 0, 1, running)),
			[]string{"Call API is running: … running", "start -start> Call API ×1"}},
		{"aborted", project(t), inRow(step("Call API", 0, 1, aborted)),
			[]string{"Call API is aborted: ■ aborted", "start -start> Call API ×1"}},
		{"no steps", project(t), nil, nil},
		{"removed states", project(t),
			inRow(step("Gone", 0, 0, succeeded), step("OK", 0, 0, succeeded)),
			[]string{"OK is succeeded: ✓ succeeded", "OK -end> end ×1"}},
		{"invalid links", project(t),
			[]history.Step{step("OK", 7, 0, succeeded), step("Call API", 1, 0, succeeded)},
			[]string{"Call API is succeeded: ✓ succeeded", "OK is succeeded: ✓ succeeded", "start -start> Call API ×1",
				"OK -end> end ×1"}},
		{"loop", parse(t, order), inRow(step("In stock?", 0, 0, succeeded), step("Wait", 0, 0, succeeded),
			step("In stock?", 0, 0, succeeded), step("Wait", 0, 0, succeeded), step("In stock?", 0, 0, succeeded),
			step("Reject", 0, 0, failed)), []string{
			"In stock? is succeeded: ✓ 3 visits succeeded",
			"Wait is succeeded: ✓ 2 visits succeeded",
			"Reject is failed: ✗ failed",
			"start -start> In stock? ×1",
			"In stock? -choice> Wait ×2",
			"In stock? -default> Reject ×1",
			"Wait -next> In stock? ×2",
			"Reject -end> end ×1"}},
		{"parallel branches, one failing", parse(t, order), []history.Step{
			step("In stock?", -1, 0, succeeded),
			step("Fulfill", 0, 0, caught),
			step("Charge", 1, 1, failed),
			step("Pack", 1, 0, succeeded),
			step("Pick", 3, 1, succeeded),
			step("Pick", 3, 2, succeeded),
			step("Label", 5, 0, aborted), // after the last step inside Pack
			step("Reject", 2, 0, failed), // after the last step inside the Parallel
		}, []string{
			"In stock? is succeeded: ✓ succeeded",
			"Fulfill is caught: ↷ caught",
			"Charge is failed: ✗ failed",
			"Pack is succeeded: ✓ succeeded",
			"Pick is succeeded: ✓ 2 visits succeeded ↻ 3 attempts in 2 visits",
			"Label is aborted: ■ aborted",
			"Reject is failed: ✗ failed",
			"start -start> In stock? ×1", "In stock? -choice> Fulfill ×1", "Fulfill -catch> Reject ×1",
			"Reject -end> end ×1",
			"start -start> Charge ×1",
			"start -start> Pack ×1", "Pack -next> Label ×1",
			"start -start> Pick ×2", "Pick -end> end ×2"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, marks(test.graph.Trace(test.steps))); diff != "" {
				t.Errorf("the marks differ (-want +got):\n%s", diff)
			}
		})
	}
}

// TestTraceCatchAndNext checks a catcher and a Next that lead to the same state.
func TestTraceCatchAndNext(t *testing.T) {
	t.Parallel()
	g := parse(t, `{"StartAt": "A", "States": {
		"A": {"Type": "Task", "Next": "B", "Catch": [{"ErrorEquals": ["E"], "Next": "B"}]}, "B": {"Type": "Succeed"}}}`)
	for status, want := range map[history.StepStatus]string{succeeded: "A -next> B ×1", caught: "A -catch> B ×1"} {
		if got := marks(g.Trace(inRow(step("A", 0, 0, status), step("B", 0, 0, succeeded))))[3]; got != want {
			t.Errorf("A %v: got %s, want %s", status, got, want)
		}
	}

	// The outcome of the Parallel state decides, not that of the last state in it.
	g = parse(t, `{"StartAt": "P", "States": {
		"P": {"Type": "Parallel", "Next": "B", "Catch": [{"ErrorEquals": ["E"], "Next": "B"}],
			"Branches": [{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}]}, "B": {"Type": "Succeed"}}}`)
	for _, test := range []struct {
		parallel, inner history.StepStatus
		want            string
	}{{succeeded, caught, "P -next> B ×1"}, {caught, failed, "P -catch> B ×1"}} {
		steps := inRow(step("P", 0, 0, test.parallel), step("A", 0, 0, test.inner), step("B", 0, 0, succeeded))
		got := marks(g.Trace(steps))
		if !slices.Contains(got, test.want) {
			t.Errorf("got %v, want %s in it", got, test.want)
		}
	}
}
