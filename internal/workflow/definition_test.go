package workflow

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"retrycatch/internal/awsstub"
)

func TestDefinition(t *testing.T) {
	t.Parallel()
	const answer = `{"name": "MyAPIStateMachine", "definition": "{}", "stateMachineArn": "arn", "roleArn": "r", ` +
		`"type": "STANDARD", "creationDate": 1, "updateDate": 1}`
	for operation, read := range map[string]func(context.Context, aws.Config, string) (string, []byte, error){
		"SFN.DescribeStateMachine":             Definition,
		"SFN.DescribeStateMachineForExecution": DefinitionOf,
	} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On(operation, awsstub.JSON(answer), awsstub.Denied())
			name, definition, err := read(t.Context(), stub.Config(), "arn")
			if err != nil || name != "MyAPIStateMachine" || string(definition) != "{}" {
				t.Errorf("got definition %q, name %q and error %v, want {} and MyAPIStateMachine", definition, name, err)
			}
			_, _, err = read(t.Context(), stub.Config(), "arn")
			if err == nil || !strings.Contains(err.Error(), awsstub.DeniedText) {
				t.Errorf("got error %v, want %s", err, awsstub.DeniedText)
			}
		})
	}
}
