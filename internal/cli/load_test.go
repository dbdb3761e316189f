package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/history"
	"retrycatch/internal/inventory"
	"retrycatch/internal/load"
	"retrycatch/internal/problem"
	"retrycatch/internal/scenario"
)

func TestEachWrongFlagOfALoadIsAProblemOfItsOwn(t *testing.T) {
	t.Parallel()
	const mix = "--mix=200=1"
	tests := []struct {
		name string
		args []string
		says []string
	}{
		{"a mix without a count", []string{mix}, []string{"--mix is for many executions"}},
		{"a concurrency without a count", []string{"--concurrency=5"}, []string{"--concurrency is for many executions"}},
		{"a count of none", []string{"--count=0"}, []string{"--count is 0"}},
		{"a negative count", []string{"--count=-1"}, []string{"--count is -1"}},
		{"more than there may be", []string{"--count=10001"}, []string{"--count is 10001"}},
		{"none at the same time", []string{"--count=5", "--concurrency=0"}, []string{"--concurrency is 0"}},
		{"an input", []string{"--count=5", "--input={}"}, []string{"many executions are of known scenarios"}},
		{"a mix and a scenario", []string{"--count=5", mix, "200"}, []string{"a scenario and --mix exclude each other"}},
		{"a mix and all of them", []string{"--count=5", mix, "all"}, []string{"a scenario and --mix exclude each other"}},
		{"a scenario that does not exist", []string{"--count=5", "404"}, []string{`there is no scenario "404"`}},
		{"a mix of nothing", []string{"--count=5", "--mix="}, []string{"sum up to nothing"}},
		{"a wrong mix", []string{"--count=5", "--mix=404=1,200=x"}, []string{`"404"`, `the weight "x"`}},
		{"a count that is no number", []string{"--count=many"}, []string{`invalid argument "many"`}},
		{"several at once", []string{"--count=0", "--concurrency=-3", "--mix=200"}, []string{"--count is 0", "--concurrency is -3", `the weight ""`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var out, stderr bytes.Buffer
			code := Run(t.Context(), append([]string{"run"}, test.args...), Streams{In: strings.NewReader(""), Out: &out, Err: &stderr})
			said := stderr.String()
			if code != exitUnable || strings.Count(said, "error: ") != len(test.says) || strings.Count(said, "next: ") != len(test.says) || out.Len() > 0 {
				t.Errorf("exit code %d, %q and\n%s", code, &out, said)
			}
			for _, want := range test.says {
				if !strings.Contains(said, want) {
					t.Errorf("%q is not in\n%s", want, said)
				}
			}
		})
	}
}

func TestWithoutAMixTheArgumentSaysWhatIsRun(t *testing.T) {
	t.Parallel()
	tests := []struct {
		o    runOptions
		want string
	}{
		{runOptions{}, "200=1 503=1 429=1 999=1"},
		{runOptions{scenario: "all"}, "200=1 503=1 429=1 999=1"},
		{runOptions{scenario: "429"}, "429=1"},
		{runOptions{load: loadOptions{hasMix: true, mix: "429=3,200=2"}}, "429=3 200=2"},
	}
	for _, test := range tests {
		mix, err := test.o.shares()
		var got []string
		for _, share := range mix {
			got = append(got, fmt.Sprintf("%s=%d", share.Scenario.Name, share.Weight))
		}
		if err != nil || strings.Join(got, " ") != test.want {
			t.Errorf("%+v is a mix of %v, %v; expected %s", test.o, got, err, test.want)
		}
	}
}

