package history

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"retrycatch/internal/awsstub"
)

// eventTypes holds every event type of the SDK and an unknown one.
var eventTypes = append(types.HistoryEventType("").Values(), "NewInTheFuture")

// FuzzNew builds executions from recorded events in any order. Some events get a type that does not
// match their details, and some lose their details.
func FuzzNew(f *testing.F) {
	var recorded []types.HistoryEvent
	for _, family := range awsstub.Servers {
		for _, scenario := range []string{"200", "503", "429", "999"} {
			recorded = append(recorded, awsstub.ScenarioEvents(family, scenario)...)
		}
	}
	// Each event is two bytes: the index of a recorded event, and the index of its new type. A type
	// index that is too large keeps the recorded type. The type index 254 also removes the details.
	for cut := range recorded {
		var choices []byte
		for i := range recorded[:cut+1] {
			choices = append(choices, byte(i), 255)
		}
		f.Add(choices)
	}
	f.Add([]byte{3, 0, 3, 1, 3, 2, 3, 3})
	f.Fuzz(func(t *testing.T, choices []byte) {
		var events []types.HistoryEvent
		for ; len(choices) > 1; choices = choices[2:] {
			event := recorded[int(choices[0])%len(recorded)]
			if kind := int(choices[1]); kind < len(eventTypes) {
				event.Type = eventTypes[kind]
			}
			if choices[1] == 254 {
				event = types.HistoryEvent{Type: event.Type, Timestamp: event.Timestamp} // without details
			}
			events = append(events, event)
		}
		e := New(events)
		requireValid(t, e, len(events))
		states := 0
		for _, event := range events {
			if strings.HasSuffix(string(event.Type), "StateEntered") {
				states++
			}
		}
		if len(e.Steps) != states {
			t.Errorf("got %d steps, want %d, one per entered state", len(e.Steps), states)
		}
		for _, step := range e.Steps {
			for i, attempt := range step.Attempts {
				if i == 0 && attempt.Backoff != 0 {
					t.Errorf("the first attempt of %s has a backoff of %v, want none", step.State, attempt.Backoff)
				}
				if attempt.Backoff.Abs() > time.Hour { // longer than any recorded execution
					t.Errorf("attempt %d of %s has a backoff of %v, want at most 1h", i+1, step.State, attempt.Backoff)
				}
			}
		}
		if !e.Ended() && !e.End.IsZero() {
			t.Errorf("the execution has not ended, but its end is %v", e.End)
		}
	})
}

// FuzzParse parses complete and truncated files. Then it builds executions from the parsed events,
// shuffled and with some omitted.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("got the files %v and error %v, want at least one file", files, err)
	}
	for i, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, uint64(i))
		f.Add(data[:len(data)/2], uint64(i))
	}
	f.Fuzz(func(t *testing.T, data []byte, seed uint64) {
		whole, err := Parse(data)
		if err != nil {
			return
		}
		requireValid(t, whole, len(whole.Events))
		random := rand.New(rand.NewPCG(seed, 0))
		events := slices.Clone(whole.Events)
		random.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		kept := random.IntN(len(events) + 1)
		requireValid(t, build(events[:kept], knownFacts{}), kept)
	})
}

// requireValid checks properties that every execution has.
func requireValid(t *testing.T, e Execution, events int) {
	t.Helper()
	if len(e.Events) != events {
		t.Errorf("got %d events, want %d", len(e.Events), events)
	}
	for i, s := range e.Steps {
		if s.Previous < none || s.Previous >= i || s.Parent < none || s.Parent >= i || s.Iteration < none ||
			s.Iteration > none && s.Parent == none {
			t.Errorf("step %d has an invalid previous step %d, parent %d or iteration %d", i, s.Previous, s.Parent, s.Iteration)
		}
		if s.Status == "" || s.Status != StepCaught && s.Caught != "" || s.Status != StepFailed && s.Error != "" {
			t.Errorf("step %d has status %q, but caught error %q and error %q", i, s.Status, s.Caught, s.Error)
		}
		for _, p := range s.Timeline(e.End) {
			if p.End.Before(p.Start) {
				t.Errorf("step %d has a part that ends before it starts: %+v", i, p)
			}
		}
	}
	if e.Ended() == e.End.IsZero() {
		t.Errorf("the execution has status %s, but end %v", e.Status, e.End)
	}
}
