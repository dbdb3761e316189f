package load

import (
	"math"
	"slices"
	"time"

	"retrycatch/internal/history"
	"retrycatch/internal/scenario"
)

// Summary counts and measures executions.
type Summary struct {
	Executions                                  int
	AsExpected, NotAsExpected, Lost, NotStarted int           // add up to Executions
	P50, P95, P99, Max                          time.Duration // of those that ended
	Attempts, Transitions                       int
	LambdaRetries                               scenario.LambdaRetries // of the attempts
}

// Ended returns the number of executions that ended, as expected or not.
func (s Summary) Ended() int { return s.AsExpected + s.NotAsExpected }

// Cost returns the price of the state transitions, in USD.
func (s Summary) Cost() float64 { return history.Cost(s.Transitions) }

// Summarize counts the runs of a load.
func Summarize(runs []*scenario.Run) Summary {
	s := Summary{Executions: len(runs)}
	var took []time.Duration
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
		took = append(took, r.End.Sub(r.Start))
		s.Attempts += r.Attempts()
		s.Transitions += r.Transitions()
		retried := scenario.CountLambdaRetries(r.Steps...)
		s.LambdaRetries.Total += retried.Total
		s.LambdaRetries.Throttled += retried.Throttled
	}
	slices.Sort(took)
	s.P50, s.P95, s.P99, s.Max = percentile(took, 50), percentile(took, 95), percentile(took, 99), percentile(took, 100)
	return s
}

// percentile returns the smallest value that at least p percent of the sorted values do not exceed.
// It returns zero if there are no values.
func percentile(sorted []time.Duration, p float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[max(rank, 1)-1]
}
