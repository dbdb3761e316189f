package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func silent(string, ...any) {}

func TestMeasuresAreMedians(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		values []float64
		want   float64
	}{
		{"of one", []float64{3}, 3},
		{"of an odd number, in any order", []float64{9, 1, 5}, 5},
		{"of an even number, the higher", []float64{4, 1, 3, 2}, 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := median(test.values); got != test.want {
				t.Errorf("the median of %v is %v, expected %v", test.values, got, test.want)
			}
		})
	}
}

func TestARowIsHeldAgainstItsBar(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name             string
		subject, against []float64
		bar              bar
		passes           bool
	}{
		{"a ratio below", []float64{2, 2, 90}, []float64{2}, bar{ratio: 1.15}, true},
		{"a ratio that is the bar", []float64{3}, []float64{2}, bar{ratio: 1.5}, true},
		{"a ratio above", []float64{3.1}, []float64{2}, bar{ratio: 1.5}, false},
		{"no bar", []float64{1000}, []float64{1}, bar{}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := result{row: row{bar: test.bar}, subject: test.subject, against: test.against}
			if r.passes() != test.passes {
				t.Errorf("it passes: %v, expected %v", r.passes(), test.passes)
			}
		})
	}
}

func TestRowsTakeTurnsAndEveryOtherRoundBeginsWithTheReference(t *testing.T) {
	t.Parallel()
	var order []string
	says := func(what string) probe {
		return func(context.Context) (float64, error) { order = append(order, what); return 1, nil }
	}
	rows := []row{{name: "first", subject: says("1"), against: says("1 reference")}, {name: "second", subject: says("2")}}
	if _, err := measure(t.Context(), rows, 2, silent); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"1", "1 reference", "2", "1 reference", "1", "2"}, order); diff != "" {
		t.Errorf("the order differs (-want +got):\n%s", diff)
	}
}

func TestAnErrorNamesItsRow(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	rows := []row{{name: "first", subject: func(context.Context) (float64, error) { return 0, broken }}}
	if _, err := measure(t.Context(), rows, 1, silent); !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "first: ") {
		t.Errorf("the error is %v", err)
	}
}

func TestGrowthIsHeldAgainstTheSize(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name          string
		seconds, size func(int) float64
		passes        []bool
	}{
		{"as the size", float, float, []bool{true, true, true}},
		{"not at all", constant, constant, []bool{true, true, true}},
		{"time grows faster", square, float, []bool{true, false, false}},
		{"memory grows faster", float, square, []bool{true, false, false}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			sizes, err := grow(t.Context(), []growth{{name: "it", sizes: []int{1, 10, 100}, probe: func(_ context.Context, size int) (cost, error) {
				return cost{seconds: test.seconds(size), bytes: test.size(size)}, nil
			}}}, 1, silent)
			if err != nil {
				t.Fatal(err)
			}
			var passes []bool
			for _, g := range sizes {
				passes = append(passes, g.passes())
			}
			if diff := cmp.Diff(test.passes, passes); diff != "" {
				t.Errorf("what passes differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestGrowthIsHeldAgainstTheLeast(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		seconds map[int]float64 // by the size
		passes  []bool
	}{
		// At 1000 the least is 30 s: what grows is the time beyond it.
		{"near the least", map[int]float64{100: 1, 1000: 35}, []bool{true, true}},
		{"far from the least", map[int]float64{100: 1, 1000: 37}, []bool{true, false}},
		{"beyond the least it grows faster than the size", map[int]float64{100: 0.2, 1000: 33}, []bool{true, false}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			sizes, err := grow(t.Context(), []growth{{name: "it", sizes: []int{100, 1000}, least: func(size int) time.Duration {
				return time.Duration(max(0, size-400)) * time.Second / 20
			}, probe: func(_ context.Context, size int) (cost, error) {
				return cost{seconds: test.seconds[size], bytes: 1}, nil
			}}}, 1, silent)
			if err != nil {
				t.Fatal(err)
			}
			for i, g := range sizes {
				if g.passes() != test.passes[i] {
					t.Errorf("size %d passes: %v", g.size, g.passes())
				}
			}
		})
	}
}

func float(size int) float64  { return float64(size) }
func constant(int) float64    { return 1 }
func square(size int) float64 { return float64(size * size) }

func TestTheTablesSayWhatIsMissed(t *testing.T) {
	t.Parallel()
	met := result{row: row{name: "met", reference: "another", against: func(context.Context) (float64, error) { return 0, nil }, bar: bar{ratio: 2}, unit: seconds},
		subject: []float64{1.5}, against: []float64{1}}
	missed := met
	missed.name, missed.subject = "not met", []float64{3}
	grew := grown{growth: growth{name: "it", of: "events"}, size: 10, times: 10, cost: cost{5, 2e6}, previous: cost{1, 1e6}}
	var text strings.Builder
	if err := show(&text, []result{met}, []grown{grew}); err != nil {
		t.Errorf("all bars are met, and the error is %v", err)
	}
	for _, part := range []string{"│ met ", "1.50 s", "1.50×", "≤ 2.00×", "10 events", "5.0×", "2.00 MB"} {
		if !strings.Contains(text.String(), part) {
			t.Errorf("there is no %q in\n%s", part, text.String())
		}
	}
	text.Reset()
	if err := show(&text, []result{met, missed}, nil); !errors.Is(err, errMissed) || strings.Count(text.String(), "✗ missed") != 1 {
		t.Errorf("the error is %v, and the table\n%s", err, text.String())
	}
}
