package inventory

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

const (
	operationPoll = time.Second
	// staleLimit limits how long DescribeStacks may lag behind a stack's events.
	staleLimit = time.Minute
)

// Mark is the ID of a stack's newest event at some time. It is empty if the stack did not exist.
type Mark string

// MarkEvents returns the mark of a stack's newest event.
func MarkEvents(ctx context.Context, cfg aws.Config, stackName string) (Mark, error) {
	out, err := cloudformation.NewFromConfig(cfg).DescribeStackEvents(ctx,
		&cloudformation.DescribeStackEventsInput{StackName: &stackName})
	if saysAbsent(err) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("cannot read the events of the stack %s: %w", stackName, err)
	}
	if len(out.StackEvents) == 0 {
		return "", nil
	}
	return Mark(aws.ToString(out.StackEvents[0].EventId)), nil
}

// AwaitDeployment waits until the events since the mark show the end of the last operation, and
// DescribeStacks agrees. DescribeStacks alone may return the status from before the operation,
// whose _COMPLETE looks like success:
// https://github.com/aws/aws-cdk-cli/issues/1802
// AwaitDeployment returns the stack unchanged if nothing happened since the mark. It returns nil if
// no stack exists.
func AwaitDeployment(ctx context.Context, cfg aws.Config, stackName string, since Mark) (*Stack, error) {
	for start := time.Now(); ; {
		status, err := operationStatus(ctx, cfg, stackName, since)
		if err != nil {
			return nil, err
		}
		stack, err := FindStack(ctx, cfg, stackName)
		ended := !strings.HasSuffix(status, "_IN_PROGRESS")
		switch {
		case err != nil:
			return nil, err
		case ended && stack == nil && status == "":
			return nil, nil
		case ended && stack != nil && (status == "" || string(stack.Status) == status):
			return stack, nil
		case !ended:
			start = time.Now()
		case time.Since(start) > staleLimit:
			return nil, fmt.Errorf("the events of the stack %s report %s, but cloudformation:DescribeStacks does not",
				stackName, status)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(operationPoll):
		}
	}
}

// operationStatus returns the stack's status from its newest event since the mark, or "".
func operationStatus(ctx context.Context, cfg aws.Config, stackName string, since Mark) (string, error) {
	pages := cloudformation.NewDescribeStackEventsPaginator(cloudformation.NewFromConfig(cfg),
		&cloudformation.DescribeStackEventsInput{StackName: &stackName})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if saysAbsent(err) {
			return "", nil
		}
		if err != nil {
			return "", fmt.Errorf("cannot read the events of the stack %s: %w", stackName, err)
		}
		for _, event := range page.StackEvents { // newest first
			if Mark(aws.ToString(event.EventId)) == since {
				return "", nil
			}
			if ofStack(event) {
				return string(event.ResourceStatus), nil
			}
		}
	}
	return "", nil
}

// ofStack reports whether an event is about the stack itself, not about one of its resources.
func ofStack(event types.StackEvent) bool {
	return aws.ToString(event.PhysicalResourceId) == aws.ToString(event.StackId)
}
