package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func discardProgress(string, ...any) {}

func TestMedian(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		values []float64
		want   float64
	}{
		{"one", []float64{3}, 3},
		{"odd", []float64{9, 1, 5}, 5},
		{"even", []float64{4, 1, 3, 2}, 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := median(test.values); got != test.want {
				t.Errorf("median(%v) = %v, want %v", test.values, got, test.want)
			}
		})
	}
}

func TestResultPasses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name               string
		subject, reference []float64
		limit              limit
		passes             bool
	}{
		{"below the limit", []float64{2, 2, 90}, []float64{2}, limit{ratio: 1.15}, true},
		{"at the limit", []float64{3}, []float64{2}, limit{ratio: 1.5}, true},
		{"above the limit", []float64{3.1}, []float64{2}, limit{ratio: 1.5}, false},
		{"no limit", []float64{1000}, []float64{1}, limit{}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := result{row: row{limit: test.limit}, subject: test.subject, reference: test.reference}
			if r.passes() != test.passes {
				t.Errorf("passes() = %v, want %v", r.passes(), test.passes)
			}
		})
	}
}

func TestMeasureRowsOrder(t *testing.T) {
	t.Parallel()
	var order []string
	record := func(name string) probe {
		return func(context.Context) (float64, error) { order = append(order, name); return 1, nil }
	}
	rows := []row{
		{name: "first", subject: record("1"), reference: record("1 reference")},
		{name: "second", subject: record("2")},
	}
	if _, err := measureRows(t.Context(), rows, 2, discardProgress); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"1", "1 reference", "2", "1 reference", "1", "2"}, order); diff != "" {
		t.Errorf("the order of the measurements differs (-want +got):\n%s", diff)
	}
}

func TestMeasureRowsError(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	rows := []row{{name: "first", subject: func(context.Context) (float64, error) { return 0, broken }}}
	_, err := measureRows(t.Context(), rows, 1, discardProgress)
	if !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "first: ") {
		t.Errorf("got error %v, want \"first: %v\"", err, broken)
	}
}

func TestGrowthPasses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name           string
		seconds, bytes func(int) float64
		passes         []bool
	}{
		{"linear", linear, linear, []bool{true, true, true}},
		{"constant", constant, constant, []bool{true, true, true}},
		{"time grows faster", square, linear, []bool{true, false, false}},
		{"memory grows faster", linear, square, []bool{true, false, false}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			probe := func(_ context.Context, size int) (cost, error) {
				return cost{seconds: test.seconds(size), bytes: test.bytes(size)}, nil
			}
			growths := []growth{{name: "growth", sizes: []int{1, 10, 100}, probe: probe}}
			points, err := measureGrowths(t.Context(), growths, 1, discardProgress)
			if err != nil {
				t.Fatal(err)
			}
			var passes []bool
			for _, g := range points {
				passes = append(passes, g.passes())
			}
			if diff := cmp.Diff(test.passes, passes); diff != "" {
				t.Errorf("passes() differs for the sizes 1, 10 and 100 (-want +got):\n%s", diff)
			}
		})
	}
}

func TestGrowthPassesNearMinimum(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		seconds map[int]float64 // by size
		passes  []bool
	}{
		// The minimum time is 0 s at size 100 and 30 s at size 1000.
		{"near", map[int]float64{100: 1, 1000: 35}, []bool{true, true}},
		{"far", map[int]float64{100: 1, 1000: 37}, []bool{true, false}},
		{"near, with excessive growth", map[int]float64{100: 0.2, 1000: 33}, []bool{true, false}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			growths := []growth{{
				name: "growth", sizes: []int{100, 1000},
				minDuration: func(size int) time.Duration { return time.Duration(max(0, size-400)) * time.Second / 20 },
				probe: func(_ context.Context, size int) (cost, error) {
					return cost{seconds: test.seconds[size], bytes: 1}, nil
				},
			}}
			points, err := measureGrowths(t.Context(), growths, 1, discardProgress)
			if err != nil {
				t.Fatal(err)
			}
			for i, g := range points {
				if g.passes() != test.passes[i] {
					t.Errorf("size %d: passes() = %v, want %v", g.size, g.passes(), test.passes[i])
				}
			}
		})
	}
}

func linear(size int) float64 { return float64(size) }
func constant(int) float64    { return 1 }
func square(size int) float64 { return float64(size * size) }

func TestShowTables(t *testing.T) {
	t.Parallel()
	reference := func(context.Context) (float64, error) { return 0, nil }
	passing := result{
		row:     row{name: "passing", referenceName: "baseline", reference: reference, limit: limit{ratio: 2}, unit: seconds},
		subject: []float64{1.5}, reference: []float64{1},
	}
	exceeding := passing
	exceeding.name, exceeding.subject = "exceeding", []float64{3}
	point := growthPoint{
		growth: growth{name: "growth", sizeUnit: "events"},
		size:   10, sizeFactor: 10,
		cost: cost{5, 2e6}, previous: cost{1, 1e6},
	}
	var text strings.Builder
	if err := showTables(&text, []result{passing}, []growthPoint{point}); err != nil {
		t.Errorf("got error %v, want nil", err)
	}
	for _, part := range []string{"│ passing ", "1.50 s", "1.50×", "≤ 2.00×", "10 events", "5.0×", "2.00 MB"} {
		if !strings.Contains(text.String(), part) {
			t.Errorf("got\n%s\nwant %q in it", text.String(), part)
		}
	}
	text.Reset()
	err := showTables(&text, []result{passing, exceeding}, nil)
	if !errors.Is(err, errLimitExceeded) || strings.Count(text.String(), "✗ exceeded") != 1 {
		t.Errorf("got error %v, want %v; want one row with ✗ exceeded in the table:\n%s", err,
			errLimitExceeded, text.String())
	}
}
