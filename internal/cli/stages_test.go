package cli

import (
	"net/http"
	"strings"
	"testing"

	"retrycatch/internal/awsstub"
)

func TestUnknownStageError(t *testing.T) {
	t.Parallel()
	stacks := awsstub.Stacks("", awsstub.StackSummary{Name: "retrycatch", Status: "CREATE_COMPLETE"},
		awsstub.StackSummary{Name: "retrycatch-dev", Status: "CREATE_COMPLETE"},
		awsstub.StackSummary{Name: "retrycatch-dve", Status: "DELETE_COMPLETE"})
	const missing = "the stack retrycatch is not deployed in account 111122223333, region eu-west-1"
	const deploy = "retrycatch deploy"
	tests := []struct {
		name, stage string
		list        awsstub.Answer
		want        []string // the problem and its next step
		hint        string
	}{
		{
			"similar stage",
			"dve",
			stacks,
			[]string{missing + "; did you mean the stage dev?", "retrycatch status --stage dev --region eu-west-1"},
			"Did you mean the stage dev?\n  next: retrycatch status --stage dev --region eu-west-1\n",
		},
		{"no similar stage", "prod", stacks, []string{missing, deploy + " --stage prod --region eu-west-1"}, ""},
		{"no stage", "", stacks, []string{missing, deploy + " --region eu-west-1"}, ""},
		{"no permission", "dve", awsstub.Error(http.StatusForbidden, "AccessDenied", "no"),
			[]string{missing, deploy + " --stage dve --region eu-west-1"}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			missing := targetIn("eu-west-1", awsstub.New(t).On("CloudFormation.DescribeStacks", awsstub.NoStack()).
				On("CloudFormation.ListStacks", test.list))
			missing.stage = test.stage
			_, err := missing.stack(t.Context())
			requireProblems(t, err, test.want...)
			console, _, stderr := consoleOf("")
			(&app{console: console}).suggestStages(t.Context(), missing)
			if !strings.Contains(stderr.String(), test.hint) || (test.hint == "") != (stderr.Len() == 0) {
				t.Errorf("got %q, want it to contain %q", stderr, test.hint)
			}
		})
	}
}
