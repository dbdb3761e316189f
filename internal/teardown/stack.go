package teardown

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"retrycatch/internal/inventory"
	"retrycatch/internal/resource"
	"retrycatch/internal/session"
)

// quietLimit says how long run waits for another event before it believes DescribeStacks that no
// operation is in progress. The status in DescribeStacks may be stale for a few seconds:
// https://github.com/aws/aws-cdk-cli/issues/1802
const quietLimit = 30 * time.Second

// deletion deletes one stack.
type deletion struct {
	cfg      aws.Config
	stack    *inventory.Stack
	roleARN  string // role that CloudFormation assumes; empty for the stack's own role
	progress Progress
}

// run deletes the stack and waits until the deletion ends. It identifies the stack by ARN, because
// a new stack may have the same name, and DescribeStacks finds a deleted stack only by ARN. run
// follows the events of its own request, because the status in DescribeStacks may be stale. After
// quietLimit without an event, run uses this status anyway: either the endpoint reports no events,
// or CloudFormation merged the request into another one. If the stack still exists when the
// deletion has ended, run returns a *FailedError.
func (d deletion) run(ctx context.Context, mode types.DeletionMode) error {
	client := cloudformation.NewFromConfig(d.cfg)
	log, err := openEvents(ctx, d.cfg, d.stack.ARN)
	if err != nil {
		return err
	}
	input := &cloudformation.DeleteStackInput{StackName: &d.stack.ARN, DeletionMode: mode,
		ClientRequestToken: aws.String("retrycatch-" + rand.Text())}
	if d.roleARN != "" {
		input.RoleARN = &d.roleARN
	}
	if _, err := client.DeleteStack(ctx, input); err != nil {
		return fmt.Errorf("cannot delete the stack %s: %w", d.stack.Name, err)
	}
	log.follow(*input.ClientRequestToken)
	for wait := pollFirst; ; wait = nextWait(wait) {
		if err := sleep(ctx, wait); err != nil {
			return err
		}
		current, err := inventory.FindStack(ctx, d.cfg, d.stack.ARN)
		if err != nil {
			return err
		}
		if current == nil { // this endpoint returns neither deleted stacks nor their events
			return nil
		}
		end, err := log.read(ctx, d.progress)
		if err != nil {
			return err
		}
		if end == "" && !current.InProgress() && time.Since(log.last) > quietLimit {
			end, log.reason = types.ResourceStatus(current.Status), current.Reason
		}
		switch {
		case current.Gone(), end == types.ResourceStatusDeleteComplete:
			return nil
		case end != "":
			return &FailedError{Stack: d.stack.Name, Status: types.StackStatus(end), Reason: log.reason,
				Resources: log.failed}
		}
	}
}

// force deletes a stack after a failed deletion. It first removes holds that have appeared since
// the plan was made. If the second deletion fails too, force lets CloudFormation leave the
// resources that it cannot delete:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteStack.html
func (d deletion) force(ctx context.Context) error {
	record, err := inventory.ReadRecord(ctx, d.cfg, d.stack)
	if err != nil {
		return err
	}
	found, unread, err := holds(ctx, d.cfg, record)
	if err != nil {
		return err
	}
	for _, err := range unread {
		d.progress.Say(err.Error())
	}
	if err := d.removeHolds(ctx, found); err != nil {
		return err
	}
	d.progress.Say("deleting the stack " + d.stack.Name + " again")
	err = d.run(ctx, types.DeletionModeStandard)
	if failed := (*FailedError)(nil); !errors.As(err, &failed) {
		return err
	}
	d.progress.Say(err.Error())
	d.progress.Say("deleting the stack " + d.stack.Name + ", but not the resources that CloudFormation cannot delete")
	return d.run(ctx, types.DeletionModeForceDeleteStack)
}

// holds finds whatever prevents CloudFormation from deleting the stack's resources. It skips
// resources that CloudFormation keeps. Without the template, holds finds nothing, because only the
// template says which resources are kept and which policies belong to the stack. unread lists the
// AccessDenied errors, or the error from reading the template. The teardown continues despite them,
// because CloudFormation reports a hold when the deletion fails.
func holds(ctx context.Context, cfg aws.Config, record inventory.Record) (
	found []resource.Hold, unread []error, err error) {
	if record.TemplateErr != nil {
		return nil, []error{record.TemplateErr}, nil
	}
	for _, member := range record.InStack() {
		if member.Kept {
			continue
		}
		more, err := record.Holds(ctx, cfg, member)
		if err != nil && !session.Denied(err) {
			return nil, nil, err
		}
		unread = appendError(unread, err)
		found = append(found, more...)
	}
	return found, unread, nil
}

func (d deletion) unprotect(ctx context.Context) error {
	d.progress.Say("switching off the termination protection of the stack " + d.stack.Name)
	_, err := cloudformation.NewFromConfig(d.cfg).UpdateTerminationProtection(ctx,
		&cloudformation.UpdateTerminationProtectionInput{StackName: &d.stack.ARN,
			EnableTerminationProtection: aws.Bool(false)})
	if err != nil {
		return fmt.Errorf("cannot switch off the termination protection of the stack %s: %w", d.stack.Name, err)
	}
	return nil
}

func (d deletion) removeHolds(ctx context.Context, holds []resource.Hold) error {
	for _, hold := range holds {
		d.progress.Say(fmt.Sprintf("%s: %s", hold.Resource, hold.Fix))
		if err := hold.Lift(ctx, d.cfg); err != nil {
			return err
		}
	}
	return nil
}

// FailedError reports that a stack still exists after its deletion ended.
type FailedError struct {
	Stack     string
	Status    types.StackStatus
	Reason    string
	Resources []inventory.Event // resources that could not be deleted, with reasons
}

func (e *FailedError) Error() string {
	text := fmt.Sprintf("the stack %s was not deleted: its status is %s", e.Stack, e.Status)
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	for _, event := range e.Resources {
		text += "\n  " + event.String()
	}
	return text
}
