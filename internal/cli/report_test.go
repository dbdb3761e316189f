package cli

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/problem"
	"retrycatch/internal/view"
	"retrycatch/internal/workflow"
	"retrycatch/statemachine"
)

// reportNewest writes a report of the newest executions. It returns standard output and standard
// error.
func reportNewest(t *testing.T, stub *awsstub.Stub, limit int, file string) (out, progress string, err error) {
	t.Helper()
	var outText, errText bytes.Buffer
	a := &app{console: view.NewConsole(view.Streams{In: strings.NewReader(""), Out: &outText, Err: &errText})}
	target := targetIn("eu-west-1", stub)
	listed, err := a.selectExecutions(t.Context(), target, awsstub.StateMachineARN, reportOptions{limit: limit})
	if err == nil {
		err = a.writeReport(t.Context(), target, awsstub.StateMachineARN, listed, reportOptions{out: file})
	}
	return outText.String(), errText.String(), err
}

// withDefinition sets the definition of every execution.
func withDefinition(stub *awsstub.Stub, definition string) *awsstub.Stub {
	return stub.On("SFN.DescribeStateMachineForExecution", awsstub.JSON(fmt.Sprintf(
		`{"name": "MyAPIStateMachine", "definition": %q, "stateMachineArn": "s", "roleArn": "r", "updateDate": 1}`,
		definition,
	)))
}

func TestReport(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "report.html")
	stub := withDefinition(stubWithExecutions(t, "429-c", "503-b", "200-a"), statemachine.Definition)
	out, progress, err := reportNewest(t, stub, 3, file)
	if err != nil {
		t.Fatal(err)
	}
	if out != file+"\n" || !strings.Contains(progress, "Wrote the report of 3 executions") {
		t.Errorf("got output %q and messages\n%s\nwant the path %s and a message with the number of executions", out,
			progress, file)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for text, n := range map[string]int{
		"<article":    3,
		"<svg":        3,
		">429-c</a>":  1,
		" 429-c</h2>": 1,
		">503-b</a>":  1,
		">200-a</a>":  1,
	} {
		if got := strings.Count(string(content), text); got != n {
			t.Errorf("got %q %d times, want %d", text, got, n)
		}
	}
}

func TestReportWithoutGraph(t *testing.T) {
	t.Parallel()
	for name, stub := range map[string]*awsstub.Stub{
		"empty definition":  withDefinition(stubWithExecutions(t, "503-b"), "{}"),
		"denied definition": stubWithExecutions(t, "503-b").On("SFN.DescribeStateMachineForExecution", awsstub.Denied()),
	} {
		file := filepath.Join(t.TempDir(), "report.html")
		_, progress, err := reportNewest(t, stub, 1, file)
		text, _ := os.ReadFile(file)
		if err != nil || !strings.Contains(progress, "There is no graph of 503-b: ") ||
			!strings.Contains(string(text), "There is no graph: ") ||
			!strings.Contains(string(text), "Server Unavailable") {
			t.Errorf("%s: got error %v and messages\n%s\nwant a report that says why the graph is missing", name, err, progress)
		}
	}
}

