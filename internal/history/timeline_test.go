package history

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
)

// timelineLines formats each step as "STATE STATUS: " and its parts. A part is formatted as "KIND
// NUMBER START-END", with times in milliseconds, and with "open", "failed" and the error if they
// apply.
func timelineLines(e Execution, until time.Time) []string {
	var lines []string
	for _, s := range e.Steps {
		var parts []string
		for _, p := range s.Timeline(until) {
			text := string(p.Kind)
			if p.Number > 0 {
				text += fmt.Sprintf(" %d", p.Number)
			}
			text += fmt.Sprintf(" %d-%d", p.Start.Sub(at(0)).Milliseconds(), p.End.Sub(at(0)).Milliseconds())
			if p.Open {
				text += " open"
			}
			if p.Failed {
				text += " failed"
			}
			parts = append(parts, strings.TrimSpace(text+" "+p.Error))
		}
		lines = append(lines, fmt.Sprintf("%s %s: %s", s.State, s.Status, strings.Join(parts, ", ")))
	}
	return lines
}

func TestTimeline(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		events []string
		until  int
		want   []string
	}{
		"retry and catch": {[]string{"1 0 ExecutionStarted", "2 1 TaskStateEntered A", "3 2 TaskScheduled",
			"5 3 TaskFailed", "15 5 TaskScheduled", "17 15 TaskFailed",
			"18 17 TaskStateExited A", "19 18 WaitStateEntered W", "29 19 WaitStateExited W"}, 30,
			[]string{"A caught: attempt 1 3-5 failed, backoff 2 5-15, attempt 2 15-17 failed", "W succeeded: wait 19-29"}},

		// Steps without an exit event.
		"Fail state": {[]string{"1 0 ExecutionStarted", "2 1 FailStateEntered F", "5 2 ExecutionFailed"}, 5,
			[]string{"F failed: work 2-2 failed"}},
		"Fail state before the execution's end": {[]string{"1 0 ExecutionStarted", "2 1 FailStateEntered F"}, 5,
			[]string{"F failed: work 2-2 failed"}},
		"uncaught error": {[]string{"1 0 ExecutionStarted", "2 1 TaskStateEntered A", "3 2 TaskScheduled",
			"5 3 TaskFailed", "7 5 ExecutionFailed"}, 7,
			[]string{"A failed: attempt 1 3-5 failed"}},
		"error before the first attempt": {[]string{"1 0 ExecutionStarted", "2 1 TaskStateEntered A",
			"4 2 EvaluationFailed", "5 4 ExecutionFailed"}, 9,
			[]string{"A failed: work 2-5 failed"}},
		"running wait": {[]string{"1 0 ExecutionStarted", "2 1 WaitStateEntered W"}, 9,
			[]string{"W running: wait 2-9 open"}},
		"running attempt": {[]string{"1 0 ExecutionStarted", "2 1 TaskStateEntered A", "3 2 TaskScheduled"}, 9,
			[]string{"A running: attempt 1 3-9 open"}},
		"running backoff": {[]string{"1 0 ExecutionStarted", "2 1 TaskStateEntered A", "3 2 TaskScheduled",
			"5 3 TaskFailed"}, 9,
			[]string{"A running: attempt 1 3-5 failed, backoff 2 5-9 open"}},
		"state entered in the future": {[]string{"1 0 ExecutionStarted", "8 1 WaitStateEntered W"}, 5,
			[]string{"W running: wait 8-8 open"}},
		"aborted wait": {[]string{"1 0 ExecutionStarted", "2 1 WaitStateEntered W", "5 2 WaitStateAborted",
			"6 5 ExecutionAborted"}, 6,
			[]string{"W aborted: wait 2-5 open"}},
		"aborted attempt without an event": {[]string{"1 0 ExecutionStarted", "2 1 TaskStateEntered A",
			"3 2 TaskScheduled", "7 3 ExecutionTimedOut"}, 9,
			[]string{"A aborted: attempt 1 3-7 open"}},
		"execution timed out in a backoff": {[]string{"1 0 ExecutionStarted", "2 1 TaskStateEntered A", "3 2 TaskScheduled",
			"5 3 TaskFailed", "7 5 ExecutionTimedOut"}, 7,
			[]string{"A aborted: attempt 1 3-5 failed, backoff 2 5-7 open"}},
		"exit missing at the end": {[]string{"1 0 ExecutionStarted", "2 1 WaitStateEntered W", "9 8 ExecutionSucceeded"}, 9,
			[]string{"W succeeded: wait 2-9"}},
		"exit missing": {[]string{"1 0 ExecutionStarted", "2 1 WaitStateEntered W", "6 5 PassStateEntered P",
			"9 6 PassStateExited P"}, 9,
			[]string{"W succeeded: wait 2-6", "P succeeded: work 6-9"}},
		"exit missing after an error": {[]string{"1 0 ExecutionStarted", "2 1 TaskStateEntered A", "3 2 TaskScheduled",
			"4 3 TaskFailed", "6 5 PassStateEntered P"}, 9,
			[]string{"A caught: attempt 1 3-4 failed", "P running: work 6-9 open"}},

		// Redrives.
		"aborted attempt, then a new attempt": {[]string{"1 0 ExecutionStarted", "2 1 TaskStateEntered A",
			"3 2 TaskScheduled", "5 3 ExecutionAborted",
			"90 5 ExecutionRedriven", "91 90 TaskScheduled", "93 91 TaskSucceeded", "93 91 TaskStateExited A"}, 99,
			[]string{"A succeeded: attempt 1 3-5 open, attempt 2 91-93"}},
		"aborted wait, then continued": {[]string{"1 0 ExecutionStarted", "2 1 WaitStateEntered W", "5 2 WaitStateAborted",
			"5 3 ExecutionAborted",
			"90 5 ExecutionRedriven", "93 90 WaitStateExited W"}, 99, []string{"W succeeded: wait 2-5 open, wait 90-93"}},
		"aborted wait, then entered again": {[]string{"1 0 ExecutionStarted", "2 1 WaitStateEntered W",
			"5 2 WaitStateAborted", "6 5 ExecutionAborted",
			"90 6 ExecutionRedriven", "91 90 WaitStateEntered W", "93 91 WaitStateExited W", "94 93 ExecutionSucceeded"}, 94,
			[]string{"W aborted: wait 2-6 open", "W succeeded: wait 91-93"}},
		"redriven, exit missing": {[]string{"1 0 ExecutionStarted", "2 1 TaskStateEntered A", "3 2 TaskScheduled",
			"4 3 TaskFailed", "5 4 ExecutionFailed",
			"50 5 ExecutionRedriven", "60 59 WaitStateEntered W"}, 99,
			[]string{"A succeeded: attempt 1 3-4 failed, work 50-60", "W running: wait 60-99 open"}},
		"redriven twice": {[]string{"1 0 ExecutionStarted", "2 1 TaskStateEntered A", "3 2 TaskScheduled",
			"4 3 TaskFailed", "4 3 ExecutionFailed",
			"50 4 ExecutionRedriven", "51 50 TaskScheduled", "53 51 ExecutionTimedOut", "90 53 ExecutionRedriven"}, 99,
			[]string{"A running: attempt 1 3-4 failed, attempt 2 51-53 open, work 90-99 open"}},
		"Parallel that continues": {[]string{"1 0 ExecutionStarted", "2 1 ParallelStateEntered P",
			"3 2 ParallelStateStarted", "4 3 TaskStateEntered A", "5 4 TaskScheduled",
			"6 5 TaskFailed", "7 6 ParallelStateFailed", "8 7 ExecutionFailed", "90 8 ExecutionRedriven",
			"91 90 TaskStateEntered A", "92 91 TaskScheduled",
			"93 92 TaskSucceeded", "94 93 TaskStateExited A", "95 94 ParallelStateSucceeded", "96 95 ParallelStateExited P"},
			99,
			[]string{"P succeeded: attempt 1 3-7 failed, attempt 2 90-95", "A failed: attempt 1 5-6 failed",
				"A succeeded: attempt 1 92-93"}},

		// Steps in a Parallel or Map.
		"iteration aborted by another iteration": {[]string{"1 0 ExecutionStarted", "2 1 MapStateEntered M",
			"3 2 MapStateStarted", "4 3 MapIterationStarted M", "5 4 WaitStateEntered W",
			"6 3 MapIterationStarted M", "7 6 TaskStateEntered A", "8 7 TaskScheduled", "9 8 TaskFailed",
			"10 9 MapIterationFailed M", "11 10 MapStateFailed",
			"12 11 MapStateExited M", "13 12 WaitStateEntered Later"}, 99,
			[]string{"M caught: attempt 1 3-11 failed", "W aborted: wait 5-11 open", "A failed: attempt 1 8-9 failed",
				"Later running: wait 13-99 open"}},
		"iteration aborted in a successful execution": {[]string{"1 0 ExecutionStarted", "2 1 MapStateEntered M",
			"3 2 MapStateStarted", "4 3 MapIterationStarted M",
			"5 4 WaitStateEntered W", "10 9 MapIterationFailed M", "11 10 MapStateFailed", "12 11 MapStateExited M",
			"50 12 ExecutionSucceeded"}, 50,
			[]string{"M caught: attempt 1 3-11 failed", "W aborted: wait 5-11 open"}},
		"branch in a backoff, execution timed out": {[]string{"1 0 ExecutionStarted", "2 1 ParallelStateEntered P",
			"3 2 ParallelStateStarted", "4 3 TaskStateEntered A",
			"5 4 TaskScheduled", "6 5 TaskFailed", "9 6 ExecutionTimedOut"}, 9,
			[]string{"P aborted: attempt 1 3-9 open", "A aborted: attempt 1 5-6 failed, backoff 2 6-9 open"}},
		"branches without links": {[]string{"1 0 ExecutionStarted", "2 0 ParallelStateEntered P",
			"3 0 ParallelStateStarted", "4 0 TaskStateEntered A", "5 0 WaitStateEntered W"}, 9,
			[]string{"P running: attempt 1 3-9 open", "A running: work 4-9 open", "W running: wait 5-9 open"}},
		"branch of a Parallel without an attempt": {[]string{"1 0 ExecutionStarted", "2 1 ParallelStateEntered P",
			"4 3 PassStateEntered A", "9 8 ParallelStateExited P"}, 99,
			[]string{"P succeeded: work 2-9", "A succeeded: work 4-9"}},
		"aborted branch, then continued": {[]string{"1 0 ExecutionStarted", "2 1 ParallelStateEntered P",
			"3 2 ParallelStateStarted", "4 3 WaitStateEntered W",
			"5 4 WaitStateAborted", "7 5 ParallelStateFailed", "9 7 ExecutionFailed", "90 9 ExecutionRedriven",
			"95 5 WaitStateExited W"}, 99,
			[]string{"P running: attempt 1 3-7 failed, work 90-99 open", "W succeeded: wait 4-5 open, wait 90-95"}},
		"branch of a retried attempt": {[]string{"1 0 ExecutionStarted", "2 1 ParallelStateEntered P",
			"3 2 ParallelStateStarted", "4 3 TaskStateEntered A",
			"5 4 TaskScheduled", "6 3 WaitStateEntered W", "7 5 TaskFailed", "8 6 WaitStateAborted",
			"9 7 ParallelStateFailed", "50 9 ParallelStateStarted",
			"51 50 TaskStateEntered A", "52 51 TaskScheduled"}, 99,
			[]string{"P running: attempt 1 3-9 failed, backoff 2 9-50, attempt 2 50-99 open", "A failed: attempt 1 5-7 failed",
				"W aborted: wait 6-8 open", "A running: attempt 1 52-99 open"}},
		"branch, exit missing": {[]string{"1 0 ExecutionStarted", "2 1 ParallelStateEntered P",
			"3 2 ParallelStateStarted", "4 3 PassStateEntered A",
			"8 7 ParallelStateSucceeded", "9 8 ParallelStateExited P", "10 9 WaitStateEntered W"}, 99,
			[]string{"P succeeded: attempt 1 3-8", "A succeeded: work 4-8", "W running: wait 10-99 open"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := build(linkedEvents(test.events...), knownFacts{})
			if diff := cmp.Diff(test.want, timelineLines(e, at(test.until))); diff != "" {
				t.Errorf("the timelines differ (-want +got):\n%s", diff)
			}
		})
	}
}

// TestTimelineInOrder checks that the parts of a step neither overlap nor go back in time, even if
// events are missing.
func TestTimelineInOrder(t *testing.T) {
	t.Parallel()
	for scenario := range wantExecutions {
		events := awsstub.ScenarioEvents(awsstub.AWS, scenario)
		for n := range events {
			requireInOrder(t, New(events[:n+1]))
			requireInOrder(t, New(slices.Delete(slices.Clone(events), n, n+1)))
		}
	}
}

func requireInOrder(t *testing.T, e Execution) {
	t.Helper()
	_, until := e.Bounds()
	for i, s := range e.Steps {
		parts := s.Timeline(until)
		if len(parts) == 0 {
			t.Errorf("step %d has no parts, want at least one", i)
		}
		before := s.Entered
		for _, p := range parts {
			if p.Start.Before(before) || p.End.Before(p.Start) {
				t.Errorf("step %d (%s %s) has parts out of order: %+v", i, s.State, s.Status, parts)
			}
			before = p.End
		}
	}
}
