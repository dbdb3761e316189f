package graph

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// course are visits each of which comes from the one before.
func course(visits ...Visit) Taken {
	for i := range visits {
		visits[i].Previous = i - 1
	}
	return Taken{Visits: visits}
}

// scenarios are the project's, as they go.
var scenarios = map[string]Taken{
	"200": course(Visit{State: "Call API", Attempts: 1, Outcome: Succeeded}, Visit{State: "OK", Outcome: Succeeded}),
	"503": course(Visit{State: "Call API", Attempts: 1, Outcome: Caught}, Visit{State: "Server Unavailable", Outcome: Failed}),
	"429": course(Visit{State: "Call API", Attempts: 3, Outcome: Caught}, Visit{State: "Wait and Try Later", Outcome: Succeeded},
		Visit{State: "Change to 200", Outcome: Succeeded}, Visit{State: "Call API", Attempts: 1, Outcome: Succeeded}, Visit{State: "OK", Outcome: Succeeded}),
	"999": course(Visit{State: "Call API", Attempts: 1, Outcome: Caught}, Visit{State: "Catch All", Outcome: Failed}),
}

// marks are what a trace says of the states and transitions that an execution came to.
func marks(t *Trace) []string {
	var lines []string
	t.each(func(s *State) {
		tally := t.Tally(s)
		if tally.Outcome() == None {
			return
		}
		line := s.Name + " is " + tally.Outcome().String() + ":"
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

func TestAnExecutionMarksTheStatesAndTransitionsThatItCameTo(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		graph *Graph
		taken Taken
		want  []string
	}{
		{"the scenario 200", project(t), scenarios["200"], []string{
			"Call API is succeeded: ✓ succeeded", "OK is succeeded: ✓ succeeded",
			"start -start> Call API ×1", "Call API -next> OK ×1", "OK -end> end ×1"}},
		{"the scenario 503", project(t), scenarios["503"], []string{
			"Call API is caught: ↷ caught", "Server Unavailable is failed: ✗ failed",
			"start -start> Call API ×1", "Call API -catch> Server Unavailable ×1", "Server Unavailable -end> end ×1"}},
		{"the scenario 429", project(t), scenarios["429"], []string{
			"Call API is caught: ↷ caught ✓ succeeded ↻ 4 attempts in 2 visits", "Wait and Try Later is succeeded: ✓ succeeded",
			"Change to 200 is succeeded: ✓ succeeded", "OK is succeeded: ✓ succeeded",
			"start -start> Call API ×1", "Call API -next> OK ×1", "Call API -catch> Wait and Try Later ×1",
			"Wait and Try Later -next> Change to 200 ×1", "Change to 200 -next> Call API ×1", "OK -end> end ×1"}},
		{"the scenario 999", project(t), scenarios["999"], []string{
			"Call API is caught: ↷ caught", "Catch All is failed: ✗ failed",
			"start -start> Call API ×1", "Call API -catch> Catch All ×1", "Catch All -end> end ×1"}},
		{"an error that nothing catches leads nowhere", project(t), course(Visit{State: "Call API", Attempts: 2, Outcome: Failed}), []string{
			"Call API is failed: ✗ failed ↻ 2 attempts", "start -start> Call API ×1"}},
		{"an execution that runs", project(t), course(Visit{State: "Call API", Attempts: 1, Outcome: Running}), []string{
			"Call API is running: … running", "start -start> Call API ×1"}},
		{"one that was stopped", project(t), course(Visit{State: "Call API", Attempts: 1, Outcome: Stopped}), []string{
			"Call API is stopped: ■ stopped", "start -start> Call API ×1"}},
		{"one that has not begun", project(t), Taken{}, nil},
		{"states that the definition no longer has", project(t), course(Visit{State: "Gone", Outcome: Succeeded}, Visit{State: "OK", Outcome: Succeeded}), []string{
			"OK is succeeded: ✓ succeeded", "OK -end> end ×1"}},
		{"links that cannot be", project(t), Taken{[]Visit{{State: "OK", Previous: 7, Outcome: Succeeded}, {State: "Call API", Previous: 1, Outcome: Succeeded}}}, []string{
			"Call API is succeeded: ✓ succeeded", "OK is succeeded: ✓ succeeded", "start -start> Call API ×1", "OK -end> end ×1"}},
		{"a way round and round", parse(t, order), course(Visit{State: "In stock?", Outcome: Succeeded}, Visit{State: "Wait", Outcome: Succeeded},
			Visit{State: "In stock?", Outcome: Succeeded}, Visit{State: "Wait", Outcome: Succeeded}, Visit{State: "In stock?", Outcome: Succeeded},
			Visit{State: "Reject", Outcome: Failed}), []string{
			"In stock? is succeeded: ✓ succeeded ×3", "Wait is succeeded: ✓ succeeded ×2", "Reject is failed: ✗ failed",
			"start -start> In stock? ×1", "In stock? -choice> Wait ×2", "In stock? -default> Reject ×1", "Wait -next> In stock? ×2", "Reject -end> end ×1"}},
		{"branches at the same time, of which one fails", parse(t, order), Taken{[]Visit{
			{State: "In stock?", Previous: -1, Outcome: Succeeded},
			{State: "Fulfil", Previous: 0, Outcome: Caught},
			{State: "Charge", Previous: 1, Attempts: 1, Outcome: Failed},
			{State: "Pack", Previous: 1, Outcome: Succeeded},
			{State: "Pick", Previous: 3, Attempts: 1, Outcome: Succeeded},
			{State: "Pick", Previous: 3, Attempts: 2, Outcome: Succeeded},
			{State: "Label", Previous: 5, Outcome: Stopped}, // linked to what was last within Pack
			{State: "Reject", Previous: 2, Outcome: Failed}, // and to what was last within Fulfil
		}}, []string{
			"In stock? is succeeded: ✓ succeeded", "Fulfil is caught: ↷ caught", "Charge is failed: ✗ failed", "Pack is succeeded: ✓ succeeded",
			"Pick is succeeded: ✓ succeeded ×2 ↻ 3 attempts in 2 visits", "Label is stopped: ■ stopped", "Reject is failed: ✗ failed",
			"start -start> In stock? ×1", "In stock? -choice> Fulfil ×1", "Fulfil -catch> Reject ×1", "Reject -end> end ×1",
			"start -start> Charge ×1",
			"start -start> Pack ×1", "Pack -next> Label ×1",
			"start -start> Pick ×2", "Pick -end> end ×2"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, marks(test.graph.Trace(test.taken))); diff != "" {
				t.Errorf("the marks differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestACatcherAndANextToTheSameStateAreToldApart(t *testing.T) {
	t.Parallel()
	g := parse(t, `{"StartAt": "A", "States": {"A": {"Type": "Task", "Next": "B", "Catch": [{"ErrorEquals": ["E"], "Next": "B"}]}, "B": {"Type": "Succeed"}}}`)
	for outcome, want := range map[Outcome]string{Succeeded: "A -next> B ×1", Caught: "A -catch> B ×1"} {
		if got := marks(g.Trace(course(Visit{State: "A", Outcome: outcome}, Visit{State: "B", Outcome: Succeeded})))[3]; got != want {
			t.Errorf("after A has %v, it is %s", outcome, got)
		}
	}

	// What counts is the outcome of the Parallel state, not that of the last state in it.
	g = parse(t, `{"StartAt": "P", "States": {"P": {"Type": "Parallel", "Next": "B", "Catch": [{"ErrorEquals": ["E"], "Next": "B"}],
		"Branches": [{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}]}, "B": {"Type": "Succeed"}}}`)
	for _, test := range []struct {
		parallel, inner Outcome
		want            string
	}{{Succeeded, Caught, "P -next> B ×1"}, {Caught, Failed, "P -catch> B ×1"}} {
		got := marks(g.Trace(course(Visit{State: "P", Outcome: test.parallel}, Visit{State: "A", Outcome: test.inner}, Visit{State: "B", Outcome: Succeeded})))
		if !slices.Contains(got, test.want) {
			t.Errorf("expected %s: %v", test.want, got)
		}
	}
}
