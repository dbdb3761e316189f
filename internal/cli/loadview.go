package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"retrycatch/internal/load"
	"retrycatch/internal/session"
)

// maxNamed is how many executions a list names for people. The whole list is in --output json.
const maxNamed = 20

// showLoad prints how many of each scenario ended how, what they took, and the executions that there is something to say
// of. These are two tables, as one would be wider than many terminals.
func (a *app) showLoad(r *loadReport) {
	var outcomes, takings [][]string
	for _, part := range r.parts() {
		s := part.Summary
		counts := []string{part.name}
		for _, n := range []int{s.Executions, s.AsExpected, s.NotAsExpected, s.Lost, s.Unbegun} {
			counts = append(counts, fmt.Sprint(n))
		}
		taken := []string{part.name}
		for _, d := range []time.Duration{s.P50, s.P95, s.P99, s.Max} {
			if s.Ended() == 0 {
				taken = append(taken, "")
				continue
			}
			taken = append(taken, fmt.Sprintf("%.2f", d.Seconds()))
		}
		outcomes = append(outcomes, counts)
		takings = append(takings, append(taken, fmt.Sprint(s.Attempts), fmt.Sprint(s.Transitions), fmt.Sprintf("%.5f", s.Cost())))
	}
	a.console.table([]string{"Scenario", "Executions", "As expected", "Not as expected", "Lost", "Not started"}, outcomes)
	a.console.table([]string{"Scenario", "p50 s", "p95 s", "p99 s", "Max s", "Attempts", "Transitions", "USD"}, takings)
	if n := load.Summarize(r.executions).LambdaRetries; n.All > 0 {
		a.console.print("Attempts that failed with an error of Lambda itself and were retried: %d.\n"+
			"Throttled by Lambda: %d of them. They are not deviations.", n.All, n.Throttled)
	}
	a.showNamed("Not as expected", r.of(load.NotAsExpected), func(e *load.Execution) string { return strings.Join(e.Deviations, "; ") })
	a.showNamed("Lost", r.of(load.Lost), reason)
}

// freeConcurrency is the number of functions that a new account may run at the same time:
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const freeConcurrency = 10

// adviseConcurrency suggests a lower concurrency if Lambda throttled the load.
func (a *app) adviseConcurrency(r *loadReport) {
	n := load.Summarize(r.executions).LambdaRetries.Throttled
	if n == 0 || r.concurrency < 2 {
		return
	}
	a.console.progress("Lambda throttled %s: it had no free concurrency. A new account has %d.\n  %s %s",
		counted(n, "attempt"), freeConcurrency, strong.Render("next:"),
		a.with("--concurrency", fmt.Sprint(min(freeConcurrency, r.concurrency/2))))
}

// showNamed lists executions, each with a reason.
func (a *app) showNamed(title string, some []*load.Execution, why func(*load.Execution) string) {
	if len(some) == 0 {
		return
	}
	var rows [][]string
	for _, e := range some[:min(len(some), maxNamed)] {
		rows = append(rows, []string{e.Name, printable(why(e))})
	}
	a.console.print("")
	a.console.table([]string{title, "Why"}, rows)
	if more := len(some) - len(rows); more > 0 {
		a.console.print("and %s more; --output json names all", counted(more, "execution"))
	}
}

// reason is why an execution is lost.
func reason(e *load.Execution) string {
	switch interrupted := errors.Is(e.Err, context.Canceled); {
	case interrupted && e.ARN == "":
		return "there was an interrupt before it was known to be started"
	case interrupted:
		return "there was an interrupt before it ended"
	default:
		return session.Explain(e.Err).Error()
	}
}

// part is a line of the summary.
type part struct {
	name string
	load.Summary
}

// parts are the summaries of each scenario, and of all when there are several.
func (r *loadReport) parts() []part {
	var parts []part
	for _, share := range r.mix {
		var some []*load.Execution
		for _, e := range r.executions {
			if e.Scenario.Name == share.Scenario.Name {
				some = append(some, e)
			}
		}
		parts = append(parts, part{share.Scenario.Name, load.Summarize(some)})
	}
	if len(parts) > 1 {
		parts = append(parts, part{"all", load.Summarize(r.executions)})
	}
	return parts
}

