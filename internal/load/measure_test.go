package load

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/history"
	"retrycatch/internal/scenario"
)

func TestPercentile(t *testing.T) {
	t.Parallel()
	upTo := func(n int) []time.Duration {
		var values []time.Duration
		for i := range n {
			values = append(values, time.Duration(i+1))
		}
		return values
	}
	tests := []struct {
		name   string
		sorted []time.Duration
		p      float64
		want   time.Duration
	}{
		{"p50 of no values", nil, 50, 0},
		{"p50 of one value", upTo(1), 50, 1},
		{"p50 of two values", upTo(2), 50, 1},
		{"p51 of two values", upTo(2), 51, 2},
		{"p50 of three values", upTo(3), 50, 2},
		{"p95 of a hundred values", upTo(100), 95, 95},
		{"p99 of a hundred values", upTo(100), 99, 99},
		{"p99 of ten values", upTo(10), 99, 10},
		{"p100", upTo(7), 100, 7},
		{"p0", upTo(7), 0, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := percentile(test.sorted, test.p); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}

func TestSummarize(t *testing.T) {
	t.Parallel()
	ended := func(name string, outcome scenario.Outcome) *scenario.Run {
		return &scenario.Run{Outcome: outcome, Execution: history.New(awsstub.ScenarioEvents(awsstub.AWS, name))}
	}
	got := Summarize([]*scenario.Run{
		ended("429", scenario.AsExpected),
		ended("200", scenario.NotAsExpected),
		ended("200", scenario.AsExpected),
		{Outcome: scenario.Lost},
		{},
		{},
	})
	want := Summary{
		Executions: 6, AsExpected: 2, NotAsExpected: 1, Lost: 1, NotStarted: 2,
		P50: 50 * time.Millisecond, P95: 4200 * time.Millisecond, P99: 4200 * time.Millisecond,
		Max: 4200 * time.Millisecond, Attempts: 6, Transitions: 11,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the summary differs (-want +got):\n%s", diff)
	}
	if cost := (Summary{Transitions: 4000}).Cost(); cost != 0.1 {
		t.Errorf("4,000 transitions: got %f USD, want 0.1", cost)
	}
}
