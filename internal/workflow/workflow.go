// Package workflow starts and stops executions of a state machine, and reads their histories.
package workflow

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"retrycatch/internal/history"
	"retrycatch/internal/problem"
)

// While a running execution has no new events, the wait between two reads grows from minWait to
// maxWait. The account's quota for GetExecutionHistory refills 20 calls a second in each region:
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const (
	minWait = 200 * time.Millisecond
	maxWait = 2 * time.Second

	maxNewRetries = 10 // maximum number of retries if Step Functions cannot find a new execution
)

// NewTraceID returns a new ID for an X-Ray trace that begins now:
// https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids
func NewTraceID() string {
	var random [12]byte
	_, _ = rand.Read(random[:]) // never fails
	return fmt.Sprintf("1-%08x-%x", time.Now().Unix(), random)
}

// Start starts an execution and returns its ARN. The name must be unique, so that a retry after a
// lost response does not start a second execution: Step Functions returns the running execution, or
// ExecutionAlreadyExists after it has ended. The trace ID is needed to link the execution to the
// function's log, because the history has no Lambda request ID if a task calls the function by ARN.
func Start(ctx context.Context, cfg aws.Config, stateMachineARN, name, input, traceID string) (string, error) {
	out, err := sfn.NewFromConfig(cfg).StartExecution(ctx, &sfn.StartExecutionInput{
		StateMachineArn: &stateMachineARN,
		Name:            &name,
		Input:           &input,
		TraceHeader:     aws.String("Root=" + traceID + ";Sampled=1"),
	})
	if missing := (*types.StateMachineDoesNotExist)(nil); errors.As(err, &missing) {
		return "", &problem.Problem{What: "the stack exists, but its state machine does not",
			Next: "retrycatch status", Err: err}
	}
	if deleting := (*types.StateMachineDeleting)(nil); errors.As(err, &deleting) {
		return "", &problem.Problem{What: "the state machine is being deleted",
			Next: "retrycatch status", Err: err}
	}
	if invalid := (*types.InvalidExecutionInput)(nil); errors.As(err, &invalid) {
		return "", &problem.Problem{What: "Step Functions does not accept the input",
			Next: "correct the JSON given with --input", Err: err}
	}
	if exists := (*types.ExecutionAlreadyExists)(nil); errors.As(err, &exists) {
		return ExecutionARN(stateMachineARN, name) // an earlier attempt started it, but the response was lost
	}
	if err != nil {
		return "", fmt.Errorf("cannot start the execution %s: %w", name, err)
	}
	return aws.ToString(out.ExecutionArn), nil
}

// ExecutionARN returns the ARN of the execution with this name.
func ExecutionARN(stateMachineARN, name string) (string, error) {
	machine, err := arn.Parse(stateMachineARN)
	if err != nil {
		return "", fmt.Errorf("cannot build the ARN of the execution %s of %s: %w", name, stateMachineARN, err)
	}
	machine.Resource = "execution:" + strings.TrimPrefix(machine.Resource, "stateMachine:") + ":" + name
	return machine.String(), nil
}

// Follow reads an execution's history until the execution has ended. It calls onChange whenever the
// history has new events, including the last event. The returned execution has the status, output,
// error and trace ID from DescribeExecution.
func Follow(
	ctx context.Context,
	cfg aws.Config,
	arn string,
	onChange func(history.Execution),
) (history.Execution, error) {
	client := sfn.NewFromConfig(cfg)
	seen, wait, retries := 0, minWait, maxNewRetries
	for {
		events, err := Events(ctx, cfg, arn)
		// Reads are eventually consistent, so Step Functions might not find a new execution yet.
		if unknown := (*types.ExecutionDoesNotExist)(nil); errors.As(err, &unknown) && seen == 0 && retries > 0 {
			retries--
		} else if err != nil {
			return history.Execution{}, err
		}
		execution := newExecution(arn, events)
		if len(events) > seen {
			seen, wait = len(events), minWait
			onChange(execution)
		} else {
			wait = min(wait*3/2, maxWait)
		}
		if execution.Ended() {
			described, err := describe(ctx, client, arn)
			if err != nil {
				return history.Execution{}, err
			}
			if execution = described.withEnd(execution); execution.Ended() {
				return execution, nil
			}
		}
		select {
		case <-ctx.Done():
			return history.Execution{}, ctx.Err()
		case <-time.After(wait):
		}
	}
}

// Events reads the whole history of an execution, oldest event first.
func Events(ctx context.Context, cfg aws.Config, arn string) ([]types.HistoryEvent, error) {
	var events []types.HistoryEvent
	pages := sfn.NewGetExecutionHistoryPaginator(sfn.NewFromConfig(cfg), &sfn.GetExecutionHistoryInput{
		ExecutionArn: &arn, MaxResults: 1000, IncludeExecutionData: aws.Bool(true)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("cannot read the history of %s: %w", arn, err)
		}
		events = append(events, page.Events...)
	}
	return events, nil
}

// description holds the response of DescribeExecution.
type description sfn.DescribeExecutionOutput

func describe(ctx context.Context, client *sfn.Client, arn string) (*description, error) {
	out, err := client.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: &arn})
	if err != nil {
		return nil, fmt.Errorf("cannot read the result of %s: %w", arn, err)
	}
	return (*description)(out), nil
}

// withEnd returns e with the status, output, error and trace ID of the description.
func (d *description) withEnd(e history.Execution) history.Execution {
	e.Status, e.Error, e.Cause, e.TraceID = d.Status, aws.ToString(d.Error), aws.ToString(d.Cause), d.traceID()
	if d.Status == types.ExecutionStatusSucceeded {
		e.Output = aws.ToString(d.Output) // some servers also return an output for a failed execution
	}
	return e
}