// What --output json prints of run --count. The README documents it: fields are added, never renamed.
type (
	loadDocument struct {
		StateMachineARN string            `json:"stateMachineArn"`
		AsExpected      bool              `json:"asExpected"`
		Concurrency     int               `json:"concurrency"`
		Seconds         float64           `json:"seconds"`
		ThrottledCalls  int               `json:"throttledCalls"`
		Total           summaryDocument   `json:"total"`
		Scenarios       []summaryDocument `json:"scenarios"`
		NotAsExpected   []namedDocument   `json:"notAsExpected"`
		Lost            []namedDocument   `json:"lost"`
	}
	summaryDocument struct {
		Scenario         string           `json:"scenario,omitempty"`
		Executions       int              `json:"executions"`
		AsExpected       int              `json:"asExpected"`
		NotAsExpected    int              `json:"notAsExpected"`
		Lost             int              `json:"lost"`
		NotStarted       int              `json:"notStarted"`
		Seconds          *secondsDocument `json:"seconds,omitempty"` // absent when none ended
		Attempts         int              `json:"attempts"`
		StateTransitions int              `json:"stateTransitions"`
		CostUSD          float64          `json:"costUsd"`
		LambdaRetries    int              `json:"lambdaRetries"`
		LambdaThrottles  int              `json:"lambdaThrottles"`
	}
	secondsDocument struct {
		P50 float64 `json:"p50"`
		P95 float64 `json:"p95"`
		P99 float64 `json:"p99"`
		Max float64 `json:"max"`
	}
	namedDocument struct {
		Scenario   string   `json:"scenario"`
		Name       string   `json:"name"`
		ARN        string   `json:"arn,omitempty"`
		TraceID    string   `json:"traceId"`
		Deviations []string `json:"deviations,omitempty"`
		Reason     string   `json:"reason,omitempty"`
		MayRun     bool     `json:"mayRun,omitempty"`
	}
)

func (r *loadReport) document() loadDocument {
	d := loadDocument{StateMachineARN: r.stateMachine, AsExpected: r.asExpected(), Concurrency: r.concurrency,
		Seconds:        r.took.Seconds(),
		ThrottledCalls: r.counts.Throttled, Total: summaryOf("", load.Summarize(r.executions)), NotAsExpected: []namedDocument{}, Lost: []namedDocument{}}
	for _, part := range r.parts()[:len(r.mix)] {
		d.Scenarios = append(d.Scenarios, summaryOf(part.name, part.Summary))
	}
	for _, e := range r.of(load.NotAsExpected) {
		d.NotAsExpected = append(d.NotAsExpected, namedDocument{Scenario: e.Scenario.Name, Name: e.Name, ARN: e.ARN, TraceID: e.TraceID, Deviations: e.Deviations})
	}
	for _, e := range r.of(load.Lost) {
		d.Lost = append(d.Lost, namedDocument{Scenario: e.Scenario.Name, Name: e.Name, ARN: e.ARN, TraceID: e.TraceID, Reason: reason(e), MayRun: e.MayRun()})
	}
	return d
}

func summaryOf(name string, s load.Summary) summaryDocument {
	d := summaryDocument{Scenario: name, Executions: s.Executions, AsExpected: s.AsExpected, NotAsExpected: s.NotAsExpected, Lost: s.Lost, NotStarted: s.Unbegun,
		Attempts: s.Attempts, StateTransitions: s.Transitions, CostUSD: s.Cost(),
		LambdaRetries: s.LambdaRetries.All, LambdaThrottles: s.LambdaRetries.Throttled}
	if s.Ended() > 0 {
		d.Seconds = &secondsDocument{s.P50.Seconds(), s.P95.Seconds(), s.P99.Seconds(), s.Max.Seconds()}
	}
	return d
}