func TestReportCalls(t *testing.T) {
	t.Parallel()
	stub := withDefinition(stubWithExecutions(t, "429-c", "503-b", "200-a"), statemachine.Definition)
	// The list does not contain the older execution, so looking it up takes one more call of
	// DescribeExecution.
	older := executionPrefix + "200-old"
	const described = `{"status": "SUCCEEDED", "startDate": 1767323045, "stateMachineArn": "s"}`
	stub.On("SFN.DescribeExecution", awsstub.JSON(described))
	stub.On("SFN.GetExecutionHistory", func(call awsstub.Call) (*http.Response, error) {
		name := workflow.NameIn(*call.Input.(*sfn.GetExecutionHistoryInput).ExecutionArn)
		return awsstub.History("", awsstub.ScenarioEvents(awsstub.AWS, name[:3])...)(call)
	})
	file := filepath.Join(t.TempDir(), "report.html")
	a, target := silentApp(), targetIn("eu-west-1", stub)
	listed, err := a.selectExecutions(
		t.Context(),
		target,
		awsstub.StateMachineARN,
		reportOptions{named: []string{"503-b", latest, older}},
	)
	if err == nil {
		err = a.writeReport(t.Context(), target, awsstub.StateMachineARN, listed, reportOptions{out: file})
	}
	if err != nil {
		t.Fatal(err)
	}
	calls := map[string]int{}
	for _, operation := range stub.CalledOperations() {
		calls[operation]++
	}
	if diff := cmp.Diff(map[string]int{"SFN.ListExecutions": 1, "SFN.DescribeExecution": 4, "SFN.GetExecutionHistory": 3,
		"SFN.DescribeStateMachineForExecution": 1}, calls); diff != "" {
		t.Errorf("the calls differ (-want +got):\n%s", diff)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	at := -1
	for _, name := range []string{">503-b", ">429-c", ">200-old"} { // in the order of the arguments
		next := strings.Index(string(text), name)
		if next <= at {
			t.Errorf("got %s at offset %d, want it after %d", name, next, at)
		}
		at = next
	}
}

func TestReportUnknownExecution(t *testing.T) {
	t.Parallel()
	for named, want := range map[string]string{
		"504-b":                 `there is no execution "504-b"; did you mean 503-b?`,
		executionPrefix + "503": "there is no execution " + executionPrefix + "503",
		"arn:aws:s3:::bucket":   "arn:aws:s3:::bucket is not the ARN of an execution of a STANDARD state machine",
		"arn:aws:states:eu-west-2:" + awsstub.Account + ":execution:M:a": "the execution is in account " +
			awsstub.Account + ", region eu-west-2, not in",
	} {
		_, err := silentApp().selectExecutions(
			t.Context(),
			targetIn("eu-west-1", stubWithExecutions(t, "503-b")),
			awsstub.StateMachineARN,
			reportOptions{named: []string{named}},
		)
		if p := (*problem.Problem)(nil); !errors.As(err, &p) || !strings.HasPrefix(p.What, want) || p.Next == "" {
			t.Errorf("%s: got error %v, want %q and a next step", named, err, want)
		}
	}
	_, err := silentApp().selectExecutions(
		t.Context(),
		targetIn("eu-west-1", stubWithExecutions(t)),
		awsstub.StateMachineARN,
		reportOptions{named: []string{latest}},
	)
	const none = "the state machine has no executions"
	if p := (*problem.Problem)(nil); !errors.As(err, &p) || p.What != none {
		t.Errorf("latest, without executions: got error %v, want %q", err, none)
	}
}

func TestReportMissingGraphsOnce(t *testing.T) {
	t.Parallel()
	stub := stubWithExecutions(t, "503-c", "503-b", "200-a").On("SFN.DescribeStateMachineForExecution", awsstub.Denied())
	_, progress, err := reportNewest(t, stub, 3, filepath.Join(t.TempDir(), "report.html"))
	if err != nil || strings.Count(progress, "There is no graph") != 1 ||
		!strings.Contains(progress, "There is no graph of 503-c and 2 other executions: ") {
		t.Errorf("got error %v and messages\n%s\nwant no error and one line about the missing graphs", err, progress)
	}
	if n := len(stub.Inputs("SFN.DescribeStateMachineForExecution")); n != 1 {
		t.Errorf("got %d calls to a denied operation, want 1", n)
	}
}

func TestReportProblems(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "none", "report.html")
	for name, test := range map[string]struct {
		stub *awsstub.Stub
		want string
	}{
		"missing folder": {
			withDefinition(stubWithExecutions(t, "503-b"), statemachine.Definition),
			"the report cannot be written to " + file + ": no such file or directory",
		},
		"no executions": {stubWithExecutions(t), "the state machine has no executions"},
	} {
		out, _, err := reportNewest(t, test.stub, 1, file)
		if p := (*problem.Problem)(nil); !errors.As(err, &p) || err.Error() != test.want || p.Next == "" || out != "" {
			t.Errorf("%s: got output %q and error %v, want no output, %q and a next step", name, out, err, test.want)
		}
	}
}

