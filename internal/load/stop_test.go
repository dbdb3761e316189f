package load

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/scenario"
)

// TestRunStops checks that an error that affects all executions stops the load.
func TestRunStops(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, operation string
		answer          awsstub.Answer
		after           int // number of calls of the operation before the first error
	}{
		{"start denied", "SFN.StartExecution", awsstub.Denied(), 0},
		{"start denied later", "SFN.StartExecution", awsstub.Denied(), 20},
		{"state machine deleted", "SFN.StartExecution", awsstub.NoStateMachine(), 20},
		{"history denied", "SFN.GetExecutionHistory", awsstub.Denied(), 0},
		{"list denied", "SFN.ListExecutions", awsstub.Denied(), 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, cfg := newFakeStepFunctions(t)
				runs, n := newRuns(t, 60), 0
				c.override = func(operation, _ string) awsstub.Answer {
					if operation == test.operation {
						n++
					}
					if operation == test.operation && n > test.after {
						return test.answer
					}
					return nil
				}
				counts, err := Run(t.Context(), cfg, awsstub.StateMachineARN, runs, 5, func(Counts) {})
				s := Summarize(runs)
				if err == nil || counts.Lost == 0 || counts.Lost > 5 || s.NotStarted == 0 ||
					s.AsExpected+s.Lost+s.NotStarted != 60 {
					t.Errorf("got error %v and summary %+v, want an error, 1 to 5 lost and some not started", err, s)
				}
			})
		})
	}
}

func TestRunInterrupted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, cfg := newFakeStepFunctions(t)
		runs := newRuns(t, 300)
		ctx, cancel := context.WithCancel(t.Context())
		counts, err := Run(ctx, cfg, awsstub.StateMachineARN, runs, 20, func(progress Counts) {
			if progress.Done == 100 {
				cancel()
			}
		})
		if err != nil {
			t.Fatalf("got error %v, want none", err)
		}
		s := Summarize(runs)
		if s.AsExpected != counts.Done || s.AsExpected < 100 || s.Lost == 0 || s.Lost > 20 || s.NotStarted == 0 ||
			s.AsExpected+s.Lost+s.NotStarted != 300 {
			t.Errorf("got summary %+v and counts %+v, want 100 or more as expected, 1 to 20 lost, some not started",
				s, counts)
		}
		for _, e := range runs {
			_, started := c.started[e.Name]
			if started && e.Outcome == scenario.NotStarted ||
				e.Outcome == scenario.Lost && (!MayBeRunning(e) || !errors.Is(e.Err, context.Canceled)) {
				t.Errorf("%s: got outcome %v (error %v), started %t; want a loss only through the interrupt, and "+
					"NotStarted only if it did not start", e.Name, e.Outcome, e.Err, started)
			}
		}
	})
}
