package main

import (
	"context"
	"fmt"
	"math"
	"time"
)

var nan = math.NaN()

// growth is how the cost of something grows with its size.
type growth struct {
	name  string
	of    string // what the size counts
	sizes []int
	probe func(ctx context.Context, size int) (cost, error)
	least func(size int) time.Duration // the least time that AWS's quotas allow; nil if they do not matter
}

// cost is what one run takes.
type cost struct {
	seconds float64
	bytes   float64 // of memory, at the most
}

// grown is the median cost at one size.
type grown struct {
	growth
	size     int
	cost     cost
	minimum  float64 // seconds
	times    float64 // the size is so many times the one before; 0 for the first
	previous cost    // beyond its minimum
}

// noise is how much more than linear a growth may look: what grows linearly is as often above the line as below it.
const noise = 1.25

// nearLeast limits a time to a multiple of the least time.
const nearLeast = 1.2

// passes reports whether time and memory have not grown faster than the size, and whether the time
// is near the least. Only the time beyond the least counts as growth.
func (g grown) passes() bool {
	if g.minimum > 0 && g.cost.seconds > nearLeast*g.minimum {
		return false
	}
	most := noise * g.times
	return g.times == 0 || g.cost.seconds-g.minimum <= most*g.previous.seconds && g.cost.bytes <= most*g.previous.bytes
}

// grow measures each size a number of times, in turns.
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
			one := grown{growth: g, size: size, cost: cost{median(times[i]), median(memory[i])}}
			if g.least != nil {
				one.minimum = g.least(size).Seconds()
			}
			if i > 0 {
				one.times, one.previous = float64(size)/float64(g.sizes[i-1]), done[len(done)-1].cost
				one.previous.seconds -= done[len(done)-1].minimum
			}
			done = append(done, one)
		}
	}
	return done, nil
}
