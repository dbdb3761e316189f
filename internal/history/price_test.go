package history

import (
	"testing"

	"retrycatch/internal/awsstub"
)

func TestEachRetryIsATransition(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][2]int{"200": {2, 1}, "503": {2, 1}, "429": {7, 4}, "999": {2, 1}} {
		for _, family := range awsstub.Families {
			e := New(awsstub.Course(family, name))
			if got := [2]int{e.Transitions(), e.Attempts()}; got != want {
				t.Errorf("%s as %s records it has %v transitions and attempts, expected %v", name, family, got, want)
			}
		}
	}
}

func TestTransitionsCostAsMuchEach(t *testing.T) {
	t.Parallel()
	for transitions, want := range map[int]float64{0: 0, 1: 0.000025, 4000: 0.1} {
		if got := Cost(transitions); got != want {
			t.Errorf("%d transitions cost %f USD, expected %f", transitions, got, want)
		}
	}
}
