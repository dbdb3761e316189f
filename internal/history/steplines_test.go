package history

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// eventsFrom builds a history. Each line holds an event's ID, the preceding event's ID, a type and
// details as name=value. Angle brackets enclose a value with spaces. The ID is also the event's
// time in milliseconds.
func eventsFrom(lines ...string) []Event {
	var all []Event
	for _, line := range lines {
		fields := strings.SplitN(line, " ", 4)
		e := Event{Type: types.HistoryEventType(fields[2])}
		e.ID, _ = strconv.ParseInt(fields[0], 10, 64)
		e.Previous, _ = strconv.ParseInt(fields[1], 10, 64)
		e.Time = at(int(e.ID))
		details := map[string]any{}
		for rest := strings.Join(fields[3:], ""); rest != ""; {
			name, value, _ := strings.Cut(rest, "=")
			if text, quoted := strings.CutPrefix(value, "<"); quoted {
				value, rest, _ = strings.Cut(text, ">")
			} else {
				value, rest, _ = strings.Cut(value, " ")
			}
			rest = strings.TrimSpace(rest)
			if details[name] = value; name == "index" {
				details[name], _ = strconv.Atoi(value)
			}
		}
		if len(details) > 0 {
			e.json, _ = json.Marshal(details)
		}
		all = append(all, e)
	}
	return all
}

// stepLines formats each step as "PARENT/STATE[ITEM] STATUS ERROR (CAUSE)". For each attempt, it
// appends "; START-END STATUS ERROR after BACKOFF". All times are in milliseconds.
func stepLines(e Execution) []string {
	var lines []string
	for _, s := range e.Steps {
		line := s.State
		if s.Parent != none {
			line = e.Steps[s.Parent].State + "/" + line
		}
		if s.Iteration != none {
			line += fmt.Sprintf("[%d]", s.Iteration)
		}
		line += " " + string(s.Status)
		if err := s.Caught + s.Error; err != "" {
			line += " " + err
		}
		if s.Cause.Text != "" {
			line += " (" + s.Cause.Text + ")"
		}
		if s.Type == "Wait" && s.Status == StepAborted {
			line += fmt.Sprintf(", stopped at %d", s.Stopped.Sub(at(0)).Milliseconds())
		}
		for i, a := range s.Attempts {
			line += fmt.Sprintf("; %d", a.Start.Sub(at(0)).Milliseconds())
			if end := latest(a.End, a.Stopped); !end.IsZero() {
				line += fmt.Sprintf("-%d", end.Sub(at(0)).Milliseconds())
			}
			line += " " + string(a.Status())
			if a.Error != "" {
				line += " " + a.Error
			}
			if i > 0 && a.Backoff > 0 {
				line += fmt.Sprintf(" after %d", a.Backoff.Milliseconds())
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// TestStepsOfIncompleteHistories builds each history with only its first events, and with one event
// missing.
func TestStepsOfIncompleteHistories(t *testing.T) {
	t.Parallel()
	for name, test := range stepCases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for n := range test.events {
				requireConsistent(t, build(eventsFrom(test.events[:n]...), knownFacts{}))
				requireConsistent(t, build(eventsFrom(slices.Delete(slices.Clone(test.events), n, n+1)...), knownFacts{}))
			}
		})
	}
}

// requireConsistent checks an execution against its events. The events must contain each error. A
// step that has ended must have an end time and no running attempt.
func requireConsistent(t *testing.T, e Execution) {
	t.Helper()
	requireValid(t, e, len(e.Events))
	var recorded strings.Builder
	for _, event := range e.Events {
		fmt.Fprintln(&recorded, event.Type, string(event.Details()))
	}
	isRecorded := func(err string) bool {
		return strings.Contains(recorded.String(), err) ||
			err == timeoutError && strings.Contains(recorded.String(), "TimedOut")
	}
	for i, s := range e.Steps {
		ended := s.Status != StepRunning
		if !ended && e.Ended() {
			t.Errorf("step %d (%s) is running in an execution that has ended", i, s.State)
		}
		if ended == (s.Exited.IsZero() && s.Stopped.IsZero()) {
			t.Errorf("step %d (%s) has status %s, but Exited %v and Stopped %v", i, s.State, s.Status, s.Exited, s.Stopped)
		}
		if !isRecorded(s.Error) || !isRecorded(s.Caught) {
			t.Errorf("step %d (%s) has error %q and caught error %q, want only recorded errors", i, s.State,
				s.Error, s.Caught)
		}
		if len(s.Attempts) > 0 && s.Type != "Task" && s.Type != "Map" && s.Type != "Parallel" {
			t.Errorf("step %d (%s) has attempts, want none", i, s.State)
		}
		for n, a := range s.Attempts {
			if a.Status() == StepRunning && (ended || n < len(s.Attempts)-1) {
				t.Errorf("attempt %d of step %d (%s, %s) has not ended", n+1, i, s.State, s.Status)
			}
			if !isRecorded(a.Error) || a.Error != "" && !a.Failed || !a.End.IsZero() && !a.Stopped.IsZero() {
				t.Errorf("attempt %d of step %d (%s) is inconsistent: %+v", n+1, i, s.State, a)
			}
		}
	}
}
