package view

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"retrycatch/internal/load"
	"retrycatch/internal/scenario"
)

// Load is the result of a load test, which `run --count` performs.
type Load struct {
	StateMachine string // ARN of the state machine
	Concurrency  int
	Mix          []load.Share
	Runs         []*scenario.Run
	Throttled    int // number of throttled requests
	Took         time.Duration
	Inspect      func(name string) string // returns the command that shows an execution
	Diagnosis
}

// Text prints the outcomes and durations of each scenario, and why executions were lost or
// deviated. Outcomes and durations have separate tables, because one table would be wider than 80
// columns.
func (l Load) Text(c *Console) {
	var outcomes, durations [][]string
	for _, part := range l.summaryRows() {
		s := part.Summary
		counts := []string{part.name}
		for _, n := range []int{s.Executions, s.AsExpected, s.NotAsExpected, s.Lost, s.NotStarted} {
			counts = append(counts, fmt.Sprint(n))
		}
		row := []string{part.name}
		for _, d := range []time.Duration{s.P50, s.P95, s.P99, s.Max} {
			if s.Ended() == 0 {
				row = append(row, "")
				continue
			}
			row = append(row, formatDuration(d, 2))
		}
		outcomes = append(outcomes, counts)
		durations = append(durations, append(row, fmt.Sprint(s.Attempts), fmt.Sprint(s.Transitions),
			fmt.Sprintf("%.5f", s.Cost())))
	}
	c.Print("")
	c.printTable(numberColumns("Executions", "As expected", "Not as expected", "Lost", "Not started"), outcomes)
	c.Print("")
	c.printTable(numberColumns("p50", "p95", "p99", "Max", "Attempts", "Transitions", "USD"), durations)
	showLambdaRetries(c, load.Summarize(l.Runs).LambdaRetries)
	if slowest := l.Slowest(); slowest != nil {
		text := fmt.Sprintf("Slowest: %s, %s", slowest.Name, timeBetween(slowest.Start, slowest.End))
		c.Print("\n%s", wrapText(text, c.width, 2))
	}
	l.showDeviations(c)
	l.Diagnosis.show(c)
	l.showLost(c)
}

// numberColumns returns a column for the scenario's name, and a column of numbers for each title.
func numberColumns(titles ...string) []column {
	columns := []column{{title: "Scenario"}}
	for _, title := range titles {
		columns = append(columns, column{title: title, right: true})
	}
	return columns
}

// Slowest returns the ended execution with the longest duration, or nil.
func (l Load) Slowest() *scenario.Run {
	var slowest *scenario.Run
	for _, r := range l.Runs {
		if r.Judged() && (slowest == nil || r.End.Sub(r.Start) > slowest.End.Sub(slowest.Start)) {
			slowest = r
		}
	}
	return slowest
}

// showDeviations prints the most frequent deviations, each with a count and an example.
func (l Load) showDeviations(c *Console) {
	groups := groupRuns(scenario.WithOutcome(l.Runs, scenario.NotAsExpected), func(r *scenario.Run) string {
		return r.Label() + "\n" + strings.Join(deviationSentences(r.Deviations), "\n")
	})
	for _, g := range groups.largest() {
		example := g.example()
		title := markFailed(Counted(len(g.runs), "execution") + " of " + example.Label() + " not as expected")
		c.Print("\n%s", wrapText(title+", such as "+example.Name, c.width, 2))
		c.printDeviations(example.Deviations)
		c.Print("  %s %s", strong.Render(nextPrefix), l.Inspect(example.Name))
	}
	groups.showRest(c)
}

// showLost prints the most frequent reasons for lost executions, each with a count and an example.
func (l Load) showLost(c *Console) {
	groups := groupRuns(scenario.WithOutcome(l.Runs, scenario.Lost), lossGroupKey)
	if len(groups) == 0 {
		return
	}
	var rows [][]string
	for _, g := range groups.largest() {
		rows = append(rows, []string{fmt.Sprint(len(g.runs)), g.example().Name, printable(lossReason(g.example()))})
	}
	c.Print("")
	c.printTable([]column{{title: "Lost", right: true}, {title: "Example"}, {title: "Why", wraps: true}}, rows)
	groups.showRest(c)
}

// lossReason explains why an execution is lost.
func lossReason(e *scenario.Run) string {
	switch interrupted := errors.Is(e.Err, context.Canceled); {
	case interrupted && e.ARN == "":
		return "interrupted before its start was confirmed"
	case interrupted:
		return "interrupted before it ended"
	default:
		return Explanation(e.Err)
	}
}

// summaryRow summarizes the executions of one scenario, or all executions.
type summaryRow struct {
	name string
	load.Summary
}

// summaryRows returns a row for each scenario, and a last row for all executions if there are two
// or more scenarios.
func (l Load) summaryRows() []summaryRow {
	var rows []summaryRow
	for _, share := range l.Mix {
		var runs []*scenario.Run
		for _, r := range l.Runs {
			if r.Label() == share.Scenario.Name {
				runs = append(runs, r)
			}
		}
		rows = append(rows, summaryRow{share.Scenario.Name, load.Summarize(runs)})
	}
	if len(rows) > 1 {
		rows = append(rows, summaryRow{"all", load.Summarize(l.Runs)})
	}
	return rows
}

