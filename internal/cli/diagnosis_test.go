package cli

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/deployment"
	"retrycatch/internal/health"
	"retrycatch/internal/inventory"
	"retrycatch/internal/session"
)

// After an interrupt, Examine returns an error instead of an incomplete list of resources.
func TestExamineInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	stub := deployed(t, stackOf("CREATE_COMPLETE"), everything...)
	stub.On("CloudFormation.DetectStackResourceDrift", awsstub.Drift("IN_SYNC"))
	subject := targetIn(awsstub.Region, stub)
	stack, err := (&app{}).stack(ctx, subject)
	if err != nil {
		t.Fatal(err)
	}
	record, err := inventory.ReadRecord(ctx, subject.Config, stack)
	if err != nil {
		t.Fatal(err)
	}
	interrupt := func(call awsstub.Call) (*http.Response, error) {
		defer cancel()
		return awsstub.Role("lambda_basic_execution")(call)
	}
	stub.On("IAM.GetRole", interrupt)
	if examined, err := health.Examine(ctx, subject.Config, record); !errors.Is(err, context.Canceled) {
		t.Errorf("got %d resources and the error %v, want context.Canceled", len(examined), err)
	}
}

func TestRecheckStep(t *testing.T) {
	t.Parallel()
	for missing, want := range map[string]string{"": "retrycatch status --stage dev --region eu-west-1",
		"iam:GetRole": "ask an administrator to allow iam:GetRole; then retrycatch status --stage dev --region eu-west-1"} {
		d := health.Diagnosis{Unchecked: []string{"IAM role r"}}
		if missing != "" {
			d.MissingActions = []string{missing}
		}
		if got := teardownTarget().recheckStep(d); got != want {
			t.Errorf("got the next step %q, want %q", got, want)
		}
	}
}

func TestOtherStage(t *testing.T) {
	t.Parallel()
	for stage, want := range map[string]string{"": "dev", "dev": "dev-2", "dev-2": "dev-3",
		"aaaaaaaaaaaaaa-2": "aaaaaaaaaaaaaa-3",
		"aaaaaaaaaaaaaa-9": "aaaaaaaaaaaaa-10", "abcdefghijklm-x": "abcdefghijklm-2",
		"abcdefghijklmnop": "abcdefghijklmn-2"} {
		if got := otherStage(stage); got != want {
			t.Errorf("otherStage(%q): got %q, want %q", stage, got, want)
		}
		if _, err := deployment.FromPairs([]string{"stage=" + otherStage(stage)}, nil); err != nil {
			t.Errorf("otherStage(%q) returned an invalid stage: %v", stage, err)
		}
	}
	subject := &target{Session: &session.Session{Config: aws.Config{Region: awsstub.Region}}, stage: "dev",
		context: []string{"stage=dev", "protect=true", "regions=eu-west-1"}}
	want := "retrycatch deploy --stage dev-2 --region eu-west-1 -c protect=true -c regions=eu-west-1"
	if got := subject.OtherStageCommand(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	want = "retrycatch deploy --stage dev --region eu-west-1 -c regions=eu-west-1 -c stage=dev -c protect=true"
	if got := subject.RegionalCommand(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRoleARNFlag(t *testing.T) {
	t.Parallel()
	for value, valid := range map[string]bool{"": true, "arn:aws:iam::111122223333:role/a/b": true, "garbage": false,
		"arn:aws:s3:::bucket": false, "arn:aws:iam::111122223333:user/a": false} {
		if err := (destroyOptions{roleARN: value}).check(); (err == nil) != valid {
			t.Errorf("--role-arn %q: got the error %v; want no error: %t", value, err, valid)
		}
	}
}

func TestRepairProtected(t *testing.T) {
	t.Setenv("CDK_CONTEXT", "")
	record := inventory.Record{Stack: &inventory.Stack{Name: "retrycatch", Protected: true}}
	subject := teardownTarget()
	if got := subject.repairCommand(record, false); !strings.Contains(got, "npx cdk deploy --revert-drift") {
		t.Errorf("got %s, want a command that keeps the protected stack", got)
	}
	subject.Config.BaseEndpoint = aws.String("http://localhost:4566")
	const want = "retrycatch destroy --force --stage dev --region eu-west-1"
	if got := subject.repairCommand(record, false); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
