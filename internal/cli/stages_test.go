package cli

import (
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/view"
)

func TestUnknownStageError(t *testing.T) {
	t.Parallel()
	stacks := awsstub.Stacks("", awsstub.StackSummary{Name: "retrycatch", Status: "CREATE_COMPLETE"},
		awsstub.StackSummary{Name: "retrycatch-dev", Status: "CREATE_COMPLETE"},
		awsstub.StackSummary{Name: "retrycatch-dve", Status: "DELETE_COMPLETE"},
		awsstub.StackSummary{Name: "retrycatch-own", Status: "CREATE_COMPLETE"})
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
			[]string{missing + "; did you mean the stage dev?",
				"retrycatch inspect latest --logs --stage dev --region eu-west-1"},
			"Did you mean the stage dev?\n" +
				"  next: retrycatch inspect latest --logs --stage dev --region eu-west-1\n",
		},
		{"similar stack of another project", "onw", stacks, []string{missing, deploy + " --stage onw --region eu-west-1"},
			"next: retrycatch deploy\n"},
		{"no similar stage", "prod", stacks, []string{missing, deploy + " --stage prod --region eu-west-1"},
			"next: retrycatch deploy\n"},
		{"no stage", "", stacks, []string{missing, deploy + " --region eu-west-1"}, "next: retrycatch deploy\n"},
		{"no permission", "dve", awsstub.Error(http.StatusForbidden, "AccessDenied", "no"),
			[]string{missing, deploy + " --stage dve --region eu-west-1"}, "next: retrycatch deploy\n"},
	}
	describeStacks := func(call awsstub.Call) (*http.Response, error) {
		answer := awsstub.NoStack()
		switch *call.Input.(*cloudformation.DescribeStacksInput).StackName {
		case "retrycatch-dev":
			answer = awsstub.Stack("CREATE_COMPLETE", awsstub.Tags("Project", "retrycatch"))
		case "retrycatch-own":
			answer = awsstub.Stack("CREATE_COMPLETE")
		}
		return answer(call)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			subject := targetIn("eu-west-1", awsstub.New(t).On("CloudFormation.DescribeStacks", describeStacks).
				On("CloudFormation.ListStacks", test.list))
			subject.stage = test.stage
			console, _, stderr := consoleOf("")
			a := &app{console: console, opened: subject}
			a.flags = a.inspect().Flags()
			a.args = []string{"inspect", "latest", "--stage", test.stage, "--logs"}
			_, err := a.stack(t.Context(), subject)
			requireProblems(t, err, test.want...)
			s := &view.Status{StackName: subject.stackName, Account: subject.Account, Region: subject.Region(),
				Suggestion: "retrycatch deploy"}
			a.showWithStages(t.Context(), subject, s, outputText)
			want := "The stack retrycatch is not deployed in account 111122223333, region eu-west-1.\n" + test.hint
			if diff := cmp.Diff(want, stderr.String()); diff != "" {
				t.Errorf("standard error differs (-want +got):\n%s", diff)
			}
		})
	}
}
