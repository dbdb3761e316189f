package view

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/history"
	"retrycatch/internal/scenario"
)

var start = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func after(milliseconds int) time.Time {
	return start.Add(time.Duration(milliseconds) * time.Millisecond)
}

// retried returns an execution that failed once, was retried after a second, and then caught.
func retried() history.Execution {
	failure := func(from, to int, backoff time.Duration) history.Attempt {
		return history.Attempt{Start: after(from), End: after(to), Backoff: backoff, Failed: true, Error: "TooManyRequestsException",
			Cause: history.NewCause(`{"errorMessage":"429 Too\u001b[31m Many Requests","errorType":"TooManyRequestsException"}`)}
	}
	return history.Execution{Status: types.ExecutionStatusFailed, Error: "ServerUnavailable", Cause: "It is down.", Start: start, End: after(1500),
		Steps: []history.Step{
			{State: "Call API", Type: "Task", Entered: after(100), Exited: after(1400), Attempts: []history.Attempt{
				failure(100, 200, 0), failure(1200, 1400, time.Second)}},
			{State: "Wait", Type: "Wait", Entered: after(1400), Exited: after(1400), Output: `"` + strings.Repeat("x", 100) + `"`},
			{State: "Server Unavailable", Type: "Fail", Entered: after(1400)},
		}}
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
	if diff := cmp.Diff(want, historyRows(retried())); diff != "" {
		t.Error(diff)
	}
}

func TestChanges(t *testing.T) {
	t.Parallel()
	whole := retried()
	want := []string{"→ Call API", "Call API: attempt 1 failed: TooManyRequestsException", "Call API: attempt 2, after 1.0 s",
		"Call API: attempt 2 failed: TooManyRequestsException", "→ Wait", "→ Server Unavailable", "FAILED: ServerUnavailable"}

	running := whole
	running.Status, running.End, running.Error = types.ExecutionStatusRunning, time.Time{}, ""
	beforeRetry := running
	beforeRetry.Steps = []history.Step{{State: "Call API", Type: "Task", Entered: after(100), Attempts: whole.Steps[0].Attempts[:1]}}
	inFirstAttempt := running
	inFirstAttempt.Steps = []history.Step{{State: "Call API", Type: "Task", Entered: after(100), Attempts: []history.Attempt{{Start: after(100)}}}}

	for name, readings := range map[string][]history.Execution{
		"all at once":          {whole},
		"the end by itself":    {running, whole},
		"between the attempts": {beforeRetry, running, whole},
		"within an attempt":    {inFirstAttempt, beforeRetry, running, whole},
		"the same twice":       {beforeRetry, beforeRetry, whole, whole},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			before := history.New(nil)
			for _, now := range readings {
				for _, line := range changes(before, now) {
					_, said, _ := strings.Cut(line, " s")
					got = append(got, strings.TrimSpace(strings.TrimPrefix(said, "\x1b[m")))
				}
				before = now
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRunsDocument(t *testing.T) {
	t.Parallel()
	runs := []*scenario.Run{{Execution: history.Execution{Name: "a", Input: "{}"}, TraceID: "1-a"},
		{Execution: history.Execution{Name: "b", Input: "{}"}, TraceID: "1-b"}}
	document := Runs{StateMachine: awsstub.StateMachineARN, Runs: runs}.Document().(runsDocument)
	for i, d := range document.Executions {
		if d.TraceID != runs[i].TraceID || d.Name != runs[i].Name {
			t.Errorf("%s has the trace %s", d.Name, d.TraceID)
		}
	}
}

const throttledByLambda = "Lambda.TooManyRequestsException"

func TestLambdaRetriesOfARun(t *testing.T) {
	t.Parallel()
	s := scenario.All()[0]
	r := &scenario.Run{Scenario: &s}
	r.Judge(history.New(awsstub.Troubled("200", throttledByLambda)))
	c, out, _ := consoleOf("")
	Runs{Runs: []*scenario.Run{r}}.Text(c)
	for _, want := range []string{throttledByLambda, "Call API (2 attempts, 1 retry for Lambda)", "✓ as expected,", "after 1 retry", "for Lambda"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	if r.Outcome != scenario.AsExpected {
		t.Errorf("the outcome is %d", r.Outcome)
	}
}
