package cli

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/inventory"
	"retrycatch/internal/resource"
	"retrycatch/internal/session"
	"retrycatch/internal/teardown"
)

// Items of a teardown's proof in various states. The proof shows, for each resource, whether it is
// gone and which call confirmed that.
var (
	goneRole = teardown.Item{Resource: resource.Resource{Kind: resource.Role, ID: "lambda_basic_execution"},
		Fate: teardown.WithStack, State: teardown.Gone, Proof: "iam:GetRole: NoSuchEntity"}
	leftTopic = teardown.Item{Resource: resource.Resource{Kind: resource.Topic, ID: awsstub.TopicARN},
		Fate: teardown.Earlier, State: teardown.Remaining, Removable: true,
		Proof: "sns:GetTopicAttributes: found", Why: "was left behind by the stack retrycatch"}
	visibleRole = teardown.Item{Resource: goneRole.Resource, Fate: teardown.WithStack, State: teardown.Remaining,
		Proof: "iam:GetRole: found",
		Why:   "still exists, although CloudFormation reported that it was deleted"}
	keptGroup = teardown.Item{Resource: resource.Resource{Kind: resource.LogGroup, ID: "/aws/lambda/MockAPIFunction"},
		Fate: teardown.NotDeleted, State: teardown.Kept,
		Proof: "logs:DescribeLogGroups: found", Why: "is kept: the stack's template retains it"}
	foreignFunction = teardown.Item{Resource: resource.Resource{Kind: resource.Function, ID: "MockAPIFunction"},
		Fate: teardown.NotDeleted, State: teardown.Foreign,
		Proof: "lambda:GetFunctionConfiguration: found", Why: "was not created by any stack of this stage"}
	deniedRole = teardown.Item{Resource: goneRole.Resource, State: teardown.Unknown,
		Err: &smithy.OperationError{ServiceID: "IAM", OperationName: "GetRole",
			Err: &smithy.GenericAPIError{Code: "AccessDenied"}}}
	unknownQueue = teardown.Item{Resource: resource.Resource{Kind: "AWS::SQS::Queue", ID: "https://queue"},
		State: teardown.Unknown, Err: errors.New("UnsupportedActionException")}
)

func teardownTarget() *target {
	cfg := aws.Config{Region: awsstub.Region}
	return &target{Session: &session.Session{Config: cfg, Account: awsstub.Account}, stackName: "retrycatch-dev",
		stage: "dev"}
}

var deletedStack = &inventory.Stack{Name: "retrycatch-dev", ARN: awsstub.StackARN}

func TestTeardownFinished(t *testing.T) {
	t.Parallel()
	const done = "✓ The stack retrycatch-dev is deleted. Confirmed gone: 1 resource.\n"
	tests := []struct {
		name   string
		report teardown.Report
		states []string // in the proof's table
		out    string   // below the table
		stderr string
	}{
		{"every resource gone", teardown.Report{Items: []teardown.Item{goneRole}}, []string{"✓ gone"}, "", done},
		{"executions stopped", teardown.Report{Stopped: 1, Items: []teardown.Item{goneRole}}, []string{"✓ gone"}, "",
			strings.TrimSuffix(done, "\n") + " 1 execution stopped.\n"},
		{
			"kept and foreign",
			teardown.Report{Items: []teardown.Item{goneRole, keptGroup, foreignFunction}},
			[]string{"✓ gone", "● kept", "● not ours"},
			"The log group /aws/lambda/MockAPIFunction is kept: the stack's template retains it.\n" +
				"The Lambda function MockAPIFunction was not created by any stack of this stage.\n",
			"✓ The stack retrycatch-dev is deleted. Confirmed gone: 1 resource. Still there: 2 resources, " +
				"for the reasons listed.\n",
		},
		{"resources that stay", teardown.Report{Items: []teardown.Item{goneRole},
			Notes: []teardown.Note{{Name: "X-Ray traces", Why: "X-Ray keeps them for 30 days"},
				{Name: "the EventBridge rule orders-nightly", Why: "it has the state machine as a target",
					Command: "aws events list-targets-by-rule --rule orders-nightly"}}},
			[]string{"✓ gone"}, "",
			"The EventBridge rule orders-nightly is not deleted: it has the state machine as a target.\n" +
				"  next: aws events list-targets-by-rule --rule orders-nightly --region eu-west-1\n" +
				"Kept by AWS: X-Ray traces (X-Ray keeps them for 30 days).\n" + done},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			console, out, stderr := consoleOf("")
			test.report.Stack = deletedStack
			if err := (&app{console: console}).endTeardown(teardownTarget(),
				teardownOutcome{report: test.report, options: destroyOptions{output: outputText}}); err != nil {
				t.Fatal(err)
			}
			table, rest, _ := strings.Cut(out.String(), "\n\n")
			var states []string
			for _, line := range strings.Split(table, "\n")[1:] {
				state, _, _ := strings.Cut(line, "  ")
				states = append(states, state)
			}
			below := ""
			for line := range strings.Lines(rest) {
				if strings.HasPrefix(line, "The ") {
					below += line
				}
			}
			for part, diff := range map[string]string{"states": cmp.Diff(test.states, states),
				"lines below the table": cmp.Diff(test.out, below),
				"standard error":        cmp.Diff(test.stderr, stderr.String())} {
				if diff != "" {
					t.Errorf("%s (-want +got):\n%s", part, diff)
				}
			}
		})
	}
}

