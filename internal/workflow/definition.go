package workflow

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
)

// Definition is a state machine's definition as it is now, with its name.
func Definition(ctx context.Context, cfg aws.Config, stateMachineARN string) (name string, definition []byte, err error) {
	out, err := sfn.NewFromConfig(cfg).DescribeStateMachine(ctx, &sfn.DescribeStateMachineInput{StateMachineArn: &stateMachineARN})
	if err != nil {
		return "", nil, fmt.Errorf("cannot read the definition of %s: %w", stateMachineARN, err)
	}
	return aws.ToString(out.Name), []byte(aws.ToString(out.Definition)), nil
}

// DefinitionOf is the definition that an execution runs by, which a later deployment may have replaced, with its state
// machine's name.
func DefinitionOf(ctx context.Context, cfg aws.Config, executionARN string) (name string, definition []byte, err error) {
	out, err := sfn.NewFromConfig(cfg).DescribeStateMachineForExecution(ctx, &sfn.DescribeStateMachineForExecutionInput{ExecutionArn: &executionARN})
	if err != nil {
		return "", nil, fmt.Errorf("cannot read the definition that %s runs by: %w", executionARN, err)
	}
	return aws.ToString(out.Name), []byte(aws.ToString(out.Definition)), nil
}
