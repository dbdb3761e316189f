package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/view"
)

// historyFile writes events to a file in the format of the AWS CLI, and returns the file's name.
func historyFile(t *testing.T, events []types.HistoryEvent) string {
	t.Helper()
	response, err := awsstub.History("", events...)(awsstub.Call{})
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return writeTempFile(t, string(data))
}

// writeTempFile writes text to a temporary file and returns the file's name.
func writeTempFile(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "history.json")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// runInspect runs "retrycatch inspect" with this standard input.
func runInspect(input string, args ...string) (code int, out, stderr string) {
	var outText, errText bytes.Buffer
	code = Run(
		context.Background(),
		append([]string{"inspect"}, args...),
		view.Streams{In: strings.NewReader(input), Out: &outText, Err: &errText},
	)
	return code, outText.String(), errText.String()
}

func TestInspectFile(t *testing.T) {
	t.Setenv("AWS_PROFILE", "missing")
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "none"))
	name := historyFile(t, awsstub.ScenarioEvents(awsstub.AWS, "429"))
	code, out, stderr := runInspect("", "--file", name)
	want := `SUCCEEDED
  Started  2026-01-02 03:04:05.000 UTC
  Took     4.20 s
  Cost     4 attempts, 7 state transitions, 0.000175 USD
  Input    {"statuscode":"429"}
  Output   "The request has succeeded."

  State                    Start       Took  Timeline
↷ Call API               +0.00 s     3.15 s  █·······█················█
    attempt 1, failed in 0.05 s: TooManyRequestsException: 429 Too Many Requests
    attempt 2, after 1.0 s, failed in 0.05 s: TooManyRequestsException: 429 Too Many Requests
    attempt 3, after 2.0 s, failed in 0.05 s: TooManyRequestsException: 429 Too Many Requests
    caught: TooManyRequestsException
✓ Wait and Try Later     +3.15 s     1.00 s                            ░░░░░░░░
✓ Change to 200          +4.15 s     0.00 s                                    █
✓ Call API               +4.15 s     0.05 s                                    █
✓ OK                     +4.20 s     0.00 s                                    █
  █ active   · backoff before a retry   ░ waiting   ▒ unfinished
`
	if diff := cmp.Diff(want, out); diff != "" || code != exitDone || stderr != "" {
		t.Errorf("got exit code %d and standard error %q; the output differs (-want +got):\n%s", code, stderr, diff)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if code, piped, _ := runInspect(string(data), "--file", "-"); code != exitDone || piped != out {
		t.Errorf("got\n%s\nfrom standard input, want the same output as from the file", piped)
	}
}

// The cause of the failed task, and the state's output after it catches the error.
const (
	cause503  = `{"errorMessage":"503 Server Unavailable","errorType":"ServerUnavailableException"}`
	caught503 = `{"Error":"ServerUnavailableException","Cause":` + cause503 + `}`
)

func TestInspectEvents(t *testing.T) {
	t.Parallel()
	file := historyFile(t, awsstub.ScenarioEvents(awsstub.MiniStack, "503"))
	code, out, stderr := runInspect("", "--events", "--file", file)
	want := `ID     TIME  TYPE              DETAILS
 1  +0.00 s  ExecutionStarted  input {"statuscode":"503"}
 2  +0.00 s  TaskStateEntered  Call API  input {"statuscode":"503"}
 3  +0.00 s  TaskScheduled     Call API
 4  +0.05 s  TaskFailed        Call API  ServerUnavailableException: 503 Server Unavailable  cause ` + cause503 + `
 5  +0.05 s  TaskStateExited   Call API  output ` + caught503 + ` (JSON string at $.Cause)
`
	if !strings.HasPrefix(out, want) || strings.Count(out, "\n") != 8 || code != exitDone || stderr != "" {
		t.Errorf("got exit code %d, standard error %q and the output\n%s\nwant %d and 8 lines that begin with\n%s",
			code, stderr, out, exitDone, want)
	}
}

func TestInspectEventsOfState(t *testing.T) {
	t.Parallel()
	name := historyFile(t, awsstub.ScenarioEvents(awsstub.MiniStack, "503"))
	code, out, stderr := runInspect("", "--events", "--step", "Server Unavailable", "--file", name)
	want := `ID     TIME  TYPE              DETAILS
 6  +0.05 s  FailStateEntered  Server Unavailable  input ` + caught503 + ` (JSON string at $.Cause)
`
	if diff := cmp.Diff(want, out); diff != "" || code != exitDone || stderr != "" {
		t.Errorf("got exit code %d and standard error %q; the events differ (-want +got):\n%s", code, stderr, diff)
	}
}

