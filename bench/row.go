package main

import (
	"context"
	"fmt"
	"slices"
)

// row is a line of the first table. It compares a subject with a reference.
type row struct {
	name      string
	subject   probe
	reference string
	against   probe // nil without a reference
	limit     limit
	unit      unit
}

// probe takes one measurement.
type probe func(context.Context) (float64, error)

// unit formats a value.
type unit func(float64) string

func seconds(value float64) string {
	if value < 0.1 {
		return fmt.Sprintf("%.1f ms", 1000*value)
	}
	return fmt.Sprintf("%.2f s", value)
}

func bytes(value float64) string { return fmt.Sprintf("%.2f MB", value/1e6) }

// limit holds what a row may reach at most. The zero value allows everything.
type limit struct {
	ratio float64 // to the reference
}

func (l limit) String() string {
	if l.ratio > 0 {
		return fmt.Sprintf("≤ %.2f×", l.ratio)
	}
	return "reported"
}

// result holds the measurements of a row, one for each round.
type result struct {
	row
	subject, against []float64
}

func (r result) ratio() float64 { return median(r.subject) / median(r.against) }

func (r result) passes() bool {
	return r.limit.ratio == 0 || r.ratio() <= r.limit.ratio
}

// measure measures every row once a round, so that a busy machine affects all rows. Every other
// round starts with the reference.
func measure(ctx context.Context, rows []row, rounds int, progress func(string, ...any)) ([]result, error) {
	results := make([]result, len(rows))
	for i, r := range rows {
		results[i].row = r
	}
	for round := range rounds {
		for i := range results {
			r := &results[i]
			progress("round %d of %d: %s", round+1, rounds, r.name)
			both := []func() error{
				func() error { return add(ctx, &r.subject, r.row.subject) },
				func() error { return add(ctx, &r.against, r.row.against) },
			}
			if round%2 == 1 {
				slices.Reverse(both)
			}
			for _, measureOne := range both {
				if err := measureOne(); err != nil {
					return nil, fmt.Errorf("%s: %w", r.name, err)
				}
			}
		}
	}
	return results, nil
}

func add(ctx context.Context, values *[]float64, measured probe) error {
	if measured == nil {
		return nil
	}
	value, err := measured(ctx)
	*values = append(*values, value)
	return err
}

// median returns the middle value, or the higher one of two. It returns NaN without values.
func median(values []float64) float64 {
	if len(values) == 0 {
		return nan
	}
	return slices.Sorted(slices.Values(values))[len(values)/2]
}
