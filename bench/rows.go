package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"retrycatch/test/faults"
)

// waits is the time that the demo must wait: the retrier's 1 s and 2 s, and the Wait state's 1 s.
const waits = 4.0 // seconds

const (
	executions = 500 // of the run that is measured
	atOnce     = 50
	reported   = 1000 // executions in the longest report
)

func (l *lab) rows() []row {
	return []row{
		{
			name: "synthesis", subject: l.synthesis,
			reference: "an app with one resource", against: l.timed(l.local(), l.synthSingle()...),
			bar: bar{ratio: 1.5}, unit: seconds,
		},
		{
			name: "synthesis validated", subject: l.validation(true),
			reference: "without the CDK's validation", against: l.validation(false),
			unit: seconds,
		},
		{
			name: "cdk deploy of nothing new", subject: l.timed(l.local(), "npx", "cdk", "deploy", "--require-approval", "never"),
			reference: "synthesis", against: l.timed(l.local(), l.synth()...),
			bar: bar{ratio: 2}, unit: seconds,
		},
		{
			name: "function, cold start", subject: l.function(started),
			reference: "the same in Python", against: l.python(started),
			bar: bar{ratio: 0.25}, unit: seconds,
		},
		{
			name: "function, memory", subject: l.function(occupied),
			reference: "the same in Python", against: l.python(occupied),
			bar: bar{ratio: 0.5}, unit: bytes,
		},
		{
			name:      "function, zip",
			subject:   func(context.Context) (float64, error) { return zipped(l.path("mockapi")) },
			reference: "a handler that does nothing",
			against:   func(context.Context) (float64, error) { return zipped(l.path("bare")) },
			bar:       bar{ratio: 1.05}, unit: bytes,
		},
		{
			name: "make demo", subject: l.timed(os.Environ(), "make", "demo"),
			reference: "4 s of waits, and synthesis",
			against: func(ctx context.Context) (float64, error) {
				synthesis, err := l.synthesis(ctx)
				return waits + synthesis, err
			},
			bar: bar{ratio: 2}, unit: seconds,
		},
		{
			name: "inspect --file, 25,000 events", subject: l.timed(l.local(), "bin/retrycatch", "inspect", "--file", l.history(longest)),
			reference: "decoding the file's JSON", against: l.timed(l.local(), l.path("decode"), l.history(longest)),
			bar: bar{ratio: 3}, unit: seconds,
		},
		{
			name: "run --count 500 --concurrency 50", subject: l.timed(l.local(), load(executions)...),
			reference: "bare calls: start, await, read", against: l.bare(true),
			bar: bar{ratio: 1.2}, unit: seconds,
		},
		{
			name: "the same", subject: l.timed(l.local(), load(executions)...),
			reference: "bare calls: start, and no more", against: l.bare(false),
			unit: seconds,
		},
	}
}

func (l *lab) growths() []growth {
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
				return l.cost(ctx, l.local(), "bin/retrycatch", "graph", "--definition", l.definition(size), "--out", l.path("graph.svg"))
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
		{
			name: "report, AWS's quotas", of: "executions", sizes: []int{10, 100, reported},
			probe: func(ctx context.Context, size int) (cost, error) { return l.limited(ctx, l.report(size)...) },
			least: func(size int) time.Duration {
				return faults.Least(map[string]int{"states:ListExecutions": 1, "states:GetExecutionHistory": size,
					"states:DescribeStateMachineForExecution": 1})
			},
		},
		{
			name: "run --count, AWS's quotas", of: "executions", sizes: []int{10, 100, 1000},
			probe: func(ctx context.Context, size int) (cost, error) { return l.limited(ctx, load(size)...) },
			least: func(size int) time.Duration {
				return faults.Least(map[string]int{"states:StartExecution": size, "states:GetExecutionHistory": size})
			},
		},
	}
}

// timed measures how long a command takes, in seconds.
func (l *lab) timed(environ []string, command ...string) probe {
	return func(ctx context.Context) (float64, error) {
		return l.run(ctx, environ, command...)
	}
}

func (l *lab) synth(more ...string) []string {
	return append([]string{"npx", "cdk", "synth", "--quiet"}, more...)
}

// synthSingle returns the command that synthesizes the app with one resource.
func (l *lab) synthSingle() []string { return l.synth("--app", "node tools/go.mjs run ./bench/single") }

func (l *lab) synthesis(ctx context.Context) (float64, error) {
	return l.timed(l.local(forLambda), l.synth()...)(ctx)
}

// validation has the CDK validate the template or not.
func (l *lab) validation(validated bool) probe {
	return l.timed(l.local(forLambda, fmt.Sprintf("CDK_VALIDATION=%v", validated)), l.synth()...)
}

func started(c cost) float64  { return c.seconds }
func occupied(c cost) float64 { return c.bytes }

func (l *lab) function(of func(cost) float64) probe {
	return func(ctx context.Context) (float64, error) {
		c, err := coldStart(ctx, l.path("mockapi/bootstrap"))
		return of(c), err
	}
}

func (l *lab) python(of func(cost) float64) probe {
	return func(ctx context.Context) (float64, error) {
		c, err := coldStart(ctx, ".venv/bin/python", "bench/mockapi/runtime.py")
		return of(c), err
	}
}

func (l *lab) report(limit int) []string {
	return []string{"bin/retrycatch", "report", "--limit", fmt.Sprint(limit), "--out", l.path("report.html")}
}

func load(count int) []string {
	return []string{"bin/retrycatch", "run", "--count", fmt.Sprint(count), "--concurrency", fmt.Sprint(atOnce)}
}
