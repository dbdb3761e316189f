package history

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"retrycatch/internal/awsstub"
)

// everyKind is every kind of event that the SDK knows, and one that it does not.
var everyKind = append(types.HistoryEventType("").Values(), "NewInTheFuture")

// FuzzNew reads events in any order, each with the details of any kind or without.
func FuzzNew(f *testing.F) {
	var recorded []types.HistoryEvent
	for _, family := range awsstub.Families {
		for _, scenario := range []string{"200", "503", "429", "999"} {
			recorded = append(recorded, awsstub.Course(family, scenario)...)
		}
	}
	// Two bytes make an event: which of the recorded ones, and which kind it is given (its own, above those that there are).
	for cut := range recorded {
		var course []byte
		for i := range recorded[:cut+1] {
			course = append(course, byte(i), 255)
		}
		f.Add(course)
	}
	f.Add([]byte{3, 0, 3, 1, 3, 2, 3, 3})
	f.Fuzz(func(t *testing.T, choices []byte) {
		var events []types.HistoryEvent
		for ; len(choices) > 1; choices = choices[2:] {
			event := recorded[int(choices[0])%len(recorded)]
			if kind := int(choices[1]); kind < len(everyKind) {
				event.Type = everyKind[kind]
			}
			if choices[1] == 254 {
				event = types.HistoryEvent{Type: event.Type, Timestamp: event.Timestamp} // without any details
			}
			events = append(events, event)
		}
		e := New(events)
		requireSound(t, e, len(events))
		states := 0
		for _, event := range events {
			if strings.HasSuffix(string(event.Type), "StateEntered") {
				states++
			}
		}
		if len(e.Steps) != states {
			t.Errorf("%d states were entered, and there are %d steps", states, len(e.Steps))
		}
		for _, step := range e.Steps {
			for i, attempt := range step.Attempts {
				if i == 0 && attempt.Backoff != 0 {
					t.Errorf("the first attempt of %s comes after a wait of %v", step.State, attempt.Backoff)
				}
				if attempt.Backoff.Abs() > time.Hour { // no recorded event is as far from another
					t.Errorf("attempt %d of %s comes after a wait of %v", i+1, step.State, attempt.Backoff)
				}
			}
		}
		if !e.Ended() && !e.End.IsZero() {
			t.Errorf("the execution runs, and has ended at %v", e.End)
		}
	})
}
