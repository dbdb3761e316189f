package history

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// linkedEvents builds a history. Each line holds an event's ID, the preceding event's ID, a type
// and optionally a state.
func linkedEvents(lines ...string) []Event {
	var all []Event
	for _, line := range lines {
		var e Event
		var name string
		_, _ = fmt.Sscanf(line, "%d %d %s %s", &e.ID, &e.Previous, &e.Type, &name) // some lines have no name
		e.Time = at(int(e.ID))
		if name != "" {
			e.json = json.RawMessage(`{"name": "` + name + `", "index": 1}`)
		}
		all = append(all, e)
	}
	return all
}

func TestLinks(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		events  []Event
		want    []string
		missing []Span
	}{
		{"Map inside a Map", linkedEvents("1 0 ExecutionStarted", "2 0 MapStateEntered Outer", "3 2 MapStateStarted",
			"4 3 MapIterationStarted Outer",
			"5 4 MapStateEntered Inner", "6 5 MapStateStarted", "7 6 MapIterationStarted Inner", "8 7 PassStateEntered Work",
			"9 8 PassStateExited Work",
			"10 9 MapIterationSucceeded Inner", "11 10 MapStateSucceeded", "12 11 MapStateExited Inner",
			"13 12 MapIterationSucceeded Outer",
			"14 13 MapStateSucceeded", "15 14 MapStateExited Outer", "16 15 PassStateEntered After"),
			[]string{"RUNNING", "0 Map Outer succeeded, from -; 11ms after 0s",
				"1 Map Inner succeeded, from -, in 0[1]; 5ms after 0s",
				"2 Pass Work succeeded, from -, in 1[1]", "3 Pass After running, from 0"}, nil},
		{"step after a gap", linkedEvents("1 0 ExecutionStarted", "2 1 PassStateEntered A", "3 2 PassStateExited A",
			"6 5 PassStateEntered C"),
			[]string{"RUNNING", "0 Pass A succeeded, from -", "1 Pass C running, from -"}, []Span{{First: 4, Last: 5}}},
		{"no links", linkedEvents("1 0 ExecutionStarted", "2 0 PassStateEntered A", "3 0 PassStateExited A",
			"4 0 PassStateEntered B"),
			[]string{"RUNNING", "0 Pass A succeeded, from -", "1 Pass B running, from 0"}, nil},
		{"duplicate event", linkedEvents("1 0 ExecutionStarted", "2 1 PassStateEntered A", "2 1 PassStateEntered A",
			"3 2 PassStateExited A"),
			[]string{"RUNNING", "0 Pass A running, from -", "1 Pass A succeeded, from -"}, nil},
		{"iteration aborted with its Map", linkedEvents("1 0 ExecutionStarted", "2 1 MapStateEntered Each",
			"3 2 MapStateStarted", "4 3 MapIterationStarted Each",
			"5 4 TaskStateEntered Work", "6 5 TaskScheduled", "7 6 TaskStateAborted", "8 7 MapIterationAborted Each",
			"9 8 MapStateAborted", "10 9 ExecutionAborted"),
			[]string{"ABORTED", "0 Map Each aborted, from -; aborted at 6ms after 0s",
				"1 Task Work aborted, from -, in 0[1]; aborted at 1ms after 0s"}, nil},
		{"redriven branch of a Parallel", linkedEvents("1 0 ExecutionStarted", "2 1 ParallelStateEntered Both",
			"3 2 ParallelStateStarted", "4 3 TaskStateEntered Work",
			"5 4 TaskScheduled", "6 5 TaskFailed", "7 6 ParallelStateFailed", "8 7 ExecutionFailed", "9 8 ExecutionRedriven",
			"10 9 TaskStateEntered Work", "11 10 TaskScheduled"),
			[]string{"RUNNING", "0 Parallel Both running, from -; failed in 4ms after 0s",
				"1 Task Work failed, from -, in 0; failed in 1ms after 0s", "2 Task Work running, from -, in 0; running after 0s"},
			nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := build(test.events, knownFacts{})
			if diff := cmp.Diff(test.want, executionLines(e)); diff != "" {
				t.Errorf("the steps differ (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.missing, e.Missing); diff != "" {
				t.Errorf("the missing events differ (-want +got):\n%s", diff)
			}
		})
	}
}
