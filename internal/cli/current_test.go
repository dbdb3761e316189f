package cli

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/inventory"
)

// CloudFormation updated the test's state machine at 03:04:05. Step Functions reports the same time
// for the updated definition.
func TestAwaitDefinition(t *testing.T) {
	t.Parallel()
	updateTime := time.Date(2026, time.January, 2, 3, 4, 5, 0, time.UTC)
	template := awsstub.Template(`{"Resources": {"` +
		awsstub.LogicalID("AWS::StepFunctions::StateMachine", awsstub.StateMachineARN) +
		`": {"Properties": {"DefinitionString": {"Fn::Sub": ["{\"Resource\": \"${Arn}\", \"New\": 1}", ` +
		`{"Arn": {"Fn::GetAtt": ["F", "Arn"]}}]}}}}}`)
	updated := awsstub.ExecutionDefinition(`{"Resource": "arn", "New": 1}`)
	previous := awsstub.JSON(`{"definition": "{\"Resource\": \"arn\"}", "updateDate": 1767300000}`)
	tests := []struct {
		name    string
		status  types.StackStatus
		began   time.Time // when the stack's update began
		now     time.Time
		answers []awsstub.Answer // to reading the execution's definition
		starts  int
		stderr  string // a part of standard error; empty for no output
	}{
		{"a new stack", types.StackStatusCreateComplete, updateTime.Add(-time.Second), updateTime, nil, 0, ""},
		{"an old update", types.StackStatusUpdateComplete,
			updateTime.Add(-time.Second), updateTime.Add(time.Hour), nil, 0,
			""},
		{"an update of other resources", types.StackStatusUpdateComplete,
			updateTime.Add(time.Second), updateTime.Add(time.Second),
			nil, 0, ""},
		{"the new definition immediately", types.StackStatusUpdateComplete,
			updateTime.Add(-time.Second), updateTime,
			[]awsstub.Answer{updated}, 1, ""},
		{"the previous definition at first", types.StackStatusUpdateComplete,
			updateTime.Add(-time.Second), updateTime,
			[]awsstub.Answer{previous, previous, updated}, 3, "Restarting the execution"},
		{"the previous definition after a rollback", types.StackStatusUpdateRollbackComplete,
			updateTime.Add(-time.Second), updateTime,
			[]awsstub.Answer{previous, updated}, 2, "Restarting the execution"},
		{"the previous definition forever", types.StackStatusUpdateComplete,
			updateTime.Add(-time.Second), updateTime,
			[]awsstub.Answer{previous}, 15, "After half a minute"},
		{"a definition edited after the update", types.StackStatusUpdateComplete,
			updateTime.Add(-time.Second), updateTime,
			[]awsstub.Answer{awsstub.ExecutionDefinition("{}")}, 1, ""},
		{"reading the definition is denied", types.StackStatusUpdateComplete,
			updateTime.Add(-time.Second), updateTime,
			[]awsstub.Answer{awsstub.Denied()}, 1, "just deployed: the credentials cannot"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(time.Until(test.now)) // fake time
				stub := awsstub.New(t).On("CloudFormation.GetTemplate", template).On("SFN.StopExecution",
					awsstub.JSON(`{"stopDate": 1}`)).
					On("CloudFormation.ListStackResources",
						awsstub.StackResources("",
							[2]string{"AWS::StepFunctions::StateMachine", awsstub.StateMachineARN})).
					On("SFN.StartExecution", awsstub.JSON(`{"executionArn": "arn:started", "startDate": 1}`))
				if len(test.answers) > 0 {
					stub.On("SFN.DescribeStateMachineForExecution", test.answers...)
				}
				runs, err := (&app{}).plan(t.Context(), runOptions{scenario: "200"})
				if err != nil {
					t.Fatal(err)
				}
				subject := targetIn(awsstub.Region, stub)
				console, _, stderr := consoleOf("")
				stack := &inventory.Stack{Name: "retrycatch", ARN: awsstub.StackARN, Status: test.status,
					Created: updateTime.Add(-time.Hour), Updated: test.began}
				err = (&app{console: console}).awaitDefinition(t.Context(), subject, stack,
					firstExecution{awsstub.StateMachineARN, func(suffix string) { rename(runs, suffix) },
						func() (string, error) { return subject.start(t.Context(), awsstub.StateMachineARN, runs[0]) }})
				if err != nil {
					t.Fatal(err)
				}
				names := map[string]bool{}
				for _, input := range stub.Inputs("SFN.StartExecution") {
					names[aws.ToString(input.(*sfn.StartExecutionInput).Name)] = true
				}
				if len(names) != test.starts || test.starts > 0 && !names[runs[0].Name] {
					t.Errorf("got the executions %v, want %d executions, including %s", names, test.starts,
						runs[0].Name)
				}
				if test.stderr == "" && stderr.Len() > 0 || !strings.Contains(stderr.String(), test.stderr) {
					t.Errorf("got standard error %q, want %q", stderr, test.stderr)
				}
			})
		})
	}
}

func TestAwaitListed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		answers []awsstub.Answer
		arns    []string
		calls   int
		stderr  string
	}{
		{"no executions", nil, nil, 0, ""},
		{"listed immediately", []awsstub.Answer{awsstub.Executions("arn:1")}, []string{"arn:1"}, 1, ""},
		{"listed later", []awsstub.Answer{awsstub.Executions(), awsstub.Executions("arn:1")},
			[]string{"arn:1"}, 2,
			"Waiting until Step Functions lists the executions.\n"},
		{"never listed", []awsstub.Answer{awsstub.Executions()}, []string{"arn:1"}, 15,
			"Waiting until Step Functions lists the executions.\n" +
				"Step Functions' list still lacks 1 execution. For a while, " +
				"retrycatch inspect latest --stage dev --region eu-west-1 " +
				"and retrycatch report --stage dev --region eu-west-1 may show older executions.\n"},
		{
			"listing is denied",
			[]awsstub.Answer{awsstub.Denied()},
			[]string{"arn:1"},
			1,
			"Cannot check whether Step Functions lists the executions yet: the credentials cannot call " +
				"states:ListExecutions: AccessDeniedException: " + awsstub.DeniedText + "ListExecutions\n",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				stub := awsstub.New(t)
				if len(test.answers) > 0 {
					stub.On("SFN.ListExecutions", test.answers...)
				}
				console, _, stderr := consoleOf("")
				subject := targetIn(awsstub.Region, stub)
				subject.stage = "dev"
				(&app{console: console}).awaitListed(t.Context(), subject, awsstub.StateMachineARN, test.arns...)
				if diff := cmp.Diff(test.stderr, stderr.String()); diff != "" || len(stub.Calls()) != test.calls {
					t.Errorf("got %d calls, want %d; standard error (-want +got, empty if equal):\n%s",
						len(stub.Calls()), test.calls, diff)
				}
			})
		})
	}
}
