package view

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/history"
	"retrycatch/internal/resource"
	"retrycatch/internal/teardown"
)

// sampleExecutions returns executions with the longest names that the run command generates: one
// that succeeded, one that failed, and one that is running.
func sampleExecutions() Executions {
	seconds := func(s float64) *float64 { return &s }
	at := awsstub.Start
	return Executions{Executions: []ListedExecution{
		{Name: "429-20260102T030405Z-abcdef-00059", Status: "SUCCEEDED", Seconds: seconds(4.481), Started: at,
			Attempts: 4},
		{Name: "999-20260102T030405Z-abcdef-00060", Status: "FAILED", Error: "An error of unknown type occurred",
			Seconds: seconds(0.05), Started: at, Attempts: 1},
		{Name: "503-20260102T030405Z-abcdef", Status: "RUNNING", Started: at.Add(time.Hour), Attempts: 12},
	}}
}

// sampleTeardown returns a teardown with removed, kept and unknown resources.
func sampleTeardown() Teardown {
	items := []teardown.Item{
		{Resource: resource.Resource{Kind: "AWS::IAM::Role", ID: "lambda_basic_execution"}, Fate: teardown.WithStack,
			State: teardown.Gone, Proof: "iam:GetRole: NoSuchEntity"},
		{Resource: resource.Resource{Kind: "AWS::IAM::Role", ID: "step_functions_basic_execution"},
			Fate: teardown.WithStack, State: teardown.Gone, Proof: "iam:GetRole: NoSuchEntity"},
		{Resource: resource.Resource{Kind: "AWS::Lambda::Function", ID: "MockAPIFunction"}, Fate: teardown.WithStack,
			State: teardown.Gone, Proof: "lambda:GetFunctionConfiguration: ResourceNotFoundException"},
		{Resource: resource.Resource{Kind: "AWS::Logs::LogGroup", ID: "/aws/vendedlogs/states/MyAPIStateMachine"},
			Fate: teardown.NotDeleted, State: teardown.Kept, Proof: "logs:DescribeLogGroups: found",
			Why: "is kept: the stack's template retains it"},
		{Resource: resource.Resource{Kind: "AWS::SNS::Topic", ID: "arn:aws:sns:eu-west-1:111122223333:alarms"},
			Fate: teardown.WithStack, State: teardown.Unknown,
			Err: errors.New("cannot check the topic: the credentials cannot call sns:GetTopicAttributes")},
	}
	return Teardown{Report: teardown.Report{Items: items, Notes: []teardown.Note{
		{Name: "X-Ray traces", Why: "X-Ray keeps them for 30 days"},
		{Name: `the rule "nightly"`, Why: "it has the state machine as a target",
			Command: "aws events list-targets-by-rule --rule nightly"},
	}}, StackName: "retrycatch", CompleteCommand: func(line string) string { return line + " --region eu-west-1" }}
}

// sampleInspection returns an execution with a long name and a long input. One step is inside
// another step and has the longest possible name.
func sampleInspection() Inspection {
	e := history.New(awsstub.ScenarioEvents(awsstub.AWS, "429"))
	e.Name = "429-20260102T030405Z-abcdef-00059"
	e.ARN = "arn:aws:states:eu-west-1:111122223333:execution:MyAPIStateMachine:" + e.Name
	e.Input = `{"statuscode": "429", "note": "` + strings.Repeat("many words ", 20) + `"}`
	e.Steps = append(e.Steps, history.Step{
		State: "A state whose name has eighty characters, the most that Step Functions allows!!",
		Type:  "Pass", Parent: 0, Entered: e.Start, Exited: e.Start.Add(time.Millisecond)})
	return Inspection{Execution: e}
}

func TestWidths(t *testing.T) {
	t.Parallel()
	failed := errors.New("cannot reach https://sts.eu-west-1.amazonaws.com: connection refused after several attempts")
	for name, show := range map[string]func(c *Console){
		"executions": func(c *Console) { sampleExecutions().Text(c) },
		"teardown":   func(c *Console) { sampleTeardown().Text(c) },
		"plan": func(c *Console) {
			Plan{Plan: teardown.Plan{Items: sampleTeardown().Items}, StackName: "retrycatch"}.Show(c)
		},
		"inspection": func(c *Console) { sampleInspection().Text(c) },
		"visits":     func(c *Console) { Visits{sampleInspection().Execution, "Call API"}.Text(c) },
		"load":       func(c *Console) { sampleLoad(2).Text(c) },
		"prose": func(c *Console) {
			c.Done("The stack retrycatch is CREATE_COMPLETE in account 111122223333, region eu-west-1.")
			c.Warn("the function's log group is kept, and so are the alarms and the dashboard")
			c.Fail(failed, "retrycatch deploy --stage staging --region eu-west-1 --profile somebody")
			c.Notice("the credentials expire in five minutes, and then the command stops")
			c.Heading("Deploy: retrycatch deploy --yes --stage staging")
			c.PrintPassed("The account has exactly the resources that it had before the deployment: 12 resources.")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireAllWidths(t, show)
		})
	}
}