func TestInspectStep(t *testing.T) {
	t.Parallel()
	name := historyFile(t, awsstub.ScenarioEvents(awsstub.AWS, "429"))
	code, out, stderr := runInspect("", "--file", name, "--step", "Call API")
	for _, want := range []string{
		"↷ Call API, visit 1 of 2: caught\n" +
			"  entered at +0.00 s, took 3.15 s\n  input\n    {\n      \"statuscode\": \"429\"\n    }\n",
		"  attempt 3, after 2.0 s, failed in 0.05 s: TooManyRequestsException: 429 Too Many Requests\n" +
			"  its cause\n    {\n      \"errorMessage\"",
		"✓ Call API, visit 2 of 2: succeeded\n",
		"  attempt 1, succeeded in 0.05 s\n  its output\n    \"200 OK\"\n  output\n    \"200 OK\"\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the output lacks\n%s", want)
		}
	}
	if code != exitDone || stderr != "" || t.Failed() {
		t.Errorf("got exit code %d, standard error %q and the output\n%s", code, stderr, out)
	}
}

func TestInspectDocument(t *testing.T) {
	t.Parallel()
	file := historyFile(t, awsstub.ScenarioEvents(awsstub.AWS, "503"))
	code, out, _ := runInspect("", "--output", "json", "--file", file)
	var got map[string]any
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != exitDone {
		t.Fatalf("got exit code %d, the JSON error %v and the output\n%s", code, err, out)
	}
	output := map[string]any{"Error": "ServerUnavailableException", "Cause": cause503}
	want := map[string]any{
		"status":           "FAILED",
		"input":            map[string]any{"statuscode": "503"},
		"error":            "ServerUnavailable",
		"cause":            "The server is currently unable to handle the request.",
		"started":          "2026-01-02T03:04:05Z",
		"seconds":          0.05,
		"attempts":         1.0,
		"stateTransitions": 2.0,
		"costUsd":          0.00005,
		"steps": []any{
			map[string]any{
				"state":   "Call API",
				"type":    "Task",
				"status":  "caught",
				"started": "2026-01-02T03:04:05Z",
				"seconds": 0.05,
				"input":   map[string]any{"statuscode": "503"},
				"output":  output,
				"caught":  "ServerUnavailableException",
				"attempts": []any{
					map[string]any{"started": "2026-01-02T03:04:05Z", "waitSeconds": 0.0, "seconds": 0.05, "status": "failed",
						"error": "ServerUnavailableException", "message": "503 Server Unavailable", "cause": cause503},
				},
			},
			map[string]any{
				"state":    "Server Unavailable",
				"type":     "Fail",
				"status":   "failed",
				"started":  "2026-01-02T03:04:05.05Z",
				"input":    output,
				"previous": 0.0,
				"error":    "ServerUnavailable",
				"message":  "The server is currently unable to handle the request.",
			},
		},
	}
	events := got["events"].([]any)
	delete(got, "events")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the document differs (-want +got):\n%s", diff)
	}
	second := map[string]any{
		"id":              2.0,
		"previousEventId": 1.0,
		"timestamp":       "2026-01-02T03:04:05Z",
		"type":            "TaskStateEntered",
		"state":           "Call API",
		"details":         map[string]any{"name": "Call API", "input": `{"statuscode":"503"}`},
	}
	if diff := cmp.Diff(second, events[1]); diff != "" || len(events) != 8 {
		t.Errorf("got %d events, want 8; the second differs (-want +got):\n%s", len(events), diff)
	}
}

func TestInspectSanitizes(t *testing.T) {
	t.Parallel()
	evil := "a\x1b[31mb\u202ec"
	r := awsstub.Record(awsstub.AWS, `"`+evil+`"`).Enter("Task", evil).Fail(evil, evil)
	name := historyFile(t, r.End(evil, evil))
	for _, more := range [][]string{nil, {"--events"}, {"--step", evil}, {"--step", "none"}} {
		_, out, stderr := runInspect("", append([]string{"--file", name}, more...)...)
		if strings.ContainsAny(out+stderr, "\x1b\u202e") ||
			!strings.Contains(out+stderr, "a [31mb c") && !strings.Contains(out+stderr, `\x1b`) {
			t.Errorf("%v: got output %q and standard error %q, want no control character", more, out, stderr)
		}
	}
}

func TestInspectTruncated(t *testing.T) {
	t.Parallel()
	file := func(more string) string {
		const events = `[{"id": 4, "type": "LambdaFunctionStarted", "timestamp": 1}, ` +
			`{"id": 9, "type": "TaskStateEntered", "timestamp": 3, "stateEnteredEventDetails": {"name": "A"}}]`
		return writeTempFile(t, `{"events": `+events+more+`}`)
	}
	for _, args := range [][]string{
		{"--file", file(`, "NextToken": "t"`)},
		{"--events", "--file", file(`, "nextToken": "t"`)},
	} {
		_, out, _ := runInspect("", args...)
		for _, want := range []string{"events 1 to 3", "events 5 to 8",
			"event 10 and all later events: the history is cut short"} {
			if !strings.Contains(out, want) {
				t.Errorf("the output lacks %q:\n%s", want, out)
			}
		}
	}
}
