package cli

import (
	"net/http"
	"strings"
	"testing"

	"retrycatch/internal/awsstub"
)

func TestUnknownStage(t *testing.T) {
	t.Parallel()
	listed := awsstub.Stacks("", awsstub.StackSummary{Name: "retrycatch", Status: "CREATE_COMPLETE"},
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
			"a similar stage",
			"dve",
			listed,
			[]string{missing + "; did you mean the stage dev?", "retrycatch status --stage dev --region eu-west-1"},
			"Did you mean the stage dev?\n  next: retrycatch status --stage dev --region eu-west-1\n",
		},
		{"no similar stage", "prod", listed, []string{missing, deploy + " --stage prod --region eu-west-1"}, ""},
		{"no stage", "", listed, []string{missing, deploy + " --region eu-west-1"}, ""},
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
			console, _, said := consoleOf("")
			(&app{console: console}).suggestStages(t.Context(), missing)
			if !strings.Contains(said.String(), test.hint) || (test.hint == "") != (said.Len() == 0) {
				t.Errorf("it says %q", said)
			}
		})
	}
}
