package cli

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNear(t *testing.T) {
	t.Parallel()
	states := []string{"Call API", "OK", "Wait and Try Later", "Change to 200", "Catch All", "Call API"}
	tests := []struct {
		name, wrong string
		names, want []string
	}{
		{"another case", "call api", states, []string{"Call API"}},
		{"a letter too few, each name once", "Cal API", states, []string{"Call API"}},
		{"letters the wrong way round", "Chagne to 200", states, []string{"Change to 200"}},
		{"how it begins, before what differs little", "Ca", []string{"Cb", "Catch All", "Call API"}, []string{"Catch All", "Call API", "Cb"}},
		{"no more than three, the first of the list", "429", []string{"429-d", "429-c", "429-b", "429-a"}, []string{"429-d", "429-c", "429-b"}},
		{"letters swapped in a short name", "rnu", []string{"run", "report"}, []string{"run"}},
		{"letters swapped in how a name begins", "fial", []string{"SUCCEEDED", "FAILED", "ABORTED"}, []string{"FAILED"}},
		{"a letter too many in a short name", "runn", []string{"run", "report"}, []string{"run"}},
		{"a letter missing in a short name", "rn", []string{"run", "report"}, []string{"run"}},
		{"two letters, like the beginning of anything", "xy", []string{"xalpha", "beta"}, nil},
		{"too little of a short name", "428", []string{"200", "429", "999"}, []string{"429"}},
		{"nothing at all", "", states, nil},
		{"nothing like it", "Teardown", states, nil},
		{"letters of more than a byte", "Füße", []string{"Fuße"}, []string{"Fuße"}},
		{"no names", "a", nil, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, near(test.wrong, test.names)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDistances(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "abc", 0}, {"abc", "adc", 1}, {"abc", "ab", 1}, {"abcd", "acbd", 1}, {"ab", "ba", 1}, {"kitten", "sitting", 3}} {
		for _, all := range [][]int{distances([]rune(test.a), []rune(test.b)), distances([]rune(test.b), []rune(test.a))} {
			if got := all[len(all)-1]; got != test.want {
				t.Errorf("from %q to %q it is %d, expected %d", test.a, test.b, got, test.want)
			}
		}
	}
}
