package cli

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSimilarNames(t *testing.T) {
	t.Parallel()
	states := []string{"Call API", "OK", "Wait and Try Later", "Change to 200", "Catch All", "Call API"}
	tests := []struct {
		name, wrong string
		names, want []string
	}{
		{"different case", "call api", states, []string{"Call API"}},
		{"missing letter, duplicate name", "Cal API", states, []string{"Call API"}},
		{"swapped letters", "Chagne to 200", states, []string{"Change to 200"}},
		{
			"prefixes before small differences",
			"Ca",
			[]string{"Cb", "Catch All", "Call API"},
			[]string{"Catch All", "Call API", "Cb"},
		},
		{
			"three names at most",
			"429",
			[]string{"429-d", "429-c", "429-b", "429-a"},
			[]string{"429-d", "429-c", "429-b"},
		},
		{"swapped letters in a short name", "rnu", []string{"run", "report"}, []string{"run"}},
		{"swapped letters in a prefix", "fial", []string{"SUCCEEDED", "FAILED", "ABORTED"}, []string{"FAILED"}},
		{"extra letter in a short name", "runn", []string{"run", "report"}, []string{"run"}},
		{"missing letter in a short name", "rn", []string{"run", "report"}, []string{"run"}},
		{"two letters, no similar name", "xy", []string{"xalpha", "beta"}, nil},
		{"wrong letter in a short name", "428", []string{"200", "429", "999"}, []string{"429"}},
		{"empty name", "", states, nil},
		{"no similar name", "Teardown", states, nil},
		{"multibyte letters", "Füße", []string{"Fuße"}, []string{"Fuße"}},
		{"no names", "a", nil, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, similarNames(test.wrong, test.names)); diff != "" {
				t.Errorf("the similar names differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDistances(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"", "abc", 3},
		{"abc", "abc", 0},
		{"abc", "adc", 1},
		{"abc", "ab", 1},
		{"abcd", "acbd", 1},
		{"ab", "ba", 1},
		{"kitten", "sitting", 3},
	} {
		for _, all := range [][]int{distances([]rune(test.a), []rune(test.b)), distances([]rune(test.b), []rune(test.a))} {
			if got := all[len(all)-1]; got != test.want {
				t.Errorf("%q and %q: got edit distance %d, want %d", test.a, test.b, got, test.want)
			}
		}
	}
}
