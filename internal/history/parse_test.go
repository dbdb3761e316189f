package history

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
)

// readTestdata reads a history that the AWS CLI printed.
func readTestdata(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// executionLines formats the execution's status and error, then each step as "INDEX TYPE STATE
// STATUS, from PREVIOUS, in PARENT[ITEM], caught ERROR, failed ERROR". For each attempt, it appends
// "; " and attemptText.
func executionLines(e Execution) []string {
	number := func(i int) string {
		if i == none {
			return "-"
		}
		return fmt.Sprint(i)
	}
	lines := []string{strings.TrimSpace(fmt.Sprintf("%s %s", e.Status, e.Error))}
	for i, s := range e.Steps {
		line := fmt.Sprintf("%d %s %s %s, from %s", i, s.Type, s.State, s.Status, number(s.Previous))
		if s.Parent != none {
			line += fmt.Sprintf(", in %d", s.Parent)
		}
		if s.Iteration != none {
			line += fmt.Sprintf("[%d]", s.Iteration)
		}
		if s.Caught != "" || s.Error != "" {
			line += fmt.Sprintf(", caught %q, failed %q", s.Caught, s.Error)
		}
		for _, a := range s.Attempts {
			line += "; " + attemptText(a)
		}
		lines = append(lines, strings.TrimSpace(line))
	}
	return lines
}

// attemptText formats an attempt as "RESULT DURATION after BACKOFF ERROR". A successful attempt has
// no result, and a running one has no duration.
func attemptText(a Attempt) string {
	switch a.Status() {
	case StepRunning:
		return fmt.Sprintf("running after %v", a.Backoff)
	case StepAborted:
		return fmt.Sprintf("aborted at %v after %v", a.Stopped.Sub(a.Start), a.Backoff)
	case StepFailed:
		return strings.TrimSpace(fmt.Sprintf("failed in %v after %v %s", a.End.Sub(a.Start), a.Backoff, a.Error))
	default:
		return fmt.Sprintf("%v after %v", a.End.Sub(a.Start), a.Backoff)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		want    []string
		missing []Span
	}{
		{
			"parallel-and-map",
			[]string{
				"FAILED GaveUp",
				"0 Parallel Fan Out succeeded, from -; 70ms after 0s",
				"1 Task Left succeeded, from -, in 0; 60ms after 0s",
				"2 Pass Right succeeded, from -, in 0",
				"3 Pass Right Again succeeded, from 2, in 0",
				`4 Map Each caught, from 0, caught "ServerUnavailableException", failed ""; failed in 80ms after 0s ` +
					`ServerUnavailableException`,
				`5 Task Item failed, from -, in 4[0], caught "", failed "ServerUnavailableException"; failed in 50ms after 0s ` +
					`ServerUnavailableException`,
				"6 Task Item succeeded, from -, in 4[1]; 60ms after 0s",
				`7 Fail Give Up failed, from 4, caught "", failed "GaveUp"`,
			},
			nil,
		},
		{
			"parallel-fails",
			[]string{
				"FAILED ServerUnavailableException",
				`0 Parallel Fan Out failed, from -, caught "", failed "ServerUnavailableException"; failed in 70ms after 0s ` +
					`ServerUnavailableException`,
				`1 Task Left failed, from -, in 0, caught "", failed "ServerUnavailableException"; failed in 60ms after 0s ` +
					`ServerUnavailableException`,
				"2 Wait Right aborted, from -, in 0",
			},
			nil,
		},
		{
			"redriven",
			[]string{
				"SUCCEEDED",
				"0 Task Call API succeeded, from -; failed in 60ms after 0s TooManyRequestsException; failed in 60ms after 1s " +
					"TooManyRequestsException; " +
					"failed in 60ms after 0s TooManyRequestsException; 60ms after 1s",
				"1 Pass OK succeeded, from 0",
			},
			nil,
		},
		{
			"redriven-state-entered-again",
			[]string{
				"RUNNING",
				`0 Task Call API failed, from -, caught "", failed "TooManyRequestsException"; failed in 60ms after 0s ` +
					`TooManyRequestsException; failed in 60ms after 1s TooManyRequestsException`,
				"1 Task Call API running, from -; running after 0s",
			},
			nil,
		},
		{"timed-out", []string{
			"TIMED_OUT States.Timeout",
			"0 Task Call API aborted, from -; failed in 3.01s after 0s States.Timeout; aborted at 980ms after 1s",
		}, nil},
		{"aborted", []string{"ABORTED", "0 Wait Wait and Try Later aborted, from -"}, nil},
		{"unknown-kinds", []string{"SUCCEEDED", "0 Dream Dream succeeded, from -"}, nil},
		{"end-missing", []string{"RUNNING",
			"0 Task Call API running, from -; failed in 60ms after 0s TooManyRequestsException"}, []Span{{First: 6}}},
		{"beginning-missing", []string{"FAILED TooManyRequestsException"}, []Span{{First: 1, Last: 2}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			data := readTestdata(t, test.name)
			e, err := Parse(data)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, executionLines(e)); diff != "" {
				t.Errorf("the steps differ (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.missing, e.Missing); diff != "" {
				t.Errorf("the missing events differ (-want +got):\n%s", diff)
			}
			requireEvents(t, data, e)
		})
	}
}

// requireEvents compares the parsed events with the file, field by field.
func requireEvents(t *testing.T, data []byte, e Execution) {
	t.Helper()
	var file struct{ Events []map[string]any }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	var got []map[string]any
	for i, event := range e.Events {
		fields := map[string]any{"id": float64(event.ID), "previousEventId": float64(event.Previous),
			"type": string(event.Type), "timestamp": file.Events[i]["timestamp"]}
		for name := range file.Events[i] {
			if fields[name] != nil {
				continue
			}
			var details any
			if err := json.Unmarshal(event.Details(), &details); err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(name, "EventDetails") {
				// The details of an event of an unknown type consist of all its members.
				details = details.(map[string]any)[name]
			}
			fields[name] = details
		}
		got = append(got, fields)
	}
	if diff := cmp.Diff(file.Events, got); diff != "" {
		t.Errorf("the events differ (-want +got):\n%s", diff)
	}
}

func TestParseEventState(t *testing.T) {
	t.Parallel()
	e, err := Parse(readTestdata(t, "parallel-and-map"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, event := range e.Events {
		got = append(got, event.State)
	}
	want := []string{"", "Fan Out", "Fan Out", "Left", "Left", "Left", "Right", "Right", "Right Again", "Right Again",
		"Left", "Left", "Fan Out", "Fan Out",
		"Each", "Each", "Each", "Item", "Each", "Item", "Item", "Item", "Item", "Item", "Item", "Item", "Item", "Each",
		"Each", "Each", "Each", "Give Up", ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the states of the events differ (-want +got):\n%s", diff)
	}
}

func TestParseMatchesNew(t *testing.T) {
	t.Parallel()
	for _, family := range awsstub.Servers {
		for scenario := range wantExecutions {
			events := awsstub.ScenarioEvents(family, scenario)
			response, err := awsstub.History("", events...)(awsstub.Call{})
			if err != nil {
				t.Fatal(err)
			}
			data, err := io.ReadAll(response.Body)
			if err != nil {
				t.Fatal(err)
			}
			e, err := Parse(data)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(executionLines(New(events)), executionLines(e)); diff != "" {
				t.Errorf("%s (%s): the steps differ (-API +file):\n%s", scenario, family, diff)
			}
			for i, event := range New(events).Events {
				if string(event.Details()) != string(e.Events[i].Details()) || !event.Time.Equal(e.Events[i].Time) {
					t.Errorf("%s (%s): got event %+v, want %+v", scenario, family, e.Events[i], event)
				}
			}
		}
	}
}

func TestNewestFirst(t *testing.T) {
	t.Parallel()
	inOrder := awsstub.ScenarioEvents(awsstub.AWS, "429")
	reversed := slices.Clone(inOrder)
	slices.Reverse(reversed)
	if diff := cmp.Diff(New(inOrder), New(reversed), compareEvents); diff != "" {
		t.Errorf("the execution differs (-oldest first +newest first):\n%s", diff)
	}
	// With the newest events first, --max-items omits the oldest ones. The IDs show that event 1 is
	// missing.
	newest := `{"events": [{"id": 3, "type": "TaskStarted", "timestamp": 2}, {"id": 2, "type": "TaskScheduled", ` +
		`"timestamp": 1}], "NextToken": "more"}`
	e, err := Parse([]byte(newest))
	if diff := cmp.Diff([]Span{{First: 1, Last: 1}}, e.Missing); err != nil || diff != "" {
		t.Errorf("got error %v; missing events (-want +got):\n%s", err, diff)
	}
}

func TestParseInvalid(t *testing.T) {
	t.Parallel()
	event := func(fields string) string {
		return `[{"id": 1, "type": "ExecutionStarted", "timestamp": 1}, {` + fields + `}]`
	}
	tests := []struct {
		name, data, reason string
	}{
		{name: "empty", data: "", reason: "it is empty"},
		{name: "white space", data: " \n", reason: "it is empty"},
		{name: "text", data: "EVENTS\t1\t0", reason: "it is the text output of the AWS CLI"},
		{name: "truncated", data: `{"events": [{"id": 1, "type": "Exec`, reason: "it is truncated"},
		{name: "two empty lists", data: `[] []`, reason: "its list of events is empty"},
		{name: "no events", data: `{"events": []}`, reason: "its list of events is empty"},
		{name: "empty list", data: "[]", reason: "its list of events is empty"},
		{name: "null", data: "null", reason: "it has no list of events"},
		{name: "another document", data: `{"name": "a"}`, reason: "it has no list of events; its members: name"},
		{name: "number", data: "1", reason: "it has no list of events"},
		{name: "list of numbers", data: "[1]", reason: "event 1 in the list has no type"},
		{name: "events not a list", data: `{"events": {"id": 1}}`, reason: "it has no list of events; its members: events"},
		{name: "null event", data: `[null]`, reason: "event 1 in the list has no type"},
		{name: "no type", data: event(`"id": 2, "timestamp": 1`), reason: "event 2 in the list has no type"},
		{name: "type not a string", data: event(`"id": 2, "type": 3, "timestamp": 1`),
			reason: "event 2 in the list has no type"},
		{name: "ID not a number", data: event(`"id": "two", "type": "A", "timestamp": 1`),
			reason: `event 2 in the list has the ID "two", which is not a positive whole number`},
		{name: "link not an integer", data: event(`"previousEventId": 1.5, "type": "A", "timestamp": 1`),
			reason: `event 2 in the list has the previousEventId 1.5, which is not a positive whole number`},
		{name: "no timestamp", data: event(`"id": 2, "type": "A"`), reason: "event 2 in the list has no timestamp"},
		{name: "invalid timestamp", data: event(`"id": 2, "type": "A", "timestamp": "yesterday"`),
			reason: `event 2 in the list has the invalid timestamp "yesterday"`},
		{name: "null timestamp", data: event(`"id": 2, "type": "A", "timestamp": null`),
			reason: "event 2 in the list has no timestamp"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse([]byte(test.data))
			if err == nil || err.Error() != test.reason {
				t.Errorf("got error %v, want %s", err, test.reason)
			}
		})
	}
}
