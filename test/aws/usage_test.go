package aws

import (
	"math"
	"testing"
)

// TestCost checks estimates. A month of alarms and a dashboard costs as much as in docs/costs.md.
func TestCost(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		usage Usage
		want  float64
	}{
		"empty":                     {Usage{}, 0},
		"four executions":           {Usage{Executions: 4, Transitions: 13, Invocations: 7}, 0.000361},
		"month":                     {Usage{Deployments: hoursPerMonth}, 3.5}, // each counts as one hour
		"ten times four executions": {Usage{Executions: 4, Transitions: 13, Invocations: 7}.Times(10), 0.00361},
		"sum":                       {Usage{Transitions: 400}.Add(Usage{Transitions: 600}), 0.025},
		"invocations":               {Usage{Invocations: 1_000_000}, 0.2166},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := test.usage.Cost(); math.Abs(got-test.want) > 0.01*test.want {
				t.Errorf("%v: got %f USD, want %f", test.usage, got, test.want)
			}
		})
	}
}
