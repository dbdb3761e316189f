package cli

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/deployment"
	"retrycatch/internal/inventory"
)

func TestOutputs(t *testing.T) {
	t.Parallel()
	all := map[string]string{
		deployment.OutputStateMachine: "arn",
		deployment.OutputConsole:      "https://c",
		deployment.OutputDashboard:    "https://d",
	}
	stack := &inventory.Stack{Outputs: all}
	target := targetIn("eu-west-1", awsstub.New(t))
	target.Caller = userARN
	if diff := cmp.Diff(all, target.outputs(stack)); diff != "" {
		t.Errorf("the outputs with console links differ (-want +got):\n%s", diff)
	}
	target.Config.BaseEndpoint = aws.String("http://localhost:4566")
	local := map[string]string{deployment.OutputStateMachine: "arn"}
	if diff := cmp.Diff(local, target.outputs(stack)); diff != "" || len(stack.Outputs) != 3 {
		t.Errorf("the outputs without console links differ (-want +got):\n%s", diff)
	}
}
