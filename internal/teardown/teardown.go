package teardown

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"retrycatch/internal/inventory"
	"retrycatch/internal/workflow"
)

// stateDeleting is the state of a state machine on its way out:
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html
const stateDeleting = "DELETING"

const (
	pollFirst = 500 * time.Millisecond
	pollLast  = 5 * time.Second
	// deletingLimit is how long the proof waits for what its service is deleting: a state machine is DELETING until its
	// executions reach their next transition, and they are stopped by then.
	deletingLimit = 5 * time.Minute
	// consistencyLimit is how long it waits for what is deleted to be no longer shown, which in IAM takes some seconds.
	consistencyLimit = 30 * time.Second
)

// Progress hears what happens, one plain line at a time.
type Progress func(line string)

// Item is one resource and what became of it.
type Item struct {
	Resource inventory.Resource
	Gone     bool
	Kept     bool   // it was to stay
	Deleting bool   // its service is at it
	Proof    string // the answer of the resource's own service
}

// Report is the outcome of a teardown.
type Report struct {
	Stack   string // its ARN
	Stopped int    // executions
	Items   []Item // the resources, and whether each is gone
}

// Left are the resources that still exist and should not, or of which it cannot be said.
func (r Report) Left() []Item {
	var left []Item
	for _, item := range r.Items {
		if !item.Gone && !item.Kept {
			left = append(left, item)
		}
	}
	return left
}

// Execute carries the plan out: it stops the executions, deletes the stack and waits for its end, and then asks for each
// resource until it is gone. The report is filled in as far as it got, on an error too.
func Execute(ctx context.Context, cfg aws.Config, plan Plan, progress Progress) (Report, error) {
	report := Report{Stack: plan.Stack.ARN}
	for _, execution := range plan.Running {
		progress("stopping execution " + execution)
		if err := workflow.Stop(ctx, cfg, execution, "retrycatch destroy"); err != nil {
			return report, err
		}
		report.Stopped++
	}
	deleteErr := deleteStack(ctx, cfg, plan.Stack, progress)
	if ctx.Err() != nil {
		return report, deleteErr
	}
	// After a failed deletion the resources are asked for all the same, so that the report names what is left; but what is
	// left will not go by waiting.
	items, err := prove(ctx, cfg, plan.Resources, deleteErr == nil, progress)
	report.Items = items
	for _, resource := range plan.Kept {
		item := ask(ctx, cfg, resource)
		item.Kept = true
		report.Items = append(report.Items, item)
	}
	if deleteErr != nil {
		return report, deleteErr
	}
	return report, err
}

// deleteStack deletes by ARN, so that a stack of the same name created meanwhile is not touched, and so that the deleted
// stack can still be asked for.
func deleteStack(ctx context.Context, cfg aws.Config, stack *inventory.Stack, progress Progress) error {
	client := cloudformation.NewFromConfig(cfg)
	log, err := openEvents(ctx, client, stack.ARN)
	if err != nil {
		return err
	}
	if _, err := client.DeleteStack(ctx, &cloudformation.DeleteStackInput{StackName: &stack.ARN}); err != nil {
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

// prove asks for each resource by its own service, if patient until it is gone or its limit is over.
func prove(ctx context.Context, cfg aws.Config, resources []inventory.Resource, patient bool, progress Progress) ([]Item, error) {
	items := make([]Item, len(resources))
	start := time.Now()
	for wait := pollFirst; ; wait = min(wait*3/2, pollLast) {
		left, limit := 0, consistencyLimit
		for i, resource := range resources {
			if items[i].Gone {
				continue
			}
			items[i] = ask(ctx, cfg, resource)
			if !items[i].Gone {
				left++
			}
			if items[i].Deleting {
				limit = deletingLimit
			}
		}
		if left == 0 {
			// Once more what may have come back: the function's last lines are written late.
			return recheck(ctx, cfg, items), nil
		}
		if !patient || time.Since(start)+wait > limit {
			return items, nil
		}
		progress(fmt.Sprintf("waiting for %d of %d resources to be gone", left, len(resources)))
		if err := sleep(ctx, wait); err != nil {
			return items, err
		}
	}
}

func ask(ctx context.Context, cfg aws.Config, resource inventory.Resource) Item {
	observation, err := inventory.Observe(ctx, cfg, resource)
	if err != nil {
		return Item{Resource: resource, Proof: err.Error()}
	}
	proof := observation.Answer
	if observation.State != "" {
		proof += ", " + observation.State
	}
	return Item{Resource: resource, Gone: !observation.Exists, Deleting: observation.State == stateDeleting, Proof: proof}
}

func recheck(ctx context.Context, cfg aws.Config, items []Item) []Item {
	for i, item := range items {
		if item.Resource.Kind == inventory.LogGroup {
			items[i] = ask(ctx, cfg, item.Resource)
		}
	}
	return items
}

func sleep(ctx context.Context, wait time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(wait):
		return nil
	}
}