// loadOf is a load of n executions of each of the first two scenarios, which all ended as expected.
func loadOf(t *testing.T, n int) *loadReport {
	t.Helper()
	var mix []load.Share
	for _, s := range scenario.All()[:2] {
		mix = append(mix, load.Share{Scenario: s, Weight: 1})
	}
	r := newLoadReport(awsstub.StateMachineARN, "20260102T030405Z-abcdef", mix, 2*n, 7)
	names := map[string]bool{}
	for _, e := range r.executions {
		e.Outcome, e.ARN, e.Result = load.AsExpected, "arn:"+e.Name, history.New(awsstub.Course(awsstub.AWS, e.Scenario.Name))
		names[e.Name], names[e.TraceID] = true, true
	}
	if len(names) != 4*n {
		t.Errorf("%d executions have only %d names and traces", 2*n, len(names))
	}
	return r
}

func lose(err error, arn string, executions ...*load.Execution) {
	for _, e := range executions {
		e.Outcome, e.ARN, e.Err, e.Result = load.Lost, arn, err, history.Execution{}
	}
}

func TestTheSummaryOfALoad(t *testing.T) {
	t.Parallel()
	r := loadOf(t, 25)
	lose(errors.New("no answer"), "", r.executions[:22]...)
	lose(context.Canceled, "", r.executions[1])
	lose(context.Canceled, "arn:2", r.executions[2])
	r.executions[30].Outcome, r.executions[30].Deviations = load.NotAsExpected, []string{"the status is X", "the path is Y"}
	r.executions[31].Outcome = load.Unbegun
	c, out, _ := consoleOf("")
	(&app{console: c}).showLoad(r)
	for _, want := range []string{`
┌──────────┬────────────┬─────────────┬─────────────────┬──────┬─────────────┐
│ Scenario │ Executions │ As expected │ Not as expected │ Lost │ Not started │
├──────────┼────────────┼─────────────┼─────────────────┼──────┼─────────────┤
│ 200      │ 25         │ 13          │ 1               │ 11   │ 0           │
│ 503      │ 25         │ 13          │ 0               │ 11   │ 1           │
│ all      │ 50         │ 26          │ 1               │ 22   │ 1           │
└──────────┴────────────┴─────────────┴─────────────────┴──────┴─────────────┘
┌──────────┬───────┬───────┬───────┬───────┬──────────┬─────────────┬─────────┐
│ Scenario │ p50 s │ p95 s │ p99 s │ Max s │ Attempts │ Transitions │ USD     │
├──────────┼───────┼───────┼───────┼───────┼──────────┼─────────────┼─────────┤
│ 200      │ 0.05  │ 0.05  │ 0.05  │ 0.05  │ 14       │ 28          │ 0.00070 │
│ 503      │ 0.05  │ 0.05  │ 0.05  │ 0.05  │ 13       │ 26          │ 0.00065 │
│ all      │ 0.05  │ 0.05  │ 0.05  │ 0.05  │ 27       │ 54          │ 0.00135 │
└──────────┴───────┴───────┴───────┴───────┴──────────┴─────────────┴─────────┘
`,
		"│ 200-20260102T030405Z-abcdef-00031 │ the status is X; the path is Y │",
		"│ 200-20260102T030405Z-abcdef-00001 │ no answer ",
		"│ 503-20260102T030405Z-abcdef-00002 │ there was an interrupt before it was known to be started │",
		"│ 200-20260102T030405Z-abcdef-00003 │ there was an interrupt before it ended ",
		"-00020 ", "\nand 2 executions more; --output json names all\n"} {
		if !strings.Contains("\n"+out.String(), want) {
			t.Errorf("the summary does not have\n%s\nit is\n%s", want, out)
		}
	}
	if strings.Contains(out.String(), "-00021 ") {
		t.Errorf("more than twenty are named:\n%s", out)
	}
}

func TestWhatNeverEndedTookNoTime(t *testing.T) {
	t.Parallel()
	r := loadOf(t, 1)
	lose(errors.New("no"), "", r.executions[1])
	c, out, _ := consoleOf("")
	(&app{console: c}).showLoad(r)
	if want := "│ 503      │       │       │       │       │ 0        │"; !strings.Contains(out.String(), want) {
		t.Errorf("%s is not in\n%s", want, out)
	}
	if d := r.document().Scenarios; d[0].Seconds == nil || d[1].Seconds != nil {
		t.Errorf("the durations are %+v of one that ended, and %+v of one that did not", d[0].Seconds, d[1].Seconds)
	}
}

