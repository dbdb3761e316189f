package view

import (
	"cmp"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/charmbracelet/x/ansi"
	gocmp "github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/history"
	"retrycatch/internal/scenario"
)

var start = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func atMillisecond(milliseconds int) time.Time {
	return start.Add(time.Duration(milliseconds) * time.Millisecond)
}

// retriedExecution returns an execution whose Task fails twice, after which a catcher handles the
// error.
func retriedExecution() history.Execution {
	failure := func(from, to int, backoff time.Duration) history.Attempt {
		return history.Attempt{
			Start:   atMillisecond(from),
			End:     atMillisecond(to),
			Backoff: backoff,
			Failed:  true,
			Error:   "TooManyRequestsException",
			Cause: history.NewCause(`{"errorMessage":"429 Too\u001b[31m Many Requests",` +
				`"errorType":"TooManyRequestsException"}`),
		}
	}
	return history.Execution{
		Status: types.ExecutionStatusFailed,
		Error:  "ServerUnavailable",
		Cause:  "It is down.",
		Start:  start,
		End:    atMillisecond(1500),
		Steps: []history.Step{
			{State: "Call API", Type: "Task", Entered: atMillisecond(100), Exited: atMillisecond(1400),
				Attempts: []history.Attempt{failure(100, 200, 0), failure(1200, 1400, time.Second)}},
			{State: "Wait", Type: "Wait", Entered: atMillisecond(1400), Exited: atMillisecond(1400),
				Output: `"` + strings.Repeat("x", 100) + `"`},
			{State: "Server Unavailable", Type: "Fail", Entered: atMillisecond(1400)},
		},
	}
}

func TestHistoryRows(t *testing.T) {
	t.Parallel()
	want := [][]string{
		{"Call API", "+0.10 s", "0.10 s", "TooManyRequestsException: 429 Too [31m Many Requests"},
		{"  attempt 2, after 1.0 s", "+1.20 s", "0.20 s", "TooManyRequestsException: 429 Too [31m Many Requests"},
		{"Wait", "+1.40 s", "0.00 s", `"` + strings.Repeat("x", 58) + "…"},
		{"Server Unavailable", "+1.40 s", "", ""},
		{"", "+1.50 s", "", "FAILED: ServerUnavailable: It is down."},
	}
	if diff := gocmp.Diff(want, historyRows(retriedExecution())); diff != "" {
		t.Errorf("the rows differ (-want +got):\n%s", diff)
	}
}

func TestRunsDocument(t *testing.T) {
	t.Parallel()
	runs := []*scenario.Run{{Execution: history.Execution{Name: "a", Input: "{}", TraceID: "1-a"}},
		{Execution: history.Execution{Name: "b", Input: "{}"}, SentTraceID: "1-b"}} // without a confirmed trace ID
	document := Runs{StateMachine: awsstub.StateMachineARN, Runs: runs}.Document().(runsDocument)
	for i, d := range document.Executions {
		if d.TraceID != runs[i].TraceID || d.Name != runs[i].Name {
			t.Errorf("got %s with trace ID %q, want %s with %q", d.Name, d.TraceID, runs[i].Name, runs[i].TraceID)
		}
	}
}

const throttledByLambda = "Lambda.TooManyRequestsException"

func TestLambdaRetries(t *testing.T) {
	t.Parallel()
	s := scenario.All()[0]
	r := &scenario.Run{Scenario: &s}
	r.Judge(history.New(awsstub.LambdaErrorEvents("200", throttledByLambda)))
	c, out, _ := newTestConsole("")
	Runs{Runs: []*scenario.Run{r}}.Text(c)
	for _, want := range []string{throttledByLambda, "✓ as expected (1 retry after a Lambda error)"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("got\n%s\nwant it to contain %q", out, want)
		}
	}
	if r.Outcome != scenario.AsExpected {
		t.Errorf("outcome: got %d, want %d", r.Outcome, scenario.AsExpected)
	}
	if got, want := pathText(r.Execution), "Call API ↻2 (1 retry after a Lambda error) → OK"; got != want {
		t.Errorf("path: got %q, want %q", got, want)
	}
}

// finishedRuns returns a run of each scenario of the tutorial. For a scenario that is a key of
// replacements, the run has the history of the scenario in the key's value.
func finishedRuns(replacements map[string]string) []*scenario.Run {
	var runs []*scenario.Run
	for _, s := range scenario.All()[:4] {
		r := &scenario.Run{Scenario: &s}
		e := history.New(awsstub.ScenarioEvents(awsstub.AWS, cmp.Or(replacements[s.Name], s.Name)))
		e.Name = s.Name + "-20260102T030405Z-abcdef"
		e.ARN, e.TraceID = "arn:"+e.Name, "1-6b07b2e2-cab955ee0490117f0fe29d44"
		r.Judge(e)
		runs = append(runs, r)
	}
	return runs
}

