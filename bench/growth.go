package main

import (
	"context"
	"fmt"
	"time"
)

// growth describes a measurement at several sizes of the input.
type growth struct {
	name        string
	sizeUnit    string // such as "events"
	sizes       []int
	probe       func(ctx context.Context, size int) (cost, error)
	minDuration func(size int) time.Duration // the minimum time that AWS's quotas allow; nil without quotas
}

// cost holds the time and memory of one run of a command, or of a function's start.
type cost struct {
	seconds float64
	bytes   float64 // peak memory of a command, or resident memory of a function
}

// growthPoint holds the median cost at one size.
type growthPoint struct {
	growth
	size       int
	cost       cost
	minSeconds float64 // minimum time that AWS's quotas allow; 0 without quotas
	sizeFactor float64 // size divided by the previous size; 0 for the first size
	previous   cost    // cost at the previous size, minus the minimum time there
}

// growthMargin is the factor by which growth may exceed linear growth, because measurements vary.
const growthMargin = 1.25

// durationMargin is the factor by which a duration may exceed the minimum.
const durationMargin = 1.2

// passes reports whether the time is close to the minimum, and whether time and memory grow no
// faster than the size. The minimum time does not count as growth.
func (g growthPoint) passes() bool {
	if g.minSeconds > 0 && g.cost.seconds > durationMargin*g.minSeconds {
		return false
	}
	maxFactor := growthMargin * g.sizeFactor
	return g.sizeFactor == 0 || g.cost.seconds-g.minSeconds <= maxFactor*g.previous.seconds &&
		g.cost.bytes <= maxFactor*g.previous.bytes
}

// measureGrowths measures each size once per round, and returns the medians.
func measureGrowths(
	ctx context.Context, growths []growth, rounds int, progress func(string, ...any),
) ([]growthPoint, error) {
	var done []growthPoint
	for _, g := range growths {
		times, memory := make([][]float64, len(g.sizes)), make([][]float64, len(g.sizes))
		for round := range rounds {
			for i, size := range g.sizes {
				progress("round %d of %d: %s, %d %s", round+1, rounds, g.name, size, g.sizeUnit)
				c, err := g.probe(ctx, size)
				if err != nil {
					return nil, fmt.Errorf("%s, %d %s: %w", g.name, size, g.sizeUnit, err)
				}
				times[i], memory[i] = append(times[i], c.seconds), append(memory[i], c.bytes)
			}
		}
		for i, size := range g.sizes {
			current := growthPoint{growth: g, size: size, cost: cost{median(times[i]), median(memory[i])}}
			if g.minDuration != nil {
				current.minSeconds = g.minDuration(size).Seconds()
			}
			if i > 0 {
				last := done[len(done)-1]
				current.sizeFactor, current.previous = float64(size)/float64(last.size), last.cost
				current.previous.seconds -= last.minSeconds
			}
			done = append(done, current)
		}
	}
	return done, nil
}
