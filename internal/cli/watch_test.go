package cli

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/history"
	"retrycatch/internal/problem"
	"retrycatch/internal/resource"
)

// deployWithOneRunning deploys a stack with an execution that runs for another minute.
func deployWithOneRunning(w *world) {
	w.deploy()
	w.OutdatedExecutions = 1 // the next execution is outdated, so it runs for one minute
	w.addExecutions("429-a")
}

func TestWatch(t *testing.T) {
	t.Parallel()
	result := runCommand(t, deployWithOneRunning, "inspect", "429", "--watch")
	for _, want := range []string{
		"429 matches the execution 429-a.\n",
		"Watching 429-a. Ctrl-C stops watching; the execution continues.\n",
		"429-a +0.1 s → OK",
	} {
		if !strings.Contains(result.stderr, want) {
			t.Errorf("standard error lacks %q", want)
		}
	}
	if result.code != exitDone || result.took < time.Minute ||
		!strings.HasPrefix(result.stdout, "429-a SUCCEEDED\n") || t.Failed() {
		t.Errorf("after %s, got %s\nwant 429-a to succeed after a minute or more", result.took, result)
	}
	result = runCommand(t, deployWithTwoExecutions, "inspect", "a", "--watch")
	if result.code != exitDone || result.stderr != "" || !strings.HasPrefix(result.stdout, "a SUCCEEDED\n") {
		t.Errorf("ended execution: got %s\nwant its result at once", result)
	}
}

func TestWatchInterrupted(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ argument, next string }{
		"name":   {"429-a", "retrycatch inspect 429-a --watch"},
		"latest": {latest, "retrycatch inspect 429-a --watch"},
		"ARN":    {executionPrefix + "429-a", "retrycatch inspect " + executionPrefix + "429-a --watch"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			recorded := awsstub.ScenarioEvents(awsstub.AWS, "429")
			stub := awsstub.New(t).On("SFN.GetExecutionHistory", func(call awsstub.Call) (*http.Response, error) {
				cancel()
				return awsstub.History("", recorded[:3]...)(call)
			})
			c, _, stderr := consoleOf("")
			a := &app{console: c, args: []string{"inspect", test.argument, "--watch"}}
			_, err := a.watch(
				ctx,
				targetIn("eu-west-1", stub),
				history.Execution{Name: "429-a", ARN: executionPrefix + "429-a"},
				test.argument,
			)
			p := (*problem.Problem)(nil)
			if !errors.Is(err, context.Canceled) || !errors.As(err, &p) || p.Next != test.next ||
				p.What != "the execution 429-a is still running" {
				t.Errorf("got error %v with next step %q, want an interrupt with next step %q", err, nextOf(err, ""), test.next)
			}
			a.fail(err, "")
			if strings.Contains(stderr.String(), "context canceled") || strings.Count(stderr.String(), "next:") != 1 {
				t.Errorf("got\n%s\nwant one next step and no Go error", stderr)
			}
		})
	}
}

func TestLogs(t *testing.T) {
	t.Parallel()
	noTrace := func(w *world) {
		deployWithTwoExecutions(w)
		const described = `{"status": "SUCCEEDED", "startDate": 1767323045, "stopDate": 1767323046}`
		w.On("SFN.DescribeExecution", awsstub.JSON(described))
	}
	const record = "Logs in /aws/lambda/MockAPIFunction\n"
	for _, test := range []struct {
		name    string
		prepare func(*world)
		args    []string
		code    int
		out     string // part of standard output
		stderr  string // part of standard error; empty for none
	}{
		{"log records", deployWithTwoExecutions, nil, exitDone, record, ""},
		{"with a step", deployWithTwoExecutions, []string{"--step", "OK"}, exitDone, record, ""},
		{"with events", deployWithTwoExecutions, []string{"--events"}, exitDone, record, ""},
		{"no records yet", func(w *world) {
			deployWithTwoExecutions(w)
			w.On("CloudWatch Logs.FilterLogEvents", awsstub.JSON(`{"events": []}`))
		}, nil, exitDone, "a SUCCEEDED", "has no record with the trace 1-a.\n" +
			"New records appear after a few seconds. Old records expire.\n  next: retrycatch inspect a --logs"},
		{"no trace ID", noTrace, nil, exitDone, "a SUCCEEDED", "This execution has no trace, " +
			"so its log records cannot be identified.\n" +
			"DescribeExecution returned no traceHeader: tracing was off, or the endpoint\ndoes not record traces.\n" +
			"  next: retrycatch inspect a --all-logs"},
		{"all callers", noTrace, []string{"--all-logs"}, exitDone,
			"Logs in /aws/lambda/MockAPIFunction for all callers during the execution\n", ""},
		{"all callers, no records", func(w *world) {
			noTrace(w)
			w.On("CloudWatch Logs.FilterLogEvents", awsstub.JSON(`{"events": []}`))
		}, []string{"--all-logs"}, exitDone, "a SUCCEEDED", "has no record from the time of the execution.\n"},
		{"denied", func(w *world) {
			deployWithTwoExecutions(w)
			w.Deny("CloudWatch Logs.FilterLogEvents")
		}, nil, exitDone, "a SUCCEEDED", "the credentials cannot call logs:FilterLogEvents"},
		{"no log group", func(w *world) {
			deployWithTwoExecutions(w)
			w.DeleteAt(resource.Resource{Kind: resource.LogGroup, ID: worldGroup.ID}, time.Now())
		}, nil, exitBad, "a SUCCEEDED", "error: cannot read the log group /aws/lambda/MockAPIFunction"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			result := runCommand(t, test.prepare, append([]string{"inspect", "a", "--logs"}, test.args...)...)
			if result.code != test.code || !strings.Contains(result.stdout, test.out) ||
				!strings.Contains(result.stderr, test.stderr) || test.stderr == "" && result.stderr != "" {
				t.Errorf("got %s, want exit code %d, %q and %q", result, test.code, test.out, test.stderr)
			}
			if test.out == record && !strings.Contains(result.stdout, "INFO   the API call succeeded\n") {
				t.Errorf("got %s, want the log record of the API call", result)
			}
		})
	}
}

func TestLogsInJSON(t *testing.T) {
	t.Parallel()
	result := runCommand(t, deployWithTwoExecutions, "inspect", "a", "--logs", "--output", "json")
	var got struct {
		TraceID    string `json:"traceId"`
		ConsoleURL string `json:"consoleUrl"`
		Logs       []struct {
			Message struct{ TraceID, Level string }
		}
	}
	if err := json.Unmarshal([]byte(result.stdout), &got); err != nil || result.code != exitDone || len(got.Logs) != 1 {
		t.Fatalf("got error %v and %s", err, result)
	}
	const url = "https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/v2/executions/details/" +
		executionPrefix + "a"
	if got.TraceID != "1-a" || got.Logs[0].Message.TraceID != "1-a" || got.Logs[0].Message.Level != "INFO" ||
		got.ConsoleURL != url {
		t.Errorf("got %+v, want trace 1-a at level INFO and the URL %s", got, url)
	}
}
