package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/history"
	"retrycatch/internal/inventory"
	"retrycatch/internal/scenario"
	"retrycatch/internal/session"
)

var start = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func after(milliseconds int) time.Time {
	return start.Add(time.Duration(milliseconds) * time.Millisecond)
}

// retried is an execution that failed once, was retried after a second, and then caught.
func retried() history.Execution {
	failure := func(from, to int, backoff time.Duration) history.Attempt {
		return history.Attempt{Start: after(from), End: after(to), Backoff: backoff, Error: "TooManyRequestsException",
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

func TestTheHistoryIsATableOfStatesAndAttempts(t *testing.T) {
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

func TestEachChangeIsToldOnceHoweverTheReadingsFall(t *testing.T) {
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

func TestThePlanNamesEveryExecutionApart(t *testing.T) {
	t.Parallel()
	for argument, count := range map[string]int{"": 4, "all": 4, "429": 1} {
		first, err := plan(runOptions{scenario: argument})
		if err != nil {
			t.Fatal(err)
		}
		second, err := plan(runOptions{scenario: argument})
		if err != nil {
			t.Fatal(err)
		}
		names, traces := map[string]bool{}, map[string]bool{}
		for _, r := range append(first, second...) {
			names[r.name], traces[r.traceID] = true, true
			if len(r.name) > 80 { // the limit of Step Functions
				t.Errorf("the name %s is too long", r.name)
			}
		}
		if len(first) != count || len(names) != 2*count || len(traces) != 2*count {
			t.Errorf("%q plans %d executions under the names %v in the traces %v, expected %d with names and traces of their own", argument, len(first), names, traces, count)
		}
	}
}

func TestWhatCannotBeStartedIsAccountedFor(t *testing.T) {
	t.Parallel()
	started := awsstub.JSON(`{"executionArn": "arn:started", "startDate": 1}`)
	for name, test := range map[string]struct {
		answers []awsstub.Answer
		fails   bool     // the command ends there and then: nothing was started
		started []string // ARNs
	}{
		"all are started":                {[]awsstub.Answer{started}, false, []string{"arn:started", "arn:started", "arn:started"}},
		"none is":                        {[]awsstub.Answer{awsstub.Denied()}, true, []string{"", "", ""}},
		"the first is and then no other": {[]awsstub.Answer{started, awsstub.Denied()}, false, []string{"arn:started", "", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On("SFN.StartExecution", test.answers...)
			runs := []*run{{name: "a", input: "{}", traceID: "1-a"}, {name: "b", input: "{}", traceID: "1-b"}, {name: "c", input: "{}", traceID: "1-c"}}
			err := startAll(t.Context(), &target{Session: &session.Session{Config: stub.Config()}},
				&inventory.Stack{}, awsstub.StateMachineARN, runs)
			if (err != nil) != test.fails {
				t.Errorf("the error is %v", err)
			}
			var arns []string
			for _, r := range runs {
				arns = append(arns, r.arn)
				if !test.fails && (r.arn == "") != (r.err != nil) {
					t.Errorf("%s has the ARN %q and the error %v", r.name, r.arn, r.err)
				}
			}
			if diff := cmp.Diff(test.started, arns); diff != "" {
				t.Error(diff)
			}
			for i, input := range stub.Inputs("SFN.StartExecution") {
				asked := input.(*sfn.StartExecutionInput)
				if name, trace := *asked.Name, *asked.TraceHeader; name != runs[i].name || !strings.Contains(trace, runs[i].traceID) {
					t.Errorf("%s was started in the trace %s", name, trace)
				}
			}
		})
	}
}

func TestTheDocumentOfARunNamesItsTrace(t *testing.T) {
	t.Parallel()
	runs := []*run{{name: "a", input: "{}", traceID: "1-a"}, {name: "b", input: "{}", traceID: "1-b"}}
	for i, document := range runsJSON(awsstub.StateMachineARN, runs).Executions {
		if document.TraceID != runs[i].traceID || document.Name != runs[i].name {
			t.Errorf("%s has the trace %s", document.Name, document.TraceID)
		}
	}
}

func TestTheVerdictIsBadWhenAnExecutionLeavesItsPathOrIsLost(t *testing.T) {
	t.Parallel()
	s := scenario.All()[1]
	for name, test := range map[string]struct {
		run  run
		says string // empty when all is well
	}{
		"as expected":         {run{scenario: &s, label: "503"}, ""},
		"of nothing expected": {run{label: "input"}, ""},
		"off its path":        {run{scenario: &s, label: "503", deviations: []string{"the status is SUCCEEDED, expected FAILED"}}, "expected FAILED"},
		"not followed":        {run{label: "503", arn: "arn:n", err: errors.New("no such page")}, "no such page"},
		"not started":         {run{label: "503", name: "n", err: errors.New("throttled")}, "the execution n was not started: throttled"},
		"interrupted":         {run{label: "503", name: "n", arn: "arn:n", err: fmt.Errorf("reading: %w", context.Canceled)}, "goes on without being watched"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := verdict([]*run{{scenario: &s, label: "200"}, &test.run}, advice{next: "look"})
			if test.says == "" {
				if err != nil {
					t.Errorf("got %v, expected no error", err)
				}
				return
			}
			if result := (*badResult)(nil); !errors.As(err, &result) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v, expected a bad result that says %q", err, test.says)
			}
		})
	}
}
