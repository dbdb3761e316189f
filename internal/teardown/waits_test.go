package teardown

import (
	"strings"
	"testing"
	"time"

	"retrycatch/internal/resource"
)

// growing holds the waits between two questions, as long as the answer stays the same.
var growing = []time.Duration{500 * time.Millisecond, 750 * time.Millisecond, 1125 * time.Millisecond,
	1687500 * time.Microsecond, 2531250 * time.Microsecond, 3796875 * time.Microsecond, 5 * time.Second, 5 * time.Second}

// between returns the first durations between times.
func between(times []time.Time) []time.Duration {
	var waits []time.Duration
	for i := 1; i < len(times) && len(waits) < len(growing); i++ {
		waits = append(waits, times[i].Sub(times[i-1]))
	}
	return waits
}

func TestDeletionAsksLessAndLess(t *testing.T) {
	bubble(t, func(t *testing.T) {
		a, s := deployed(t)
		s.Log(ago(time.Second), resource.Resource{}, "DELETE_IN_PROGRESS").Token = "colleague"
		s.Log(soon(time.Minute), resource.Resource{}, "DELETE_FAILED").Token = "colleague"
		plan := look(t, a)
		var asked []time.Time
		var ask func()
		ask = func() {
			asked = append(asked, time.Now())
			a.Before("CloudFormation.DescribeStackEvents", ask)
		}
		ask()
		if _, err := execute(t, a, plan, Options{}); err == nil {
			t.Error("the deletion succeeded")
		}
		requireSame(t, "the waits", growing, between(asked[1:]))
	})
}

func TestProofAsksLessAndLess(t *testing.T) {
	bubble(t, func(t *testing.T) {
		a, _ := deployed(t)
		a.Thing(machine).Deleting = time.Minute
		var asked []time.Time
		_, err := Execute(t.Context(), a.Config(), look(t, a), Options{}, func(line string) {
			if strings.HasPrefix(line, "waiting for 1 of 5 resources") {
				asked = append(asked, time.Now())
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		requireSame(t, "the waits", growing, between(asked))
	})
}