func TestReportOptions(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"--limit 0":        "--limit must be from 1 to 1000, not 0\n  next: retrycatch report --limit 1\n",
		"--limit 1001":     "--limit must be from 1 to 1000, not 1001\n  next: retrycatch report --limit 1000\n",
		"latest --limit 3": "use EXECUTION or --limit, not both\n  next: retrycatch report latest\n",
	} {
		var out, progress bytes.Buffer
		code := Run(
			t.Context(),
			append([]string{"report"}, strings.Fields(args)...),
			view.Streams{In: strings.NewReader(""), Out: &out, Err: &progress},
		)
		if code != exitUnable || out.Len() > 0 || !strings.Contains(progress.String(), want) {
			t.Errorf("report %s: got exit code %d, output %q and messages\n%s\nwant %q", args, code, out.String(),
				progress.String(), want)
		}
	}
}

func TestFailErrors(t *testing.T) {
	t.Parallel()
	definition := `{"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": "Literal"},
		"B": {"Type": "Fail", "Error": "{% $states.input.e %}"}, "C": {"Type": "Fail", "ErrorPath": "$.e"}}}`
	for state, want := range map[string]string{"A": "Literal", "B": "", "C": "", "D": ""} {
		if got := failErrors([]byte(definition))(state); got != want {
			t.Errorf("state %s: got %q, want %q", state, got, want)
		}
	}
	if got := failErrors([]byte("{"))("A"); got != "" {
		t.Errorf("invalid definition: got %q, want none", got)
	}
}

func TestReportTraces(t *testing.T) {
	t.Parallel()
	const link = `<a href="https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1` +
		`#/v2/executions/details/` + executionPrefix + `a">`
	for name, test := range map[string]struct {
		prepare       func(*world)
		want, message string
		unwanted      string
	}{
		"readable": {deployWithTwoExecutions, "<code>1-a</code>", "", "Trace IDs are missing"},
		"denied": {
			func(w *world) { deployWithTwoExecutions(w); w.Deny("SFN.DescribeExecution") },
			"<dt>Trace</dt><dd>not readable: ",
			"Trace IDs are missing: ",
			"<dt>Trace</dt><dd><code>",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := runCommand(t, test.prepare, "report", "--out", reportOut)
			text, err := os.ReadFile(strings.TrimSpace(result.stdout))
			if err != nil || result.code != exitDone || !strings.Contains(result.stderr, test.message) {
				t.Fatalf("got error %v and %s\nwant %q", err, result, test.message)
			}
			page := string(text)
			if !strings.Contains(page, test.want) || !strings.Contains(page, link) || strings.Contains(page, test.unwanted) {
				t.Errorf("got a page\n%s\nwant %q and %q, but not %q", page, test.want, link, test.unwanted)
			}
		})
	}
}

// A report reads at most maxTraceIDs trace IDs, because each ID takes a call.
func TestReportTraceLimit(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(t).On("SFN.DescribeExecution", awsstub.JSON(`{"status": "RUNNING", "traceHeader": "Root=1-a"}`))
	var listed []types.ExecutionListItem
	for i := range maxTraceIDs + 2 {
		listed = append(listed, types.ExecutionListItem{ExecutionArn: aws.String(fmt.Sprint(executionPrefix, i))})
	}
	c, _, messages := consoleOf("")
	traces := (&app{console: c}).readTraceIDs(t.Context(), targetIn("eu-west-1", stub), listed)
	if n := len(stub.Calls()); n != maxTraceIDs || len(traces) != n+2 || traces[0].id != "1-a" ||
		traces[n-1] != traces[0] ||
		traces[n] != (traceResult{missing: "not read: a report has trace IDs for its first 200 executions only"}) ||
		messages.String() != "The report shows trace IDs for the first 200 executions only.\n" {
		t.Errorf("got %d calls, want %d; got traces %q and the message\n%s", n, maxTraceIDs, traces, messages)
	}
}
