package main

import (
	"context"
	"fmt"
	"math"
	"time"
)

var nan = math.NaN()

// growth measures how a cost grows with a size.
type growth struct {
	name  string
	of    string // the unit of the size
	sizes []int
	probe func(ctx context.Context, size int) (cost, error)
	least func(size int) time.Duration // the least time that AWS's quotas allow; nil without quotas
}

// cost holds the time and the memory of one run.
type cost struct {
	seconds float64
	bytes   float64 // at the peak
}

// grown is the median cost at one size.
type grown struct {
	growth
	size     int
	cost     cost
	minimum  float64 // seconds
	times    float64 // the size divided by the previous one; 0 for the first
	previous cost    // without its minimum
}

// noise is the factor by which a measured growth may exceed a linear one.
const noise = 1.25

// nearLeast is the factor by which a time may exceed the least time.
const nearLeast = 1.2

// passes reports whether the time is near the least, and neither time nor memory grows faster than
// the size. Only the time beyond the least counts as growth.
func (g grown) passes() bool {
	if g.minimum > 0 && g.cost.seconds > nearLeast*g.minimum {
		return false
	}
	most := noise * g.times
	return g.times == 0 || g.cost.seconds-g.minimum <= most*g.previous.seconds && g.cost.bytes <= most*g.previous.bytes
}

// grow measures each size once a round.
func grow(ctx context.Context, all []growth, rounds int, progress func(string, ...any)) ([]grown, error) {
	var done []grown
	for _, g := range all {
		times, memory := make([][]float64, len(g.sizes)), make([][]float64, len(g.sizes))
		for round := range rounds {
			for i, size := range g.sizes {
				progress("round %d of %d: %s, %d %s", round+1, rounds, g.name, size, g.of)
				c, err := g.probe(ctx, size)
				if err != nil {
					return nil, fmt.Errorf("%s, %d %s: %w", g.name, size, g.of, err)
				}
				times[i], memory[i] = append(times[i], c.seconds), append(memory[i], c.bytes)
			}
		}
		for i, size := range g.sizes {
			current := grown{growth: g, size: size, cost: cost{median(times[i]), median(memory[i])}}
			if g.least != nil {
				current.minimum = g.least(size).Seconds()
			}
			if i > 0 {
				last := done[len(done)-1]
				current.times, current.previous = float64(size)/float64(last.size), last.cost
				current.previous.seconds -= last.minimum
			}
			done = append(done, current)
		}
	}
	return done, nil
}
