package view

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/aws/smithy-go"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/history"
	"retrycatch/internal/load"
	"retrycatch/internal/scenario"
)

// sampleLoad returns a load with n executions of each of two scenarios, all as expected.
func sampleLoad(n int) Load {
	l := Load{StateMachine: awsstub.StateMachineARN, Concurrency: 7}
	for _, s := range scenario.All()[:2] {
		l.Mix = append(l.Mix, load.Share{Scenario: s, Weight: 1})
	}
	for i, s := range load.Draw(l.Mix, 2*n) {
		e := history.New(awsstub.ScenarioEvents(awsstub.AWS, s.Name))
		e.Name = fmt.Sprintf("%s-20260102T030405Z-abcdef-%05d", s.Name, i+1)
		e.ARN = "arn:" + e.Name
		run := &scenario.Run{Execution: e, Scenario: &s, SentTraceID: fmt.Sprint(i), Outcome: scenario.AsExpected}
		l.Runs = append(l.Runs, run)
	}
	return l
}

func loseRuns(err error, arn string, runs ...*scenario.Run) {
	for _, r := range runs {
		r.Execution = history.Execution{Name: r.Name, ARN: arn}
		r.MarkLost(err)
	}
}

// inspect returns the command that shows an execution.
func inspect(name string) string { return "retrycatch inspect " + name }

var anotherStatus = []scenario.Deviation{
	{Kind: scenario.Status, Expected: []string{"SUCCEEDED"}, Got: []string{"FAILED"}},
}

// addDeviations adds deviations to runs.
func addDeviations(deviations []scenario.Deviation, runs ...*scenario.Run) {
	for _, r := range runs {
		r.Outcome, r.Deviations = scenario.NotAsExpected, deviations
	}
}

func TestLoadText(t *testing.T) {
	t.Parallel()
	l := sampleLoad(25)
	l.Inspect = inspect
	loseRuns(errors.New("no answer"), "", l.Runs[:22]...)
	loseRuns(context.Canceled, "", l.Runs[1])
	loseRuns(context.Canceled, "arn:2", l.Runs[2])
	addDeviations(anotherStatus, l.Runs[29])
	addDeviations([]scenario.Deviation{pathDeviation}, l.Runs[30], l.Runs[32])
	l.Runs[31].Outcome = scenario.NotStarted
	l.Causes = []string{"the function was edited"}
	c, out, _ := newTestConsole("")
	c.width = 80
	l.Text(c)
	const want = `
SCENARIO  EXECUTIONS  AS EXPECTED  NOT AS EXPECTED  LOST  NOT STARTED
200               25           12                2    11            0
503               25           12                1    11            1
all               50           24                3    22            1

SCENARIO     P50     P95     P99     MAX  ATTEMPTS  TRANSITIONS      USD
200       0.05 s  0.05 s  0.05 s  0.05 s        14           28  0.00070
503       0.05 s  0.05 s  0.05 s  0.05 s        13           26  0.00065
all       0.05 s  0.05 s  0.05 s  0.05 s        27           54  0.00135

Slowest: 200-20260102T030405Z-abcdef-00023, 0.05 s

✗ 2 executions of 200 not as expected, such as 200-20260102T030405Z-abcdef-00031
  path  expected  Call API → Wait and Try Later → Change to 200 → Call API → OK
        got       Call API → Wait and Try Later → Catch All
                                                  ^^^^^^^^^
  next: retrycatch inspect 200-20260102T030405Z-abcdef-00031

✗ 1 execution of 503 not as expected, such as 503-20260102T030405Z-abcdef-00030
  status  expected  SUCCEEDED
          got       FAILED
  next: retrycatch inspect 503-20260102T030405Z-abcdef-00030

cause: the function was edited

LOST  EXAMPLE                            WHY
  20  200-20260102T030405Z-abcdef-00001  no answer
   1  503-20260102T030405Z-abcdef-00002  interrupted before its start was
                                         confirmed
   1  200-20260102T030405Z-abcdef-00003  interrupted before it ended
`
	if diff := cmp.Diff(want, ansi.Strip(out.String())); diff != "" {
		t.Errorf("the text differs (-want +got):\n%s", diff)
	}
}

func TestLoadAtAllWidths(t *testing.T) {
	t.Parallel()
	l := sampleLoad(25)
	l.Inspect = inspect
	loseRuns(errors.New("no answer"), "", l.Runs[:22]...)
	addDeviations(append(anotherStatus, pathDeviation, attemptsDeviation), l.Runs[30])
	requireAllWidths(t, l.Text)
}

// The text shows the most frequent reasons, and counts the executions with other reasons.
func TestLoadReasons(t *testing.T) {
	t.Parallel()
	l := sampleLoad(25)
	l.Inspect = inspect
	for i, run := range l.Runs[:16] {
		addDeviations([]scenario.Deviation{{Kind: scenario.Output, Got: []string{fmt.Sprint(min(i, 8))}}}, run)
	}
	c, out, _ := newTestConsole("")
	l.Text(c)
	for want, n := range map[string]int{"expected  none": maxReasons, "✗ 4 executions of ": 2, "✗ 1 execution of ": 3,
		"and 5 more executions for other reasons; --output json lists all\n": 1} {
		if got := strings.Count(ansi.Strip(out.String()), want); got != n {
			t.Errorf("got %q %d times, want %d:\n%s", want, got, n, out)
		}
	}
}

