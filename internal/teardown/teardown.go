package teardown

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"retrycatch/internal/inventory"
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
	// settleTime is how long a function that was called until just now may take to write its last lines.
	settleTime = 3 * time.Second
	// mostRemovals is how often log groups are removed that come back.
	mostRemovals = 5
)

// Progress hears what happens, one plain line at a time.
type Progress func(line string)

// Fate is how a resource was deleted, if it was to be.
type Fate string

// The ways there are.
const (
	WithTheStack Fate = "with the stack"
	ByItself     Fate = "by its own API" // as the stack's deletion had left it, or it had come back
	Kept         Fate = "kept"           // as the stack's template says
)

// Item is one resource and what became of it.
type Item struct {
	Resource inventory.Resource
	Fate     Fate
	Gone     bool
	Deleting bool   // its service is at it
	Unknown  bool   // its service did not say: the proof is why
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
		if !item.Gone && item.Fate != Kept {
			left = append(left, item)
		}
	}
	return left
}

// Options say how far a teardown goes.
type Options struct {
	// Force has nothing stop it that can be overcome: termination protection, policies from elsewhere, resources that
	// CloudFormation cannot delete.
	Force bool
	// Assets removes what the CDK has staged for the stack, where no other stack uses it.
	Assets bool
}

// Execute carries the plan out: it stops the executions, deletes the stack and waits for its end, and then asks for each
// resource until it is gone. The report is filled in as far as it got, on an error too.
func Execute(ctx context.Context, cfg aws.Config, plan Plan, o Options, progress Progress) (Report, error) {
	var report Report
	var err error
	if plan.Stack != nil {
		report, err = deleteAll(ctx, cfg, plan, o.Force, progress)
	} else {
		report, err = finish(ctx, cfg, plan, progress)
	}
	if err == nil && o.Assets {
		var assets []Item
		assets, err = removeAssets(ctx, cfg, plan.Assets, progress)
		report.Items = append(report.Items, assets...)
	}
	return report, err
}

func deleteAll(ctx context.Context, cfg aws.Config, plan Plan, force bool, progress Progress) (Report, error) {
	report := Report{Stack: plan.Stack.ARN}
	if force && plan.Stack.Protected {
		if err := unprotect(ctx, cfg, plan.Stack, progress); err != nil {
			return report, err
		}
	}
	if force {
		if err := takeAway(ctx, cfg, plan.Outside, progress); err != nil {
			return report, err
		}
	}
	var err error
	if report.Stopped, err = stopExecutions(ctx, cfg, plan.Resources, progress); err != nil {
		return report, err
	}
	forced := false
	deleteErr := deleteStack(ctx, cfg, plan.Stack, types.DeletionModeStandard, progress)
	if failed := (*FailedError)(nil); force && errors.As(deleteErr, &failed) {
		progress(deleteErr.Error())
		deleteErr = forceStack(ctx, cfg, plan.Stack, progress)
		forced = deleteErr == nil
	}
	if ctx.Err() != nil {
		return report, deleteErr
	}
	report.Items = items(plan.Resources, WithTheStack)
	var removeErr error
	if forced {
		removeErr = removeSkipped(ctx, cfg, plan.Stack, report.Items, progress)
	}
	// After a failed deletion the resources are asked for all the same, so that the report names what is left; but what is
	// left will not go by waiting.
	settle := time.Duration(0)
	if report.Stopped > 0 {
		settle = settleTime
	}
	proveErr := prove(ctx, cfg, report.Items, deleteErr == nil, settle, progress)
	report.Items = append(report.Items, kept(ctx, cfg, plan.Kept)...)
	return report, errors.Join(deleteErr, removeErr, proveErr)
}

// finish ends a teardown that was forced and then interrupted: the stack is deleted, and what it has left is not.
func finish(ctx context.Context, cfg aws.Config, plan Plan, progress Progress) (Report, error) {
	report := Report{Stack: plan.Deleted.ARN, Items: items(plan.Left, ByItself)}
	stopped, err := stopExecutions(ctx, cfg, plan.Left, progress)
	report.Stopped = stopped
	if err != nil {
		return report, err
	}
	removeErr := removeAll(ctx, cfg, plan.Left, progress)
	proveErr := prove(ctx, cfg, report.Items, removeErr == nil, 0, progress)
	report.Items = append(report.Items, kept(ctx, cfg, plan.Kept)...)
	return report, errors.Join(removeErr, proveErr)
}

