package history

import (
	"testing"

	"retrycatch/internal/awsstub"
)

func TestTransitions(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][2]int{"200": {2, 1}, "503": {2, 1}, "429": {7, 4}, "999": {2, 1}} {
		for _, family := range awsstub.Servers {
			e := New(awsstub.ScenarioEvents(family, name))
			if got := [2]int{e.Transitions(), e.Attempts()}; got != want {
				t.Errorf("%s (%s): got %v transitions and attempts, want %v", name, family, got, want)
			}
		}
	}
}

func TestCost(t *testing.T) {
	t.Parallel()
	for transitions, want := range map[int]float64{0: 0, 1: 0.000025, 4000: 0.1} {
		if got := Cost(transitions); got != want {
			t.Errorf("%d transitions: got %f USD, want %f", transitions, got, want)
		}
	}
}
