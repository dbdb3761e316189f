package view

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A sentence breaks at spaces, but not inside commands.
func TestWrapNextStep(t *testing.T) {
	t.Parallel()
	const command = "retrycatch destroy --force --stage dev --region eu-west-1"
	tests := []struct {
		name, next string
		want       string // text at 40 columns
	}{
		{"sentence", "give one like arn:aws:iam::123456789012:role/NAME with --role-arn",
			"  next: give one like\n     arn:aws:iam::123456789012:role/NAME\n        with --role-arn"},
		{"command", command, "  next: " + command},
		{"command of the AWS CLI", "aws logs tail --region eu-west-1 /aws/lambda/MockAPIFunction",
			"  next: aws logs tail --region eu-west-1 /aws/lambda/MockAPIFunction"},
		{"command after then", "ask an administrator to allow iam:GetRole; then retrycatch status --stage dev",
			"  next: ask an administrator to allow\n        iam:GetRole; then\n        retrycatch status --stage dev"},
		{"command after a colon", "choose one of its executions: " + command,
			"  next: choose one of its executions: " + command},
		{"commands in backticks", "log in with `aws login` or `aws sso login --profile dev`, or set AWS_PROFILE",
			"  next: log in with `aws login` or\n        `aws sso login --profile dev`,\n        or set AWS_PROFILE"},
		{"program's name without a command", "unset it, or use retrycatch deploy, run and destroy",
			"  next: unset it, or use retrycatch\n        deploy, run and destroy"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, wrapMessage("  next: "+test.next, 40)); diff != "" {
				t.Errorf("the message differs (-want +got):\n%s", diff)
			}
			c, _, err := newTestConsole("")
			c.errWidth = 40
			c.Hint("why", test.next)
			if got, _ := strings.CutPrefix(err.String(), "why\n"); got != test.want+"\n" {
				t.Errorf("Hint: got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

// After "error:", a program's name starts a sentence, not a command.
func TestWrapErrorAboutCommand(t *testing.T) {
	t.Parallel()
	const text = "error: retrycatch inspect takes one EXECUTION, not two"
	const want = "error: retrycatch inspect takes\none EXECUTION, not two"
	if got := wrapMessage(text, 34); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
