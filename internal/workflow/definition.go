package workflow

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
)

// Definition returns the current definition and the name of a state machine.
func Definition(ctx context.Context, cfg aws.Config, stateMachineARN string) (
	name string, definition []byte, err error,
) {
	out, err := sfn.NewFromConfig(cfg).DescribeStateMachine(ctx,
		&sfn.DescribeStateMachineInput{StateMachineArn: &stateMachineARN})
	if err != nil {
		return "", nil, fmt.Errorf("cannot read the definition of %s: %w", stateMachineARN, err)
	}
	return aws.ToString(out.Name), []byte(aws.ToString(out.Definition)), nil
}

// DefinitionOf returns the definition that an execution uses, and the name of its state machine. A
// later deployment may have replaced the definition.
func DefinitionOf(ctx context.Context, cfg aws.Config, executionARN string) (
	name string, definition []byte, err error,
) {
	out, err := describeRevision(ctx, cfg, executionARN)
	if err != nil {
		return "", nil, err
	}
	return aws.ToString(out.Name), []byte(aws.ToString(out.Definition)), nil
}

func describeRevision(ctx context.Context, cfg aws.Config, executionARN string) (
	*sfn.DescribeStateMachineForExecutionOutput, error) {
	out, err := sfn.NewFromConfig(cfg).DescribeStateMachineForExecution(ctx,
		&sfn.DescribeStateMachineForExecutionInput{ExecutionArn: &executionARN})
	if err != nil {
		return nil, fmt.Errorf("cannot read the definition that %s uses: %w", executionARN, err)
	}
	return out, nil
}
