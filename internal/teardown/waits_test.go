package teardown

import (
	"testing"
	"time"

	"retrycatch/internal/resource"
)

// wantWaits holds the waits between queries while the states do not change, in nanoseconds.
var wantWaits = []time.Duration{100_000_000, 150_000_000, 225_000_000, 337_500_000, 506_250_000, 759_375_000,
	1_139_062_500, 1_708_593_750, 2_562_890_625, 3_844_335_937, 5_000_000_000, 5_000_000_000}

// intervals returns the intervals between times, at most as many as wantWaits contains.
func intervals(times []time.Time) []time.Duration {
	var waits []time.Duration
	for i := 1; i < len(times) && len(waits) < len(wantWaits); i++ {
		waits = append(waits, times[i].Sub(times[i-1]))
	}
	return waits
}

func TestDeletionPolling(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a, s := deployed(t)
		s.AddEvent(ago(time.Second), resource.Resource{}, "DELETE_IN_PROGRESS").Token = "colleague"
		s.AddEvent(soon(time.Minute), resource.Resource{}, "DELETE_FAILED").Token = "colleague"
		plan := readPlan(t, a)
		var queries []time.Time
		var recordQuery func()
		recordQuery = func() {
			queries = append(queries, time.Now())
			a.BeforeNext("CloudFormation.DescribeStackEvents", recordQuery)
		}
		recordQuery()
		if _, err := execute(t, a, plan, Options{}); err == nil {
			t.Error("got no error, want a failed deletion")
		}
		requireSame(t, "the waits", wantWaits, intervals(queries[1:]))
	})
}

func TestVerificationPolling(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a, _ := deployed(t)
		a.FirstInstance(machine).DeletionDuration = time.Minute
		var queries []time.Time
		_, err := Execute(t.Context(), a.Config(), readPlan(t, a), Options{}, waitRecorder{record: func(pending, all int) {
			if pending == 1 && all == 5 {
				queries = append(queries, time.Now())
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		requireSame(t, "the waits", wantWaits, intervals(queries))
	})
}

// waitRecorder calls record for each wait.
type waitRecorder struct {
	silent
	record func(pending, all int)
}

func (w waitRecorder) Waiting(pending, all int) { w.record(pending, all) }