// At 80 columns, each execution and each resource stays on one line. Errors, responses and reasons
// can take further lines.
func TestLinesAt80Columns(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		show func(c *Console)
		want string
	}{
		"executions": {func(c *Console) { sampleExecutions().Text(c) }, `
NAME                               STATUS        TOOK  ATTEMPTS  STARTED (UTC)
429-20260102T030405Z-abcdef-00059  ✓ SUCCEEDED  4.5 s         4  01-02 03:04:05
999-20260102T030405Z-abcdef-00060  ✗ FAILED     0.1 s         1  01-02 03:04:05
  Error: An error of unknown type occurred
503-20260102T030405Z-abcdef        … RUNNING                 12  01-02 04:04:05
`},
		"teardown": {func(c *Console) { sampleTeardown().showProof(c) }, `
NOW        RESOURCE                                            DELETED
✓ gone     IAM role lambda_basic_execution                     by the stack
✓ gone     IAM role step_functions_basic_execution             by the stack
✓ gone     Lambda function MockAPIFunction                     by the stack
● kept     log group /aws/vendedlogs/states/MyAPIStateMachine  no
? unknown  topic alarms                                        by the stack

RESOURCE                                            RESPONSE FROM ITS SERVICE
2 IAM roles                                         iam:GetRole: NoSuchEntity
1 Lambda function                                   lambda:
                                                    GetFunctionConfiguration:
                                                    ResourceNotFoundException
log group /aws/vendedlogs/states/MyAPIStateMachine  logs:DescribeLogGroups:
                                                    found
topic alarms                                        cannot check the topic: the
                                                    credentials cannot call
                                                    sns:GetTopicAttributes
The log group /aws/vendedlogs/states/MyAPIStateMachine is kept: the stack's
template retains it.
`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, "\n"+shownAt(80, test.show)); diff != "" {
				t.Errorf("the text differs (-want +got):\n%s", diff)
			}
		})
	}
}

// Without a terminal, lines do not break.
func TestNoTerminalWidth(t *testing.T) {
	t.Parallel()
	c, out, err := newTestConsole("")
	long := strings.Repeat("word ", 40) + "end"
	c.Print("%s", long)
	c.Progress("%s", long)
	c.Notice(long)
	if out.String() != long+"\n" || err.String() != long+"\n"+long+"\n" {
		t.Errorf("got standard output\n%sand standard error\n%swant unbroken lines", out, err)
	}
}

// aboveRecorder is a liveArea that records the last text written above it.
type aboveRecorder struct{ text string }

func (a *aboveRecorder) writeAbove(line string) { a.text = line }

func TestNoticeAboveLiveArea(t *testing.T) {
	t.Parallel()
	c, _, _ := newTestConsole("")
	c.errWidth = 20
	live := &aboveRecorder{}
	c.setLive(live)
	c.Notice("the credentials expire soon")
	if want := "the credentials\nexpire soon"; live.text != want {
		t.Errorf("got %q, want %q", live.text, want)
	}
}

// A short name is on the line of the time axis. A long name is on the line above.
func TestStepTable(t *testing.T) {
	t.Parallel()
	e := history.Execution{Status: types.ExecutionStatusSucceeded, Start: start, End: atMillisecond(1e9)}
	for _, state := range []string{"Short", "A name that is wider than a third"} {
		e.Steps = append(e.Steps, history.Step{State: state, Type: "Pass", Status: history.StepSucceeded,
			Entered: atMillisecond(5e8), Exited: atMillisecond(1e9), Parent: -1})
	}
	table := Inspection{Execution: e}.layOutSteps(80)
	var lines []string
	for _, step := range e.Steps {
		lines = append(lines, ansi.Strip(table.stepLines(step, 0)))
	}
	bar := strings.Repeat(" ", 13) + strings.Repeat("█", 13)
	want := []string{
		fmt.Sprintf("✓ %-24s  +138:53:20.00   5 d 19 h  %s", "Short", bar),
		fmt.Sprintf("✓ A name that is wider than a third\n%26s  +138:53:20.00   5 d 19 h  %s", "", bar),
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("the lines differ (-want +got):\n%s", diff)
	}
}