func TestRunsText(t *testing.T) {
	t.Parallel()
	lost := finishedRuns(nil)[2]
	lost.Execution = history.Execution{Name: lost.Name, ARN: lost.ARN}
	lost.MarkLost(context.Canceled)
	for name, test := range map[string]struct {
		width int
		runs  Runs
		want  string
	}{
		"all as expected": {80, Runs{Runs: finishedRuns(nil)}, `
RUN  CHECK          STATUS      TOOK  PATH
200  ✓ as expected  SUCCEEDED  0.1 s  Call API → OK
503  ✓ as expected  FAILED     0.1 s  Call API → Server Unavailable
429  ✓ as expected  SUCCEEDED  4.2 s  Call API ↻3 → Wait and Try Later → Change
                                      to 200 → Call API → OK
999  ✓ as expected  FAILED     0.1 s  Call API → Catch All

RUN  FAILED     ATTEMPT         ERROR
503  Call API   1               ServerUnavailableException: 503 Server
                                Unavailable
503  execution                  ServerUnavailable: The server is currently
                                unable to handle the request.
429  Call API   1               TooManyRequestsException: 429 Too Many Requests
429  Call API   2, after 1.0 s  TooManyRequestsException: 429 Too Many Requests
429  Call API   3, after 2.0 s  TooManyRequestsException: 429 Too Many Requests
999  Call API   1               UnknownException: Unknown error
999  execution                  An error of unknown type occurred: Unknown
                                error!

Names: 200-20260102T030405Z-abcdef, 503-20260102T030405Z-abcdef,
  429-20260102T030405Z-abcdef, 999-20260102T030405Z-abcdef
`},
		"one not as expected": {80, Runs{Runs: finishedRuns(map[string]string{"503": "200"})[1:2],
			Diagnosis: Diagnosis{Causes: []string{"the function was edited"}, Warnings: []string{"the role cannot be read"}}}, `
503  503-20260102T030405Z-abcdef  trace 1-6b07b2e2-cab955ee0490117f0fe29d44
STATE       START    TOOK  WHAT HAPPENED
Call API  +0.00 s  0.05 s  "200 OK"
OK        +0.05 s  0.00 s  "The request has succeeded."
          +0.05 s          SUCCEEDED
✗ not as expected
  status    expected  FAILED
            got       SUCCEEDED
  output    expected  none
            got       "The request has succeeded."
  error     expected  ServerUnavailable
            got       none
  path      expected  Call API → Server Unavailable
            got       Call API → OK
                                 ^^
  attempts  expected  Call API: ServerUnavailableException
            got       Call API: succeeded
                                ^^^^^^^^^

cause: the function was edited
? the role cannot be read
`},
		"two not as expected": {80, Runs{Runs: finishedRuns(map[string]string{"503": "999", "999": "503"})[1:4]}, `
RUN  CHECK              STATUS      TOOK  PATH
503  ✗ not as expected  FAILED     0.1 s  Call API → Catch All
429  ✓ as expected      SUCCEEDED  4.2 s  Call API ↻3 → Wait and Try Later →
                                          Change to 200 → Call API → OK
999  ✗ not as expected  FAILED     0.1 s  Call API → Server Unavailable

RUN  FAILED     ATTEMPT         ERROR
503  Call API   1               UnknownException: Unknown error
503  execution                  An error of unknown type occurred: Unknown
                                error!
429  Call API   1               TooManyRequestsException: 429 Too Many Requests
429  Call API   2, after 1.0 s  TooManyRequestsException: 429 Too Many Requests
429  Call API   3, after 2.0 s  TooManyRequestsException: 429 Too Many Requests
999  Call API   1               ServerUnavailableException: 503 Server
                                Unavailable
999  execution                  ServerUnavailable: The server is currently
                                unable to handle the request.

Names: 503-20260102T030405Z-abcdef, 429-20260102T030405Z-abcdef,
  999-20260102T030405Z-abcdef

✗ 503 is not as expected: 503-20260102T030405Z-abcdef
  error     expected  ServerUnavailable
            got       An error of unknown type occurred
  path      expected  Call API → Server Unavailable
            got       Call API → Catch All
                                 ^^^^^^^^^
  attempts  expected  Call API: ServerUnavailableException
            got       Call API: UnknownException
                                ^^^^^^^^^^^^^^^^

✗ 999 is not as expected: 999-20260102T030405Z-abcdef
  error     expected  An error of unknown type occurred
            got       ServerUnavailable
  path      expected  Call API → Catch All
            got       Call API → Server Unavailable
                                 ^^^^^^^^^^^^^^^^^^
  attempts  expected  Call API: UnknownException
            got       Call API: ServerUnavailableException
                                ^^^^^^^^^^^^^^^^^^^^^^^^^^
`},
		"no scenario": {80, Runs{Runs: []*scenario.Run{{Outcome: scenario.Unchecked,
			Execution: history.Execution{Name: "input-a", TraceID: "1-a", Status: "FAILED", Error: "Oops"}}}}, `
input  input-a  trace 1-a
  START  WHAT HAPPENED
+0.00 s  FAILED: Oops
● not checked
`},
		"no trace ID": {80, Runs{Runs: []*scenario.Run{{Outcome: scenario.Unchecked, SentTraceID: "1-a",
			Execution: history.Execution{Name: "input-a", Status: "SUCCEEDED"}}}}, `
input  input-a
  START  WHAT HAPPENED
+0.00 s  SUCCEEDED
● not checked
`},
		"lost and not started": {80, Runs{Runs: []*scenario.Run{lost, {Scenario: lost.Scenario}}}, `
RUN  CHECK          STATUS
429  ✗ end unknown  unknown
429  ✗ not started  unknown

Names: 429-20260102T030405Z-abcdef
`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, out, _ := newTestConsole("")
			c.width = test.width
			test.runs.Text(c)
			if diff := gocmp.Diff(test.want, ansi.Strip(out.String())); diff != "" {
				t.Errorf("the text differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRunsAtAllWidths(t *testing.T) {
	t.Parallel()
	requireAllWidths(t, Runs{Runs: finishedRuns(map[string]string{"503": "429", "200": "999"}),
		Diagnosis: Diagnosis{Causes: []string{"the function was edited"}}}.Text)
	requireAllWidths(t, Runs{Runs: finishedRuns(map[string]string{"503": "429"})[1:2]}.Text)
}
