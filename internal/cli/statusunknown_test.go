package cli

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/session"
	"retrycatch/internal/view"
)

// If a check fails, "retrycatch status" still shows the other resources, and marks the unchecked
// resource as unknown.
func TestStatusUnknown(t *testing.T) {
	t.Parallel()
	const queue = "https://sqs.eu-west-1.amazonaws.com/111122223333/jobs"
	tests := []struct {
		name      string
		operation string
		answer    awsstub.Answer
		unknown   string // the resource whose existence is unknown, if any
		why       string
		row       string // the expected row of one resource in the printed list
		running   []string
	}{
		{"denied resource", "SNS.GetTopicAttributes", awsstub.Denied(), "retrycatch-alarms",
			"cannot check whether the topic retrycatch-alarms exists: the credentials cannot call sns:GetTopicAttributes",
			"? topic retrycatch-alarms unknown in sync", []string{"arn:running"}},
		{"unsupported resource type", "CloudControl.GetResource", awsstub.Error(400, "UnsupportedActionException", "no GET"),
			queue,
			"cannot check whether the AWS::SQS::Queue " + queue + " exists: ",
			"? AWS::SQS::Queue " + queue + " unknown in sync", []string{"arn:running"}},
		{"denied role policies", "IAM.ListRolePolicies", awsstub.Denied(), "",
			"cannot check what prevents the deletion of the IAM role lambda_basic_execution: the credentials cannot call " +
				"iam:ListRolePolicies",
			"✓ IAM role lambda_basic_execution in sync", []string{"arn:running"}},
		{"denied executions", "SFN.ListExecutions", awsstub.Denied(), "",
			"cannot list the running executions of " + awsstub.StateMachineARN +
				": the credentials cannot call states:ListExecutions",
			"✓ state machine MyAPIStateMachine ACTIVE in sync", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := deployed(t, stackOf("CREATE_COMPLETE"), everything...).On(test.operation, test.answer)
			if test.operation == "CloudControl.GetResource" {
				stub.On("CloudFormation.ListStackResources",
					awsstub.StackResources("", [2]string{"AWS::IAM::Role", "lambda_basic_execution"},
						[2]string{"AWS::SQS::Queue", queue},
						[2]string{"AWS::StepFunctions::StateMachine", awsstub.StateMachineARN}))
			}
			subject := targetIn("eu-west-1", stub)
			s, err := readStatus(t.Context(), subject)
			if err != nil {
				t.Fatal(err)
			}
			why := strings.Join(s.Warnings, "")
			for _, r := range s.Resources {
				if r.Exists == (r.Name == test.unknown) || (r.Unknown != "") != (r.Name == test.unknown) {
					t.Errorf("got %+v, want the existence to be unknown: %t", r, r.Name == test.unknown)
				}
				why += r.Unknown
			}
			console, out, remarks := consoleOf("")
			s.Text(console)
			printed := strings.Join(strings.Fields(out.String()+remarks.String()), " ")
			if !strings.HasPrefix(why, test.why) || !strings.Contains(printed, view.Capitalize(test.why)) ||
				!strings.Contains(printed, test.row) {
				t.Errorf("got the reason %q and output\n%s\nwant %q and %q", why, printed, test.why, test.row)
			}
			if diff := cmp.Diff(test.running, s.Running); diff != "" ||
				strings.Contains(printed, "running.") != (s.Running != nil) {
				t.Errorf("got output\n%s\nthe running executions differ (-want +got):\n%s", printed, diff)
			}
		})
	}
}

func TestStatusForeignStack(t *testing.T) {
	t.Parallel()
	subject := targetIn("eu-west-1", deployed(t, awsstub.Stack("UPDATE_COMPLETE", awsstub.Tags("Project", "payroll")),
		everything...))
	s, err := readStatus(t.Context(), subject)
	if err != nil {
		t.Fatal(err)
	}
	if s.Healthy || !s.Foreign || len(s.Resources)+len(s.Running) > 0 {
		t.Errorf("got status %+v, want a foreign stack without resources", s)
	}
	console, out, remarks := consoleOf("")
	s.Text(console)
	const foreign = "the stack retrycatch belongs to somebody else: it does not have the tag Project=retrycatch\n  next: "
	want := "Stack retrycatch is UPDATE_COMPLETE in account 111122223333, region eu-west-1.\n" +
		"retrycatch deploy is blocked: " + foreign + "retrycatch deploy --stage dev --region eu-west-1\n" +
		"retrycatch destroy is blocked: " + foreign + s.Next + "\n"
	if diff := cmp.Diff(want, remarks.String()+out.String()); diff != "" {
		t.Errorf("the output differs (-want +got):\n%s", diff)
	}
	if !strings.HasPrefix(s.Next, "aws cloudformation describe-stacks --query ") {
		t.Errorf("got next step %q, want the command that lists the stacks", s.Next)
	}
}

// TestStatusUncertain checks that status distinguishes an unknown resource from a faulty one.
func TestStatusUncertain(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ drift, verdict, problem string }{
		"one unknown":                {"IN_SYNC", "? not known to be healthy: cannot check", "is not known to be healthy"},
		"one unknown and one faulty": {"MODIFIED", "✗ not healthy: ", "is not healthy"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stub := deployed(t, stackOf("CREATE_COMPLETE"), everything...).On("SNS.GetTopicAttributes", awsstub.Denied()).
				On("STS.AssumeRole", awsstub.Denied()).On("CloudFormation.ListStacks", awsstub.Stacks("")).
				On("CloudFormation.ListStackResources", awsstub.StackResources("", [2]string{"AWS::SNS::Topic", awsstub.TopicARN},
					[2]string{"AWS::StepFunctions::StateMachine", awsstub.StateMachineARN})).
				On("CloudFormation.DetectStackResourceDrift", awsstub.Drift(test.drift))
			code, _, stderr := runStatus(t, stub)
			if code != exitBad || !strings.Contains(stderr, test.verdict) ||
				!strings.Contains(stderr, "error: the stack retrycatch "+test.problem+"\n") {
				t.Errorf("got exit code %d and\n%s\nwant %d, %q and %q", code, stderr, exitBad, test.verdict, test.problem)
			}
		})
	}
}

// runStatus runs retrycatch status in the stub's account. The stub must respond to every call.
func runStatus(t *testing.T, stub *awsstub.Stub) (code int, out, stderr string) {
	t.Helper()
	cdk, _ := fakeCDK(t)
	console, output, messages := consoleOf("")
	a := &app{console: console, args: []string{"status", "--project", cdk.Project}, executable: os.Executable,
		opener: func(context.Context, string) (*session.Session, error) {
			return targetIn("eu-west-1", stub).Session, nil
		}}
	code = a.execute(t.Context(), view.Streams{In: strings.NewReader(""), Out: output, Err: messages})
	return code, output.String(), messages.String()
}
