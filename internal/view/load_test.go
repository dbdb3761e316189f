package view

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/history"
	"retrycatch/internal/load"
	"retrycatch/internal/scenario"
)

// loadOf returns a load of n executions of each of the first two scenarios. All ended as expected.
func loadOf(n int) Load {
	l := Load{StateMachine: awsstub.StateMachineARN, Concurrency: 7}
	for _, s := range scenario.All()[:2] {
		l.Mix = append(l.Mix, load.Share{Scenario: s, Weight: 1})
	}
	for i, s := range load.Draw(l.Mix, 2*n) {
		e := history.New(awsstub.Course(awsstub.AWS, s.Name))
		e.Name = fmt.Sprintf("%s-20260102T030405Z-abcdef-%05d", s.Name, i+1)
		e.ARN = "arn:" + e.Name
		l.Runs = append(l.Runs, &scenario.Run{Execution: e, Scenario: &s, TraceID: fmt.Sprint(i), Outcome: scenario.AsExpected})
	}
	return l
}

func lose(err error, arn string, runs ...*scenario.Run) {
	for _, r := range runs {
		r.Execution = history.Execution{Name: r.Name, ARN: arn}
		r.Lose(err)
	}
}

func TestLoadText(t *testing.T) {
	t.Parallel()
	r := loadOf(25)
	lose(errors.New("no answer"), "", r.Runs[:22]...)
	lose(context.Canceled, "", r.Runs[1])
	lose(context.Canceled, "arn:2", r.Runs[2])
	r.Runs[30].Outcome, r.Runs[30].Deviations = scenario.NotAsExpected, []string{"the status is X", "the path is Y"}
	r.Runs[31].Outcome = scenario.NotStarted
	c, out, _ := consoleOf("")
	r.Text(c)
	for _, want := range []string{`
SCENARIO  EXECUTIONS  AS EXPECTED  NOT AS EXPECTED  LOST  NOT STARTED
200               25           13                1    11            0
503               25           13                0    11            1
all               50           26                1    22            1

SCENARIO     P50     P95     P99     MAX  ATTEMPTS  TRANSITIONS      USD
200       0.05 s  0.05 s  0.05 s  0.05 s        14           28  0.00070
503       0.05 s  0.05 s  0.05 s  0.05 s        13           26  0.00065
all       0.05 s  0.05 s  0.05 s  0.05 s        27           54  0.00135
`,
		"\n200-20260102T030405Z-abcdef-00031  the status is X; the path is Y\n",
		"\n200-20260102T030405Z-abcdef-00001  no answer\n",
		"\n503-20260102T030405Z-abcdef-00002  there was an interrupt before it was known to be started\n",
		"\n200-20260102T030405Z-abcdef-00003  there was an interrupt before it ended\n",
		"-00020 ", "\nand 2 executions more; --output json names all\n"} {
		if !strings.Contains("\n"+out.String(), want) {
			t.Errorf("the summary does not have\n%s\nit is\n%s", want, out)
		}
	}
	if strings.Contains(out.String(), "-00021 ") {
		t.Errorf("more than twenty are named:\n%s", out)
	}
}

func TestLoadTextWithoutEnds(t *testing.T) {
	t.Parallel()
	r := loadOf(1)
	lose(errors.New("no"), "", r.Runs[1])
	c, out, _ := consoleOf("")
	r.Text(c)
	if want := "\n503" + strings.Repeat(" ", 46) + "0 "; !strings.Contains(out.String(), want) {
		t.Errorf("%s is not in\n%s", want, out)
	}
	if d := r.Document().(loadDocument).Scenarios; d[0].Seconds == nil || d[1].Seconds != nil {
		t.Errorf("the durations are %+v of one that ended, and %+v of one that did not", d[0].Seconds, d[1].Seconds)
	}
}

func TestLoadDocument(t *testing.T) {
	t.Parallel()
	r := loadOf(25)
	lose(errors.New("no answer"), "arn", r.Runs[:30]...)
	r.Runs[30].Outcome, r.Runs[30].Deviations = scenario.NotAsExpected, []string{"the status is X"}
	r.Runs[31].Outcome = scenario.NotStarted
	r.Throttled, r.Took = 3, 1500*time.Millisecond
	text, err := json.Marshal(r.Document())
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
	want := map[string]any{"scenario": "200", "name": r.Runs[0].Name, "arn": "arn", "traceId": r.Runs[0].TraceID, "reason": "no answer", "mayRun": true}
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
		"notAsExpected": []any{map[string]any{"scenario": "200", "name": r.Runs[30].Name, "arn": r.Runs[30].ARN, "traceId": r.Runs[30].TraceID,
			"deviations": []any{"the status is X"}}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