// The JSON document of run --count, as in docs/json.md. Fields may be added, but are never renamed.
type (
	loadDocument struct {
		StateMachineARN string              `json:"stateMachineArn"` // ARN of the state machine
		AsExpected      bool                `json:"asExpected"`      // true if all executions are as expected
		Concurrency     int                 `json:"concurrency"`     // maximum number of concurrent executions
		Seconds         float64             `json:"seconds"`         // duration of the load test
		ThrottledCalls  int                 `json:"throttledCalls"`  // number of requests that Step Functions throttled
		Total           summaryDocument     `json:"total"`           // summary of all executions
		Scenarios       []summaryDocument   `json:"scenarios"`       // summary of each scenario
		NotAsExpected   []executionDocument `json:"notAsExpected"`   // executions that deviate from their scenario
		Lost            []executionDocument `json:"lost"`            // executions whose end is unknown
		// faults of the deployment, as sentences; only if an execution deviates
		Causes   []string `json:"causes,omitempty"`
		Warnings []string `json:"unread,omitempty"` // reasons why the list of causes may be incomplete
	}
	summaryDocument struct {
		Scenario string `json:"scenario,omitempty"` // name of the scenario, such as 429; absent in total
		// number of executions: asExpected + notAsExpected + lost + notStarted
		Executions    int `json:"executions"`
		AsExpected    int `json:"asExpected"`    // number of executions that match their scenario
		NotAsExpected int `json:"notAsExpected"` // number of executions that deviate
		Lost          int `json:"lost"`          // number of executions whose end is unknown
		NotStarted    int `json:"notStarted"`    // number of executions that were not started
		// durations of ended executions; absent if none ended
		Seconds  *secondsDocument `json:"seconds,omitempty"`
		Attempts int              `json:"attempts"` // number of attempts in all steps
		// number of billed state transitions
		StateTransitions int     `json:"stateTransitions"`
		CostUSD          float64 `json:"costUsd"` // cost of these transitions in USD
		// number of retries after errors in the Lambda service
		LambdaRetries int `json:"lambdaRetries"`
		// number of these retries that followed throttling by Lambda
		LambdaThrottles int `json:"lambdaThrottles"`
	}
	secondsDocument struct {
		P50 float64 `json:"p50"` // median
		P95 float64 `json:"p95"` // 95th percentile
		P99 float64 `json:"p99"` // 99th percentile
		Max float64 `json:"max"` // longest
	}
	executionDocument struct {
		Scenario    string               `json:"scenario"`              // name of the scenario, such as 429
		Name        string               `json:"name"`                  // name of the execution
		ARN         string               `json:"arn,omitempty"`         // ARN; absent if AWS did not confirm the start
		TraceID     string               `json:"traceId"`               // ID of the X-Ray trace
		Deviations  []string             `json:"deviations,omitempty"`  // deviations from the scenario, as sentences
		Differences []differenceDocument `json:"differences,omitempty"` // the same deviations, with their values
		Reason      string               `json:"reason,omitempty"`      // reason why the execution is lost
		MayRun      bool                 `json:"mayRun,omitempty"`      // true if the execution may still be running
	}
)

// Document returns the JSON document of run --count.
func (l Load) Document() any {
	total := load.Summarize(l.Runs)
	d := loadDocument{
		StateMachineARN: l.StateMachine,
		AsExpected:      total.AsExpected == total.Executions,
		Concurrency:     l.Concurrency,
		Seconds:         l.Took.Seconds(),
		ThrottledCalls:  l.Throttled,
		Total:           newSummaryDocument("", total),
		NotAsExpected:   []executionDocument{},
		Lost:            []executionDocument{},
		Causes:          l.Causes,
		Warnings:        l.Warnings,
	}
	for _, part := range l.summaryRows()[:len(l.Mix)] {
		d.Scenarios = append(d.Scenarios, newSummaryDocument(part.name, part.Summary))
	}
	for _, r := range scenario.WithOutcome(l.Runs, scenario.NotAsExpected) {
		d.NotAsExpected = append(d.NotAsExpected, executionDocument{
			Scenario:    r.Label(),
			Name:        r.Name,
			ARN:         r.ARN,
			TraceID:     r.SentTraceID,
			Deviations:  deviationSentences(r.Deviations),
			Differences: newDifferenceDocuments(r.Deviations),
		})
	}
	for _, r := range scenario.WithOutcome(l.Runs, scenario.Lost) {
		d.Lost = append(d.Lost, executionDocument{
			Scenario: r.Label(),
			Name:     r.Name,
			ARN:      r.ARN,
			TraceID:  r.SentTraceID,
			Reason:   lossReason(r),
			MayRun:   load.MayBeRunning(r),
		})
	}
	return d
}

func newSummaryDocument(name string, s load.Summary) summaryDocument {
	d := summaryDocument{
		Scenario:         name,
		Executions:       s.Executions,
		AsExpected:       s.AsExpected,
		NotAsExpected:    s.NotAsExpected,
		Lost:             s.Lost,
		NotStarted:       s.NotStarted,
		Attempts:         s.Attempts,
		StateTransitions: s.Transitions,
		CostUSD:          s.Cost(),
		LambdaRetries:    s.LambdaRetries.Total,
		LambdaThrottles:  s.LambdaRetries.Throttled,
	}
	if s.Ended() > 0 {
		d.Seconds = &secondsDocument{s.P50.Seconds(), s.P95.Seconds(), s.P99.Seconds(), s.Max.Seconds()}
	}
	return d
}