// removeAssets keeps those that other stacks use: two stages with the same function have the same zip.
func removeAssets(ctx context.Context, cfg aws.Config, assets []inventory.Resource, progress Progress) ([]Item, error) {
	users, err := inventory.AssetUsers(ctx, cfg, assets)
	if err != nil {
		return nil, err
	}
	all := items(assets, ByItself)
	var unused []inventory.Resource
	for i, item := range all {
		if user, used := users[item.Resource]; used {
			all[i].Fate, all[i].Proof = Kept, "the stack "+user+" uses it"
			continue
		}
		if ask(ctx, cfg, &all[i]); !all[i].Gone {
			unused = append(unused, item.Resource)
		}
	}
	removeErr := removeAll(ctx, cfg, unused, progress)
	for i := range all {
		if all[i].Fate != Kept {
			ask(ctx, cfg, &all[i])
		}
	}
	return all, removeErr
}

func items(resources []inventory.Resource, fate Fate) []Item {
	items := make([]Item, len(resources))
	for i, resource := range resources {
		items[i] = Item{Resource: resource, Fate: fate}
	}
	return items
}

func kept(ctx context.Context, cfg aws.Config, resources []inventory.Resource) []Item {
	items := items(resources, Kept)
	for i := range items {
		ask(ctx, cfg, &items[i])
	}
	return items
}

// removeSkipped removes what CloudFormation says it has left behind, and nothing else: what it has deleted may have been
// created anew by somebody else.
func removeSkipped(ctx context.Context, cfg aws.Config, stack *inventory.Stack, items []Item, progress Progress) error {
	contents, err := inventory.StackContents(ctx, cfg, stack.ARN)
	if err != nil {
		return err
	}
	var left []inventory.Resource
	for i, item := range items {
		if slices.Contains(contents.Skipped, item.Resource) {
			items[i].Fate = ByItself
			left = append(left, item.Resource)
		}
	}
	return removeAll(ctx, cfg, left, progress)
}

// prove asks for each resource by its own service, if patient until it is gone or its limit is over. The function's last
// lines are written late, and bring its log group back: a group that is there when all else is gone is removed. settle is
// how long to wait for such lines before the last look.
func prove(ctx context.Context, cfg aws.Config, items []Item, patient bool, settle time.Duration, progress Progress) error {
	start, settled, removals := time.Now(), false, 0
	for wait := pollFirst; ; wait = min(wait*3/2, pollLast) {
		left, limit, onlyGroups := 0, consistencyLimit, true
		for i := range items {
			if !items[i].Gone {
				ask(ctx, cfg, &items[i])
			}
			if !items[i].Gone {
				left++
				onlyGroups = onlyGroups && items[i].Resource.Kind == inventory.LogGroup && !items[i].Unknown
			}
			if items[i].Deleting {
				limit = deletingLimit
			}
		}
		switch {
		case !patient, left == 0 && settled:
			return nil
		case left == 0:
			settled = true
			if err := sleep(ctx, settle); err != nil {
				return err
			}
			forgetGroups(items)
			continue
		case onlyGroups && removals < mostRemovals:
			removals++
			if err := removeReturned(ctx, cfg, items, progress); err != nil {
				return err
			}
		case time.Since(start)+wait > limit:
			return nil
		}
		progress(fmt.Sprintf("waiting for %d of %d resources to be gone", left, len(items)))
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// forgetGroups has the log groups asked for once more.
func forgetGroups(items []Item) {
	for i := range items {
		if items[i].Resource.Kind == inventory.LogGroup {
			items[i].Gone = false
		}
	}
}

// removeReturned removes log groups that have come back.
func removeReturned(ctx context.Context, cfg aws.Config, items []Item, progress Progress) error {
	for i := range items {
		if items[i].Gone || items[i].Resource.Kind != inventory.LogGroup {
			continue
		}
		progress("the " + items[i].Resource.String() + " has come back")
		items[i].Fate = ByItself
		if err := removeAll(ctx, cfg, []inventory.Resource{items[i].Resource}, progress); err != nil {
			return err
		}
	}
	return nil
}

// ask asks a resource's own service for it. What cannot be said is not gone.
func ask(ctx context.Context, cfg aws.Config, item *Item) {
	observation, err := inventory.Observe(ctx, cfg, item.Resource)
	if item.Unknown = err != nil; item.Unknown {
		item.Gone, item.Deleting, item.Proof = false, false, err.Error()
		return
	}
	item.Gone, item.Deleting, item.Proof = !observation.Exists, observation.State == stateDeleting, observation.Answer
	if observation.State != "" {
		item.Proof += ", " + observation.State
	}
}

func sleep(ctx context.Context, wait time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(wait):
		return nil
	}
}
