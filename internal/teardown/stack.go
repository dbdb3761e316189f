package teardown

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"retrycatch/internal/inventory"
)

// deleteStack deletes by ARN, so that a stack of the same name created meanwhile is not touched, and so that the deleted
// stack can still be asked for.
func deleteStack(ctx context.Context, cfg aws.Config, stack *inventory.Stack, mode types.DeletionMode, progress Progress) error {
	client := cloudformation.NewFromConfig(cfg)
	log, err := openEvents(ctx, client, stack.ARN)
	if err != nil {
		return err
	}
	if _, err := client.DeleteStack(ctx, &cloudformation.DeleteStackInput{StackName: &stack.ARN, DeletionMode: mode}); err != nil {
		return fmt.Errorf("cannot delete the stack %s: %w", stack.Name, err)
	}
	for wait := pollFirst; ; wait = min(wait*3/2, pollLast) {
		now, err := inventory.FindStack(ctx, cfg, stack.ARN)
		if err != nil {
			return err
		}
		if now == nil {
			return nil // and nobody knows its events any more
		}
		events, err := log.news(ctx)
		if err != nil {
			return err
		}
		for _, event := range events {
			progress(event.String())
		}
		switch {
		case now.Status == types.StackStatusDeleteComplete:
			return nil
		case !now.InProgress():
			return &FailedError{Stack: stack.Name, Status: now.Status, Reason: now.Reason, Resources: log.failed}
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// forceStack deletes a stack that could not be deleted. Whatever was attached to its roles while it was going is taken away
// first; if it still cannot be deleted, CloudFormation is told to leave behind what it cannot delete:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteStack.html
func forceStack(ctx context.Context, cfg aws.Config, stack *inventory.Stack, progress Progress) error {
	contents, err := inventory.StackContents(ctx, cfg, stack.ARN)
	if err != nil {
		return err
	}
	outside, err := contents.Outside(ctx, cfg)
	if err != nil {
		return err
	}
	if err := takeAway(ctx, cfg, outside, progress); err != nil {
		return err
	}
	progress("deleting the stack " + stack.Name + " once more")
	err = deleteStack(ctx, cfg, stack, types.DeletionModeStandard, progress)
	if failed := (*FailedError)(nil); !errors.As(err, &failed) {
		return err
	}
	progress(err.Error())
	progress("deleting the stack " + stack.Name + " and leaving behind what it cannot delete")
	return deleteStack(ctx, cfg, stack, types.DeletionModeForceDeleteStack, progress)
}

// FailedError is a deletion that ended without deleting the stack.
type FailedError struct {
	Stack     string
	Status    types.StackStatus
	Reason    string
	Resources []Event // those that could not be deleted, each with its reason
}

func (e *FailedError) Error() string {
	text := fmt.Sprintf("the stack %s was not deleted: it is %s", e.Stack, e.Status)
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	for _, event := range e.Resources {
		text += "\n  " + event.String()
	}
	return text
}
