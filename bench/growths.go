package main

import (
	"context"
	"time"

	"retrycatch/test/faults"
)

// growths returns the measurements at several sizes.
func (l *lab) growths() []growth { return append(l.commandGrowths(), l.limitedGrowths()...) }

func (l *lab) commandGrowths() []growth {
	return []growth{
		{
			name: "inspect --file", of: "events", sizes: histories,
			probe: func(ctx context.Context, size int) (cost, error) {
				return l.cost(ctx, l.local(), "bin/retrycatch", "inspect", "--file", l.history(size))
			},
		},
		{
			name: "graph --out", of: "states", sizes: definitions,
			probe: func(ctx context.Context, size int) (cost, error) {
				return l.cost(ctx, l.local(), "bin/retrycatch", "graph",
					"--definition", l.definition(size), "--out", l.path("graph.svg"))
			},
		},
		{
			name: "run --count", of: "executions", sizes: []int{10, 100, 1000},
			probe: func(ctx context.Context, size int) (cost, error) { return l.cost(ctx, l.local(), load(size)...) },
		},
		{
			name: "report --limit", of: "executions", sizes: []int{1, 10, 100, reported},
			probe: func(ctx context.Context, size int) (cost, error) {
				return l.cost(ctx, l.local(), l.report(size)...)
			},
		},
	}
}

// limitedGrowths returns the measurements under AWS's quotas.
func (l *lab) limitedGrowths() []growth {
	return []growth{
		{
			name: "report, AWS's quotas", of: "executions", sizes: []int{10, 100, reported},
			probe: func(ctx context.Context, size int) (cost, error) { return l.limited(ctx, l.report(size)...) },
			least: func(size int) time.Duration {
				return faults.MinDuration(map[string]int{
					"states:ListExecutions":                   1,
					"states:GetExecutionHistory":              size,
					"states:DescribeStateMachineForExecution": 1,
				})
			},
		},
		{
			name: "run --count, AWS's quotas", of: "executions", sizes: []int{10, 100, 1000},
			probe: func(ctx context.Context, size int) (cost, error) { return l.limited(ctx, load(size)...) },
			least: func(size int) time.Duration {
				return faults.MinDuration(map[string]int{"states:StartExecution": size, "states:GetExecutionHistory": size})
			},
		},
	}
}
