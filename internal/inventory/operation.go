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
	pollInterval = time.Second
	// maxStaleTime limits how long DescribeStacks may lag behind the stack's events.
	maxStaleTime = time.Minute
)

// Mark is the ID of a stack's newest event at one point in time. It is empty if the stack did not
// exist then.
type Mark string

// MarkEvents returns the mark of a stack's newest event.
func MarkEvents(ctx context.Context, cfg aws.Config, stackName string) (Mark, error) {
	out, err := cloudformation.NewFromConfig(cfg).DescribeStackEvents(ctx,
		&cloudformation.DescribeStackEventsInput{StackName: &stackName})
	if isStackMissing(err) {
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

// AwaitDeployment waits until the last operation has ended, and returns the stack, or nil if no
// stack exists. Both the events since the mark and DescribeStacks must show that the operation has
// ended. DescribeStacks alone may still return the status from before the operation, for example
// CREATE_COMPLETE:
// https://github.com/aws/aws-cdk-cli/issues/1802
func AwaitDeployment(ctx context.Context, cfg aws.Config, stackName string, since Mark) (*Stack, error) {
	for staleSince := time.Now(); ; {
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
			staleSince = time.Now()
		case time.Since(staleSince) > maxStaleTime:
			return nil, fmt.Errorf("the events of the stack %s report %s, but cloudformation:DescribeStacks does not",
				stackName, status)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pollInterval):
		}
	}
}

// operationStatus returns the stack's status in the newest event about the stack itself. It returns
// "" if there is no such event since the mark.
func operationStatus(ctx context.Context, cfg aws.Config, stackName string, since Mark) (string, error) {
	pages := cloudformation.NewDescribeStackEventsPaginator(cloudformation.NewFromConfig(cfg),
		&cloudformation.DescribeStackEventsInput{StackName: &stackName})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if isStackMissing(err) {
			return "", nil
		}
		if err != nil {
			return "", fmt.Errorf("cannot read the events of the stack %s: %w", stackName, err)
		}
		for _, event := range page.StackEvents { // newest first
			if Mark(aws.ToString(event.EventId)) == since {
				return "", nil
			}
			if isStackEvent(event) {
				return string(event.ResourceStatus), nil
			}
		}
	}
	return "", nil
}

// isStackEvent reports whether an event is about the stack itself.
func isStackEvent(event types.StackEvent) bool {
	return aws.ToString(event.PhysicalResourceId) == aws.ToString(event.StackId)
}
