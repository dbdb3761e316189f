package teardown

import (
	"testing"
	"time"

	"retrycatch/internal/resource"
)

// growing holds the waits between queries while the answer stays the same.
var growing = []time.Duration{100_000_000, 150_000_000, 225_000_000, 337_500_000, 506_250_000, 759_375_000,
	1_139_062_500,
	1_708_593_750, 2_562_890_625, 3_844_335_937, 5_000_000_000, 5_000_000_000}

// between returns the first few intervals between times.
func between(times []time.Time) []time.Duration {
	var waits []time.Duration
	for i := 1; i < len(times) && len(waits) < len(growing); i++ {
		waits = append(waits, times[i].Sub(times[i-1]))
	}
	return waits
}

func TestDeletionPolling(t *testing.T) {
	bubble(t, func(t *testing.T) {
		a, s := deployed(t)
		s.AddEvent(ago(time.Second), resource.Resource{}, "DELETE_IN_PROGRESS").Token = "colleague"
		s.AddEvent(soon(time.Minute), resource.Resource{}, "DELETE_FAILED").Token = "colleague"
		plan := look(t, a)
		var asked []time.Time
		var ask func()
		ask = func() {
			asked = append(asked, time.Now())
			a.BeforeNext("CloudFormation.DescribeStackEvents", ask)
		}
		ask()
		if _, err := execute(t, a, plan, Options{}); err == nil {
			t.Error("got no error from the deletion")
		}
		requireSame(t, "the waits", growing, between(asked[1:]))
	})
}

func TestProofPolling(t *testing.T) {
	bubble(t, func(t *testing.T) {
		a, _ := deployed(t)
		a.FirstInstance(machine).DeletionDuration = time.Minute
		var asked []time.Time
		_, err := Execute(t.Context(), a.Config(), look(t, a), Options{}, waiting{tell: func(pending, all int) {
			if pending == 1 && all == 5 {
				asked = append(asked, time.Now())
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		requireSame(t, "the waits", growing, between(asked))
	})
}

// waiting passes each report of a wait to a function.
type waiting struct {
	silent
	tell func(pending, all int)
}

func (w waiting) Waiting(pending, all int) { w.tell(pending, all) }
