package load

import (
	"math"
	"slices"
	"time"

	"retrycatch/internal/history"
	"retrycatch/internal/scenario"
)

// Summary holds the counts and durations of a load's executions.
type Summary struct {
	Executions                                  int
	AsExpected, NotAsExpected, Lost, NotStarted int           // their sum is Executions
	P50, P95, P99, Max                          time.Duration // durations of the executions that ended
	Attempts, Transitions                       int
	LambdaRetries                               scenario.LambdaRetries
}

// Ended returns the number of executions that ended.
func (s Summary) Ended() int { return s.AsExpected + s.NotAsExpected }

// Cost returns the price of the state transitions in USD.
func (s Summary) Cost() float64 { return history.Cost(s.Transitions) }

// Summarize counts and measures the executions of a load.
func Summarize(runs []*scenario.Run) Summary {
	s := Summary{Executions: len(runs)}
	var durations []time.Duration
	for _, r := range runs {
		switch r.Outcome {
		case scenario.AsExpected:
			s.AsExpected++
		case scenario.NotAsExpected:
			s.NotAsExpected++
		case scenario.Lost:
			s.Lost++
			continue
		default:
			s.NotStarted++
			continue
		}
		durations = append(durations, r.End.Sub(r.Start))
		s.Attempts += r.Attempts()
		s.Transitions += r.Transitions()
		retried := scenario.CountLambdaRetries(r.Steps...)
		s.LambdaRetries.Total += retried.Total
		s.LambdaRetries.Throttled += retried.Throttled
	}
	slices.Sort(durations)
	s.P50, s.P95 = percentile(durations, 50), percentile(durations, 95)
	s.P99, s.Max = percentile(durations, 99), percentile(durations, 100)
	return s
}

// percentile returns the smallest value that is at least as large as p percent of the sorted
// values. It returns 0 if there are no values.
func percentile(sorted []time.Duration, p float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[max(rank, 1)-1]
}
