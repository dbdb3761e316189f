package main

import (
	"context"
	"fmt"
	"os"
	"slices"
)

// demoWaitSeconds is the time that the state machine waits during the demo: the retrier waits 1 s
// and 2 s, and the Wait state waits 1 s.
const demoWaitSeconds = 4.0

const (
	loadExecutions   = 500  // executions in the measured run
	concurrency      = 50   // executions that run at the same time
	reportExecutions = 1000 // executions in the largest report
)

// rows returns the rows of the first table.
func (l *lab) rows() []row { return slices.Concat(l.cdkRows(), l.functionRows(), l.commandRows()) }

func (l *lab) cdkRows() []row {
	return []row{
		{
			name: "synthesis", subject: l.synthesis,
			referenceName: "an app with one resource", reference: l.duration(l.environ(), l.synthSingleCommand()...),
			limit: limit{ratio: 1.5}, unit: seconds,
		},
		{
			name: "synthesis, validated", subject: l.validation(true),
			referenceName: "synthesis without validation", reference: l.validation(false),
			unit: seconds,
		},
		{
			name:          "cdk deploy without changes",
			subject:       l.duration(l.environ(), "npx", "cdk", "deploy", "--require-approval", "never"),
			referenceName: "synthesis", reference: l.duration(l.environ(), l.synthCommand()...),
			limit: limit{ratio: 2}, unit: seconds,
		},
	}
}

func (l *lab) functionRows() []row {
	return []row{
		{
			name: "function, cold start", subject: l.goFunction(startupSeconds),
			referenceName: "the same in Python", reference: l.pythonFunction(startupSeconds),
			limit: limit{ratio: 0.25}, unit: seconds,
		},
		{
			name: "function, memory", subject: l.goFunction(memoryBytes),
			referenceName: "the same in Python", reference: l.pythonFunction(memoryBytes),
			limit: limit{ratio: 0.5}, unit: bytes,
		},
		{
			name:          "function, zip",
			subject:       func(context.Context) (float64, error) { return zippedBytes(l.path("mockapi")) },
			referenceName: "a minimal Lambda function",
			reference:     func(context.Context) (float64, error) { return zippedBytes(l.path("bare")) },
			limit:         limit{ratio: 1.05}, unit: bytes,
		},
	}
}

func (l *lab) commandRows() []row {
	return []row{
		{
			name: "make demo", subject: l.duration(os.Environ(), "make", "demo"),
			referenceName: "synthesis plus the waits of the 429 path (4 s)",
			reference: func(ctx context.Context) (float64, error) {
				synthesis, err := l.synthesis(ctx)
				return demoWaitSeconds + synthesis, err
			},
			limit: limit{ratio: 2}, unit: seconds,
		},
		{
			name:          "inspect --file, 25,000 events",
			subject:       l.duration(l.environ(), "bin/retrycatch", "inspect", "--file", l.historyFile(maxEvents)),
			referenceName: "decoding the file's JSON",
			reference:     l.duration(l.environ(), l.path("decode"), l.historyFile(maxEvents)),
			limit:         limit{ratio: 3}, unit: seconds,
		},
		{
			name: "run --count 500 --concurrency 50", subject: l.duration(l.environ(), loadCommand(loadExecutions)...),
			referenceName: "bare SDK calls: start, await, get history", reference: l.bareSDK(true),
			limit: limit{ratio: 1.2}, unit: seconds,
		},
		{
			name: "the same run", subject: l.duration(l.environ(), loadCommand(loadExecutions)...),
			referenceName: "bare SDK calls: start only", reference: l.bareSDK(false),
			unit: seconds,
		},
	}
}

// duration returns a probe that measures how many seconds a command takes.
func (l *lab) duration(environ []string, command ...string) probe {
	return func(ctx context.Context) (float64, error) {
		return l.run(ctx, environ, command...)
	}
}

func (l *lab) synthCommand(arguments ...string) []string {
	return append([]string{"npx", "cdk", "synth", "--quiet"}, arguments...)
}

// synthSingleCommand returns the command that synthesizes the minimal app in bench/single.
func (l *lab) synthSingleCommand() []string {
	return l.synthCommand("--app", "node tools/go.mjs run ./bench/single")
}

func (l *lab) synthesis(ctx context.Context) (float64, error) {
	return l.duration(l.environ(defaultArchitecture), l.synthCommand()...)(ctx)
}

// validation returns a probe that measures synthesis with or without the CDK's template validation.
func (l *lab) validation(enabled bool) probe {
	return l.duration(l.environ(defaultArchitecture, fmt.Sprintf("CDK_VALIDATION=%v", enabled)), l.synthCommand()...)
}

func startupSeconds(c cost) float64 { return c.seconds }
func memoryBytes(c cost) float64    { return c.bytes }

func (l *lab) goFunction(metric func(cost) float64) probe {
	return func(ctx context.Context) (float64, error) {
		c, err := coldStart(ctx, l.path("mockapi/bootstrap"))
		return metric(c), err
	}
}

func (l *lab) pythonFunction(metric func(cost) float64) probe {
	return func(ctx context.Context) (float64, error) {
		c, err := coldStart(ctx, ".venv/bin/python", "bench/mockapi/runtime.py")
		return metric(c), err
	}
}

func (l *lab) reportCommand(limit int) []string {
	return []string{"bin/retrycatch", "report", "--limit", fmt.Sprint(limit), "--out", l.path("report.html")}
}

func loadCommand(count int) []string {
	return []string{"bin/retrycatch", "run", "--count", fmt.Sprint(count), "--concurrency", fmt.Sprint(concurrency)}
}
