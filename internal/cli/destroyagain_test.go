package cli

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"retrycatch/internal/awsstub"
)

// If the stack is gone, destroy repeats the proof and changes nothing.
func TestDestroyAgain(t *testing.T) {
	t.Parallel()
	const nothing = "There is nothing to destroy: the stack retrycatch does not exist in account 111122223333, region eu-west-1.\n"
	tests := []struct {
		name    string
		prepare func(a *account)
		out     []string
		want    []string // what is wrong and what to do
	}{
		{"all is gone", func(*account) {}, []string{"✓ gone", nothing}, nil},
		{"never deployed", func(a *account) { a.On("CloudFormation.ListStacks", awsstub.Stacks("")) },
			[]string{nothing}, nil},
		{"a role that may not be read", func(a *account) { a.On("IAM.GetRole", awsstub.Denied()) },
			[]string{"? unknown"},
			[]string{"the stack retrycatch does not exist, but some of its resources are not proved to be gone; " +
				"cannot be checked: IAM role lambda_basic_execution, IAM role lambda_basic_execution_eu-west-1 (the credentials may not call iam:GetRole)",
				"ask an administrator to allow iam:GetRole; then retrycatch destroy --region eu-west-1"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := newAccount(t)
				a.deleted, a.roles[flowRole] = true, false
				test.prepare(a)
				out, said, err := tearDownIn(t.Context(), a, "", destroyOptions{})
				for _, part := range test.out {
					if !strings.Contains(out, part) {
						t.Errorf("it prints\n%s\nwithout %q", out, part)
					}
				}
				if len(a.changes()) > 0 {
					t.Errorf("it called %v", a.changes())
				}
				if test.want == nil {
					if err != nil {
						t.Errorf("it ends with %v", err)
					}
					return
				}
				requireProblems(t, err, test.want...)
				if exitCode(err) != exitBad || strings.Contains(out, nothing) || strings.Contains(said, "✓") {
					t.Errorf("the exit code is %d, it prints\n%s\nand says\n%s", exitCode(err), out, said)
				}
			})
		})
	}
}

// The next step has the user's own options.
func TestDestroyInterrupted(t *testing.T) {
	t.Parallel()
	a := newAccount(t, awsstub.Ours())
	ctx, cancel := context.WithCancel(t.Context())
	a.On("CloudFormation.DeleteStack", func(call awsstub.Call) (*http.Response, error) {
		cancel()
		return nil, ctx.Err()
	})
	_, _, err := tearDownIn(ctx, a, "", destroyOptions{yes: true, force: true, roleARN: execRole})
	requireProblems(t, err, "the teardown was interrupted, and CloudFormation may still be deleting the stack",
		"retrycatch destroy --force --role-arn "+execRole+" --region eu-west-1")
}
