package main

import (
	"context"
	"time"

	"retrycatch/test/faults"
)

// growths returns the measurements of the second table.
func (l *lab) growths() []growth { return append(l.commandGrowths(), l.quotaGrowths()...) }

func (l *lab) commandGrowths() []growth {
	return []growth{
		{
			name: "inspect --file", sizeUnit: "events", sizes: historySizes,
			probe: func(ctx context.Context, size int) (cost, error) {
				return l.measureCost(ctx, l.environ(), "bin/retrycatch", "inspect", "--file", l.historyFile(size))
			},
		},
		{
			name: "graph --out", sizeUnit: "states", sizes: definitionSizes,
			probe: func(ctx context.Context, size int) (cost, error) {
				return l.measureCost(ctx, l.environ(), "bin/retrycatch", "graph",
					"--definition", l.definitionFile(size), "--out", l.path("graph.svg"))
			},
		},
		{
			name: "run --count", sizeUnit: "executions", sizes: []int{10, 100, 1000},
			probe: func(ctx context.Context, size int) (cost, error) {
				return l.measureCost(ctx, l.environ(), loadCommand(size)...)
			},
		},
		{
			name: "report --limit", sizeUnit: "executions", sizes: []int{1, 10, 100, reportExecutions},
			probe: func(ctx context.Context, size int) (cost, error) {
				return l.measureCost(ctx, l.environ(), l.reportCommand(size)...)
			},
		},
	}
}

// quotaGrowths returns the measurements under AWS's request quotas.
func (l *lab) quotaGrowths() []growth {
	return []growth{
		{
			name: "report with AWS's quotas", sizeUnit: "executions", sizes: []int{10, 100, reportExecutions},
			probe: func(ctx context.Context, size int) (cost, error) {
				return l.costUnderQuotas(ctx, l.reportCommand(size)...)
			},
			minDuration: func(size int) time.Duration {
				return faults.MinDuration(map[string]int{
					"states:ListExecutions":                   1,
					"states:GetExecutionHistory":              size,
					"states:DescribeStateMachineForExecution": 1,
				})
			},
		},
		{
			name: "run --count with AWS's quotas", sizeUnit: "executions", sizes: []int{10, 100, 1000},
			probe: func(ctx context.Context, size int) (cost, error) { return l.costUnderQuotas(ctx, loadCommand(size)...) },
			minDuration: func(size int) time.Duration {
				return faults.MinDuration(map[string]int{"states:StartExecution": size, "states:GetExecutionHistory": size})
			},
		},
	}
}