// Executions that were lost in the same operation with the same error form a group, even if their
// error messages differ.
func TestLossGroups(t *testing.T) {
	t.Parallel()
	apiError := func(operation, id, code string) error {
		response := &smithy.GenericAPIError{Code: code, Message: "no " + id}
		return &smithy.OperationError{ServiceID: "SFN", OperationName: operation,
			Err: fmt.Errorf("RequestID: %s, %w", id, response)}
	}
	connectionError := func(port string, err error) error {
		return &smithy.OperationError{ServiceID: "SFN", OperationName: "StartExecution",
			Err: fmt.Errorf("read from %s: %w", port, err)}
	}
	l := sampleLoad(10)
	for i, err := range []error{
		apiError("StartExecution", "1", "InvalidName"),
		apiError("StartExecution", "2", "InvalidName"),
		apiError("StartExecution", "3", "Conflict"),
		apiError("GetExecutionHistory", "4", "InvalidName"),
		connectionError("1", io.ErrUnexpectedEOF),
		connectionError("2", io.ErrUnexpectedEOF),
		connectionError("3", io.ErrClosedPipe),
		errors.New("a"),
		errors.New("a"),
		errors.New("b"),
	} {
		loseRuns(err, "", l.Runs[i])
	}
	var sizes []int
	for _, group := range groupRuns(scenario.WithOutcome(l.Runs, scenario.Lost), lossGroupKey) {
		sizes = append(sizes, len(group.runs))
	}
	if diff := cmp.Diff([]int{2, 2, 2, 1, 1, 1, 1}, sizes); diff != "" {
		t.Errorf("the sizes of the groups differ (-want +got):\n%s", diff)
	}
}

func TestLoadWithoutEndedExecutions(t *testing.T) {
	t.Parallel()
	l := sampleLoad(1)
	loseRuns(errors.New("no"), "", l.Runs[1])
	c, out, _ := newTestConsole("")
	l.Text(c)
	if want := "503                                              0"; !strings.Contains(out.String(), want) {
		t.Errorf("got\n%s\nwant it to contain\n%s", out, want)
	}
	if d := l.Document().(loadDocument).Scenarios; d[0].Seconds == nil || d[1].Seconds != nil {
		t.Errorf("got durations %+v and %+v, want a duration only for the scenario with an ended execution",
			d[0].Seconds, d[1].Seconds)
	}
}

func TestLoadDocument(t *testing.T) {
	t.Parallel()
	l := sampleLoad(25)
	loseRuns(errors.New("no answer"), "arn", l.Runs[:30]...)
	addDeviations(anotherStatus, l.Runs[30])
	l.Runs[31].Outcome = scenario.NotStarted
	l.Throttled, l.Took = 3, 1500*time.Millisecond
	text, err := json.Marshal(l.Document())
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	lost := got["lost"].([]any)
	if len(lost) != 30 {
		t.Errorf("got %d lost executions, want 30", len(lost))
	}
	want := map[string]any{"scenario": "200", "name": l.Runs[0].Name, "arn": "arn",
		"traceId": l.Runs[0].SentTraceID, "reason": "no answer", "mayRun": true}
	if diff := cmp.Diff(want, lost[0]); diff != "" {
		t.Errorf("the first lost execution differs (-want +got):\n%s", diff)
	}
	delete(got, "lost")
	summary := func(more map[string]any) map[string]any {
		s := map[string]any{"seconds": map[string]any{"p50": 0.05, "p95": 0.05, "p99": 0.05, "max": 0.05},
			"lambdaRetries": 0.0, "lambdaThrottles": 0.0}
		maps.Copy(s, more)
		return s
	}
	want = map[string]any{
		"stateMachineArn": awsstub.StateMachineARN,
		"asExpected":      false,
		"concurrency":     7.0,
		"seconds":         1.5,
		"throttledCalls":  3.0,
		"total": summary(map[string]any{
			"executions": 50.0, "asExpected": 18.0, "notAsExpected": 1.0, "lost": 30.0, "notStarted": 1.0,
			"attempts": 19.0, "stateTransitions": 38.0, "costUsd": 0.00095}),
		"scenarios": []any{
			summary(map[string]any{"scenario": "200",
				"executions": 25.0, "asExpected": 9.0, "notAsExpected": 1.0, "lost": 15.0, "notStarted": 0.0,
				"attempts": 10.0, "stateTransitions": 20.0, "costUsd": 0.0005}),
			summary(map[string]any{"scenario": "503",
				"executions": 25.0, "asExpected": 9.0, "notAsExpected": 0.0, "lost": 15.0, "notStarted": 1.0,
				"attempts": 9.0, "stateTransitions": 18.0, "costUsd": 0.00045}),
		},
		"notAsExpected": []any{map[string]any{
			"scenario":   "200",
			"name":       l.Runs[30].Name,
			"arn":        l.Runs[30].ARN,
			"traceId":    l.Runs[30].SentTraceID,
			"deviations": []any{"the status is FAILED, expected SUCCEEDED"},
			"differences": []any{
				map[string]any{"kind": "status", "expected": []any{"SUCCEEDED"}, "got": []any{"FAILED"}},
			},
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the document differs (-want +got):\n%s", diff)
	}
}