func TestTheDocumentOfALoad(t *testing.T) {
	t.Parallel()
	r := loadOf(t, 25)
	lose(errors.New("no answer"), "arn", r.executions[:30]...)
	r.executions[30].Outcome, r.executions[30].Deviations = load.NotAsExpected, []string{"the status is X"}
	r.executions[31].Outcome = load.Unbegun
	r.counts.Throttled, r.took = 3, 1500*time.Millisecond
	text, err := json.Marshal(r.document())
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	lost := got["lost"].([]any)
	if len(lost) != 30 {
		t.Errorf("%d of 30 are named", len(lost))
	}
	want := map[string]any{"scenario": "200", "name": r.executions[0].Name, "arn": "arn", "traceId": r.executions[0].TraceID, "reason": "no answer", "mayRun": true}
	if diff := cmp.Diff(want, lost[0]); diff != "" {
		t.Error(diff)
	}
	delete(got, "lost")
	summary := func(name string, executions, asExpected, notAsExpected, lost, notStarted, attempts, transitions int, cost float64) map[string]any {
		s := map[string]any{"executions": float64(executions), "asExpected": float64(asExpected), "notAsExpected": float64(notAsExpected), "lost": float64(lost),
			"notStarted": float64(notStarted), "seconds": map[string]any{"p50": 0.05, "p95": 0.05, "p99": 0.05, "max": 0.05},
			"attempts": float64(attempts), "stateTransitions": float64(transitions), "costUsd": cost,
			"lambdaRetries": 0.0, "lambdaThrottles": 0.0}
		if name != "" {
			s["scenario"] = name
		}
		return s
	}
	want = map[string]any{"stateMachineArn": awsstub.StateMachineARN, "asExpected": false, "concurrency": 7.0, "seconds": 1.5, "throttledCalls": 3.0,
		"total":     summary("", 50, 18, 1, 30, 1, 19, 38, 0.00095),
		"scenarios": []any{summary("200", 25, 9, 1, 15, 0, 10, 20, 0.0005), summary("503", 25, 9, 0, 15, 1, 9, 18, 0.00045)},
		"notAsExpected": []any{map[string]any{"scenario": "200", "name": r.executions[30].Name, "arn": r.executions[30].ARN, "traceId": r.executions[30].TraceID,
			"deviations": []any{"the status is X"}}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestALoadOfWhichNothingCouldBeStartedIsNoResult(t *testing.T) {
	t.Parallel()
	started := awsstub.JSON(`{"executionArn": "arn", "startDate": 1}`)
	tests := []struct {
		name   string
		starts []awsstub.Answer
		result bool
	}{
		{"none is started", []awsstub.Answer{awsstub.Denied()}, false},
		{"one is, and then no other", []awsstub.Answer{started, awsstub.Denied()}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				stub := awsstub.New(t).On("SFN.StartExecution", test.starts...).On("SFN.GetExecutionHistory",
					awsstub.History("", awsstub.Course(awsstub.AWS, "200")...)).
					On("SFN.ListExecutions", awsstub.Executions("arn"))
				c, out, _ := consoleOf("")
				mix := []load.Share{{Scenario: scenario.All()[0], Weight: 1}}
				err := (&app{console: c}).load(t.Context(), in(awsstub.Region, stub), &inventory.Stack{},
					newLoadReport(awsstub.StateMachineARN, "suffix", mix, 3, 1), outputText)
				var result *badResult
				if p := (*problem.Problem)(nil); !errors.As(err, &p) || errors.As(err, &result) != test.result || (out.Len() > 0) != test.result {
					t.Errorf("it ended with %v, and printed\n%s", err, out)
				}
				if strings.Contains(out.String(), "│ all ") {
					t.Errorf("a load of one scenario has a line for all:\n%s", out)
				}
			})
		})
	}
}
