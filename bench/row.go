package main

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// row describes a row of the first table: a subject and the reference to compare it with.
type row struct {
	name          string
	subject       probe
	referenceName string
	reference     probe // nil if the row has no reference
	limit         limit
	unit          unit
}

// probe takes one measurement.
type probe func(context.Context) (float64, error)

// unit formats a value and appends its unit.
type unit func(float64) string

func seconds(value float64) string {
	if value < 0.1 {
		return fmt.Sprintf("%.1f ms", 1000*value)
	}
	return fmt.Sprintf("%.2f s", value)
}

func bytes(value float64) string { return fmt.Sprintf("%.2f MB", value/1e6) }

// limit holds the upper limit of a row. The zero value sets no limit.
type limit struct {
	ratio float64 // highest allowed ratio of the subject to the reference
}

func (l limit) String() string {
	if l.ratio > 0 {
		return fmt.Sprintf("≤ %.2f×", l.ratio)
	}
	return "none"
}

// result holds the measurements of a row: for each round, one of the subject and one of the
// reference, if there is one.
type result struct {
	row
	subject, reference []float64
}

func (r result) ratio() float64 { return median(r.subject) / median(r.reference) }

func (r result) passes() bool {
	return r.limit.ratio == 0 || r.ratio() <= r.limit.ratio
}

// measureRows measures every row once per round, so that a busy machine affects all rows. Every
// other round measures the references first.
func measureRows(ctx context.Context, rows []row, rounds int, progress func(string, ...any)) ([]result, error) {
	results := make([]result, len(rows))
	for i, r := range rows {
		results[i].row = r
	}
	for round := range rounds {
		for i := range results {
			r := &results[i]
			progress("round %d of %d: %s", round+1, rounds, r.name)
			probes := []func() error{
				func() error { return appendMeasurement(ctx, &r.subject, r.row.subject) },
				func() error { return appendMeasurement(ctx, &r.reference, r.row.reference) },
			}
			if round%2 == 1 {
				slices.Reverse(probes)
			}
			for _, measureNext := range probes {
				if err := measureNext(); err != nil {
					return nil, fmt.Errorf("%s: %w", r.name, err)
				}
			}
		}
	}
	return results, nil
}

func appendMeasurement(ctx context.Context, values *[]float64, p probe) error {
	if p == nil {
		return nil
	}
	value, err := p(ctx)
	*values = append(*values, value)
	return err
}

// median returns the middle value, or the higher of two middle values. It returns NaN for an empty
// slice.
func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	return slices.Sorted(slices.Values(values))[len(values)/2]
}
