package preflight

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"retrycatch/internal/accountstub"
	"retrycatch/internal/awsstub"
	"retrycatch/internal/inventory"
)

// TestFailures makes the calls of a check fail, one at a time. The check must return the failure.
func TestFailures(t *testing.T) {
	t.Parallel()
	const roleARN = "arn:aws:iam::111122223333:role/mine"
	stubbed := func(answers map[string]awsstub.Answer) func(*testing.T) aws.Config {
		return func(t *testing.T) aws.Config {
			stub := awsstub.New(t)
			for operation, answer := range answers {
				stub.On(operation, answer)
			}
			return stub.Config()
		}
	}
	checks := map[string]struct {
		config  func(*testing.T) aws.Config
		check   func(context.Context, aws.Config) error
		ignored int // number of the call whose failure the check ignores, or 0
	}{
		"CheckDeploy": {func(t *testing.T) aws.Config {
			a, _ := deployed(t)
			return a.Config()
		}, func(ctx context.Context, cfg aws.Config) error {
			return errors.Join(CheckDeploy(ctx, cfg, "retrycatch", expected, fakeTarget{})...)
		}, 3}, // call 3 reads the template, which the check does not need
		"CheckDeploy, name in use": {func(t *testing.T) aws.Config {
			a := accountstub.New(t)
			a.Add(group, instance{Created: ago(time.Hour)})
			return a.Config()
		}, func(ctx context.Context, cfg aws.Config) error {
			return errors.Join(CheckDeploy(ctx, cfg, "retrycatch", expected, fakeTarget{})...)
		}, 0},
		"ReadBootstrap": {stubbed(map[string]awsstub.Answer{
			getParameter:                    awsstub.Error(http.StatusBadRequest, "ParameterNotFound", ""),
			getParameters:                   awsstub.JSON(`{"Parameters": []}`),
			"CloudFormation.DescribeStacks": awsstub.NoStack(),
		}), func(ctx context.Context, cfg aws.Config) error {
			_, err := ReadBootstrap(ctx, cfg, "q", "CDKToolkit")
			return err
		}, 0},
		"CheckDeployRole": {stubbed(map[string]awsstub.Answer{getRole: awsstub.Role("mine")}),
			func(ctx context.Context, cfg aws.Config) error {
				return errors.Join(CheckDeployRole(ctx, cfg, roleARN, "CDK_ROLE_ARN", "111122223333")...)
			}, 0},
		"CheckBoundary": {stubbed(map[string]awsstub.Answer{"IAM.GetPolicy": awsstub.XML("<Policy></Policy>")}),
			func(ctx context.Context, cfg aws.Config) error {
				return CheckBoundary(ctx, cfg, "arn:aws:iam::111122223333:policy/limit")
			}, 0},
		"CheckDeletion, execution role": {stubbed(map[string]awsstub.Answer{getRole: awsstub.Role("mine")}),
			func(ctx context.Context, cfg aws.Config) error {
				_, err := CheckDeletion(ctx, cfg, Teardown{Stack: &inventory.Stack{RoleARN: roleARN}}, fakeTarget{})
				return err
			}, 0},
		"CheckDeletion, caller": {stubbed(map[string]awsstub.Answer{getRole: awsstub.XML("")}),
			func(ctx context.Context, cfg aws.Config) error {
				_, err := CheckDeletion(ctx, cfg, Teardown{Stack: &inventory.Stack{},
					Caller: "arn:aws:sts::111122223333:assumed-role/mine/me"}, fakeTarget{})
				return err
			}, 0},
	}
	broken := errors.New("broken")
	for name, test := range checks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for n, more := 1, true; more; n++ {
				cfg, reached := awsstub.FailNthCall(test.config(t), n, func() error { return broken })
				err := test.check(t.Context(), cfg)
				more = reached()
				returned, want := errors.Is(err, broken), more && n != test.ignored
				if returned != want {
					t.Errorf("failure of call %d is returned: got %t, want %t; error: %v", n, returned, want, err)
				}
			}
		})
	}
}