func TestTeardownUnfinished(t *testing.T) {
	t.Parallel()
	const again = "retrycatch destroy --stage dev --region eu-west-1"
	const force = "retrycatch destroy --force --stage dev --region eu-west-1"
	failed := &teardown.FailedError{Stack: "retrycatch-dev", Status: "DELETE_FAILED"}
	denied := &smithy.OperationError{ServiceID: "CloudFormation", OperationName: "DeleteStack",
		Err: &smithy.GenericAPIError{Code: "AccessDenied", Message: "no"}}
	expired := &smithy.GenericAPIError{Code: "ExpiredToken", Message: "it expired"}
	tests := []struct {
		name  string
		items []teardown.Item
		err   error
		force bool
		what  string
		next  string
	}{
		{"a removable resource left", []teardown.Item{goneRole, keptGroup, leftTopic}, nil, false,
			"left: topic retrycatch-alarms", force},
		{"a resource left despite --force", []teardown.Item{leftTopic}, nil, true, "left: topic retrycatch-alarms",
			"aws sns delete-topic --topic-arn " + awsstub.TopicARN + " --region eu-west-1"},
		{"a deleted role still visible", []teardown.Item{visibleRole}, nil, false,
			"left: IAM role lambda_basic_execution", again},
		{"stack not deleted", []teardown.Item{leftTopic}, failed, false, "left: topic retrycatch-alarms", force},
		{"stack not deleted, nothing removable", []teardown.Item{visibleRole}, failed, false,
			"left: IAM role lambda_basic_execution", force},
		{"a check is denied", []teardown.Item{deniedRole}, nil, false,
			"cannot check whether these are gone: IAM role lambda_basic_execution (the credentials cannot call iam:GetRole)",
			"ask an administrator to allow iam:GetRole; then " + again},
		{"an unknown kind of resource", []teardown.Item{unknownQueue}, nil, false,
			"cannot check whether these are gone: AWS::SQS::Queue https://queue",
			"aws cloudcontrol list-resources --type-name AWS::SQS::Queue --region eu-west-1"},
		{"expired credentials", []teardown.Item{goneRole}, expired, false, "the AWS credentials have expired",
			"; then " + again},
		{"no permission to delete", nil, denied, false, "the credentials cannot call cloudformation:DeleteStack",
			"ask an administrator to allow cloudformation:DeleteStack, or use other credentials with --profile; then " + again},
		{"an unknown state without an error",
			[]teardown.Item{{Resource: goneRole.Resource, State: teardown.Unknown}}, nil, false,
			"cannot check whether these are gone: IAM role lambda_basic_execution", again},
		{"stack not deleted despite --force", nil, failed, true,
			"the stack retrycatch-dev was not deleted: its status is DELETE_FAILED",
			"aws cloudformation describe-stack-events --stack-name retrycatch-dev --region eu-west-1"},
		{"another error", nil, errors.New("broken"), false, "broken", again},
		{"an interrupt", []teardown.Item{leftTopic}, context.Canceled, false, "the teardown was interrupted", again},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			console, _, stderr := consoleOf("")
			err := (&app{console: console}).endTeardown(teardownTarget(),
				teardownOutcome{report: teardown.Report{Stack: deletedStack, Items: test.items},
					err: test.err, options: destroyOptions{output: outputText, force: test.force}})
			requireProblems(t, err, test.what, test.next)
			if result := (*badResult)(nil); !errors.As(err, &result) {
				t.Errorf("got %v, want a *badResult", err)
			}
			if strings.Contains(err.Error(), "log group") || stderr.Len() > 0 {
				t.Errorf("got the error %v and standard error %q, want neither the kept log group nor a success message",
					err, stderr)
			}
		})
	}
}

func TestTeardownDocument(t *testing.T) {
	t.Parallel()
	console, out, _ := consoleOf("")
	report := teardown.Report{Stack: deletedStack, Stopped: 2, Items: []teardown.Item{goneRole, keptGroup},
		Notes: []teardown.Note{{Name: "X-Ray traces", Why: "X-Ray keeps them for 30 days"}}}
	if err := (&app{console: console}).endTeardown(teardownTarget(),
		teardownOutcome{report: report, options: destroyOptions{output: outputJSON}}); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"stack": awsstub.StackARN, "executionsStopped": 2.0, "resources": []any{
		map[string]any{"type": "AWS::IAM::Role", "name": "lambda_basic_execution", "how": "with the stack",
			"now": "gone", "gone": true, "proof": "iam:GetRole: NoSuchEntity"},
		map[string]any{"type": "AWS::Logs::LogGroup", "name": "/aws/lambda/MockAPIFunction", "how": "not deleted",
			"now": "kept", "gone": false, "kept": true,
			"why": "is kept: the stack's template retains it", "proof": "logs:DescribeLogGroups: found"}},
		"stays": []any{map[string]any{"name": "X-Ray traces", "why": "X-Ray keeps them for 30 days"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the document differs (-want +got):\n%s", diff)
	}
}
