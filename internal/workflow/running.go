package workflow

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"retrycatch/internal/session"
)

// Running returns the ARNs of the running executions. If the state machine does not exist, the list
// is empty.
func Running(ctx context.Context, cfg aws.Config, stateMachineARN string) ([]string, error) {
	var arns []string
	pages := sfn.NewListExecutionsPaginator(sfn.NewFromConfig(cfg), &sfn.ListExecutionsInput{
		StateMachineArn: &stateMachineARN, StatusFilter: types.ExecutionStatusRunning, MaxResults: pageSize})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if missing := (*types.StateMachineDoesNotExist)(nil); errors.As(err, &missing) {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("cannot list the running executions of %s: %w", stateMachineARN, err)
		}
		for _, execution := range page.Executions {
			arns = append(arns, aws.ToString(execution.ExecutionArn))
		}
	}
	return arns, nil
}

// Stop stops an execution, which sets its status to ABORTED. Stop also succeeds if the execution
// has already ended or does not exist.
func Stop(ctx context.Context, cfg aws.Config, arn, cause string) error {
	client := sfn.NewFromConfig(cfg)
	_, err := client.StopExecution(ctx, &sfn.StopExecutionInput{ExecutionArn: &arn, Cause: &cause})
	if err == nil {
		return nil
	}
	if unknown := (*types.ExecutionDoesNotExist)(nil); errors.As(err, &unknown) {
		return nil
	}
	// AWS documents no error for an ended execution, but some endpoints return one. So check the
	// status: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html
	described, describeErr := client.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: &arn})
	if describeErr == nil && described.Status != types.ExecutionStatusRunning {
		return nil
	}
	if session.Denied(describeErr) {
		return fmt.Errorf("cannot stop the execution %s: %w; "+
			"cannot check whether it has ended: the credentials cannot call %s",
			arn, err, session.DeniedAction(describeErr))
	}
	return fmt.Errorf("cannot stop the execution %s: %w", arn, err)
}
