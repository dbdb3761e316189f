package main

import (
	"context"
	"fmt"
	"os"
	"slices"
)

// waits is the time that the demo must wait: the retrier's 1 s and 2 s, and the Wait state's 1 s.
const waits = 4.0 // seconds

const (
	executions = 500  // of the measured run
	atOnce     = 50   // executions
	reported   = 1000 // executions in the longest report
)

// rows returns the measurements with a reference.
func (l *lab) rows() []row { return slices.Concat(l.cdkRows(), l.functionRows(), l.commandRows()) }

func (l *lab) cdkRows() []row {
	return []row{
		{
			name: "synthesis", subject: l.synthesis,
			reference: "an app with one resource", against: l.timed(l.local(), l.synthSingle()...),
			limit: limit{ratio: 1.5}, unit: seconds,
		},
		{
			name: "synthesis, validated", subject: l.validation(true),
			reference: "without the CDK's validation", against: l.validation(false),
			unit: seconds,
		},
		{
			name:      "cdk deploy without changes",
			subject:   l.timed(l.local(), "npx", "cdk", "deploy", "--require-approval", "never"),
			reference: "synthesis", against: l.timed(l.local(), l.synth()...),
			limit: limit{ratio: 2}, unit: seconds,
		},
	}
}

func (l *lab) functionRows() []row {
	return []row{
		{
			name: "function, cold start", subject: l.function(startSeconds),
			reference: "the same in Python", against: l.python(startSeconds),
			limit: limit{ratio: 0.25}, unit: seconds,
		},
		{
			name: "function, memory", subject: l.function(memoryBytes),
			reference: "the same in Python", against: l.python(memoryBytes),
			limit: limit{ratio: 0.5}, unit: bytes,
		},
		{
			name:      "function, zip",
			subject:   func(context.Context) (float64, error) { return zippedBytes(l.path("mockapi")) },
			reference: "a handler that does nothing",
			against:   func(context.Context) (float64, error) { return zippedBytes(l.path("bare")) },
			limit:     limit{ratio: 1.05}, unit: bytes,
		},
	}
}

func (l *lab) commandRows() []row {
	return []row{
		{
			name: "make demo", subject: l.timed(os.Environ(), "make", "demo"),
			reference: "synthesis, and 4 s of waits",
			against: func(ctx context.Context) (float64, error) {
				synthesis, err := l.synthesis(ctx)
				return waits + synthesis, err
			},
			limit: limit{ratio: 2}, unit: seconds,
		},
		{
			name:      "inspect --file, 25,000 events",
			subject:   l.timed(l.local(), "bin/retrycatch", "inspect", "--file", l.history(longest)),
			reference: "decoding the file's JSON", against: l.timed(l.local(), l.path("decode"), l.history(longest)),
			limit: limit{ratio: 3}, unit: seconds,
		},
		{
			name: "run --count 500 --concurrency 50", subject: l.timed(l.local(), load(executions)...),
			reference: "bare SDK calls: start, await, read", against: l.bare(true),
			limit: limit{ratio: 1.2}, unit: seconds,
		},
		{
			name: "the same", subject: l.timed(l.local(), load(executions)...),
			reference: "bare SDK calls: start only", against: l.bare(false),
			unit: seconds,
		},
	}
}

// commandSeconds returns a probe that measures how many seconds a command takes.
func (l *lab) timed(environ []string, command ...string) probe {
	return func(ctx context.Context) (float64, error) {
		return l.run(ctx, environ, command...)
	}
}

func (l *lab) synth(more ...string) []string {
	return append([]string{"npx", "cdk", "synth", "--quiet"}, more...)
}

// synthSingleCommand synthesizes the minimal app in bench/single.
func (l *lab) synthSingle() []string { return l.synth("--app", "node tools/go.mjs run ./bench/single") }

func (l *lab) synthesis(ctx context.Context) (float64, error) {
	return l.timed(l.local(forLambda), l.synth()...)(ctx)
}

// validation measures synthesis with or without the CDK's validation of the template.
func (l *lab) validation(validated bool) probe {
	return l.timed(l.local(forLambda, fmt.Sprintf("CDK_VALIDATION=%v", validated)), l.synth()...)
}

func startSeconds(c cost) float64 { return c.seconds }
func memoryBytes(c cost) float64  { return c.bytes }

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
