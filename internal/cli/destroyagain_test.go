package cli

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"retrycatch/internal/awsstub"
)

// If the stack does not exist, destroy only checks again that every resource is gone.
func TestDestroyAgain(t *testing.T) {
	t.Parallel()
	const nothing = "✓ There is nothing to destroy: the stack retrycatch does not exist in account 111122223333, " +
		"region eu-west-1."
	tests := []struct {
		name    string
		prepare func(a *account)
		out     string   // part of the proof
		stderr  string   // how standard error ends after success
		want    []string // the problem and its next step
	}{
		{"every resource gone", func(*account) {}, "✓ gone", nothing + " Confirmed gone: 1 resource.\n", nil},
		{"never deployed", func(a *account) { a.On("CloudFormation.ListStacks", awsstub.Stacks("")) },
			"", nothing + "\n", nil},
		{"a role that the caller cannot read", func(a *account) { a.On("IAM.GetRole", awsstub.Denied()) },
			"? unknown", "",
			[]string{"the stack retrycatch does not exist, but some of its resources may still exist; " +
				"cannot check whether these are gone: IAM role lambda_basic_execution, IAM role lambda_basic_execution_eu-west-1 " +
				"(the credentials cannot call iam:GetRole)",
				"ask an administrator to allow iam:GetRole; then retrycatch destroy --region eu-west-1"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := newAccount(t)
				a.deleted, a.roles[functionRole] = true, false
				test.prepare(a)
				out, stderr, err := tearDownIn(t.Context(), a, "", destroyOptions{})
				if !strings.Contains(out, test.out) {
					t.Errorf("got the output\n%s\nwant it to contain %q", out, test.out)
				}
				if len(a.changingCalls()) > 0 {
					t.Errorf("got the calls %v, want no call that changes the account", a.changingCalls())
				}
				if test.want == nil {
					if err != nil || !strings.HasSuffix(stderr, test.stderr) || strings.Count(stderr, "✓") != 1 {
						t.Errorf("got the error %v, want none; standard error:\n%s\nwant it to end with\n%s",
							err, stderr, test.stderr)
					}
					return
				}
				requireProblems(t, err, test.want...)
				if exitCode(err) != exitBad || strings.Contains(stderr, "✓") {
					t.Errorf("got exit code %d, want %d and no success message; output and standard error:\n%s%s",
						exitCode(err), exitBad, out, stderr)
				}
			})
		})
	}
}

// After an interrupt, the suggested command keeps the user's options except --yes.
func TestDestroyInterrupted(t *testing.T) {
	t.Parallel()
	a := newAccount(t, awsstub.ProjectTags())
	ctx, cancel := context.WithCancel(t.Context())
	a.On("CloudFormation.DeleteStack", func(_ awsstub.Call) (*http.Response, error) {
		cancel()
		return nil, ctx.Err()
	})
	_, _, err := tearDownIn(ctx, a, "", destroyOptions{yes: true, force: true, roleARN: execRole})
	requireProblems(t, err, "the teardown was interrupted, and CloudFormation may still be deleting the stack",
		"retrycatch destroy --force --role-arn "+execRole+" --region eu-west-1")
}
