package teardown

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"retrycatch/internal/inventory"
	"retrycatch/internal/resource"
)

// Options says what a teardown removes besides the stack, and with which role.
type Options struct {
	// Force removes everything that prevents a complete teardown: termination protection, holds,
	// resources that CloudFormation cannot delete, and leftovers of earlier deletions.
	Force bool
	// Assets removes the files that the CDK staged for the stack, unless another stack uses them.
	Assets bool
	// RoleARN is the role that CloudFormation assumes. If RoleARN is empty, CloudFormation uses the
	// stack's own role.
	RoleARN string
}

// settleTime gives a function time to write its last log lines after its last invocation.
const settleTime = 3 * time.Second

// teardown executes one plan.
type teardown struct {
	cfg      aws.Config
	plan     Plan
	options  Options
	progress Progress
	judge    *judge
	items    []Item
	deleted  bool // the stack is gone: this teardown or somebody else deleted it
	report   Report
}

func newTeardown(cfg aws.Config, plan Plan, progress Progress) *teardown {
	return &teardown{cfg: cfg, plan: plan, progress: progress, items: slices.Clone(plan.Items),
		judge: &judge{claims: inventory.NewClaims(plan.records)}, report: Report{Stack: plan.Last()}}
}

// Execute carries out the plan. It stops the executions, deletes the stack, and queries each
// resource until the resource is gone. If Execute fails, it still returns everything that it knows.
func Execute(ctx context.Context, cfg aws.Config, plan Plan, o Options, progress Progress) (Report, error) {
	t := newTeardown(cfg, plan, progress)
	t.options = o
	var deleteErr error
	if plan.Stack != nil {
		deleteErr = t.deleteStack(ctx)
		if isNotDeleted(deleteErr) || ctx.Err() != nil {
			return t.report, deleteErr
		}
		t.deleted = deleteErr == nil
		if err := t.reread(ctx); err != nil {
			return t.report, errors.Join(deleteErr, err)
		}
	}
	var removeErr error
	if o.Force {
		removeErr = t.removeLeftovers(ctx)
	}
	// After a failed deletion or removal, query each resource once, only to report which resources
	// still exist.
	v := verification{teardown: t, once: deleteErr != nil || removeErr != nil}
	if t.report.Stopped > 0 {
		v.settle = settleTime
	}
	err := errors.Join(deleteErr, removeErr, v.run(ctx))
	if err == nil && o.Assets {
		var assets []Item
		assets, err = t.removeAssets(ctx)
		t.report.Items = append(t.report.Items, assets...)
	}
	if err == nil {
		t.report.Notes, t.report.Warnings = findNotes(ctx, cfg, t.report.Stack, t.report.Items)
	}
	return t.report, err
}

// Prove checks every resource of the stacks with this name. It changes nothing.
func Prove(ctx context.Context, cfg aws.Config, plan Plan, progress Progress) (Report, error) {
	t := newTeardown(cfg, plan, progress)
	v := verification{teardown: t}
	err := v.run(ctx)
	if err == nil && plan.Known() {
		t.report.Notes, t.report.Warnings = findNotes(ctx, cfg, t.report.Stack, t.report.Items)
	}
	return t.report, err
}

// notDeletedError wraps an error that occurred before the teardown started to delete the stack.
type notDeletedError struct{ error }

func (e notDeletedError) Unwrap() error { return e.error }

func isNotDeleted(err error) bool {
	target := notDeletedError{}
	return errors.As(err, &target)
}

// deleteStack stops the executions and deletes the stack. With Options.Force, it first removes the
// termination protection and the holds. If somebody has deleted the stack since the plan,
// deleteStack does nothing, because another stack may now use the same names.
func (t *teardown) deleteStack(ctx context.Context) error {
	current, err := inventory.FindStack(ctx, t.cfg, t.plan.Stack.ARN)
	if err != nil {
		return notDeletedError{err}
	}
	if current == nil || current.Gone() {
		return nil
	}
	d := deletion{cfg: t.cfg, stack: t.plan.Stack, roleARN: t.options.RoleARN, progress: t.progress}
	if t.options.Force {
		if d.stack.Protected {
			if err := d.unprotect(ctx); err != nil {
				return notDeletedError{err}
			}
		}
		if err := d.removeHolds(ctx, t.plan.Holds); err != nil {
			return notDeletedError{err}
		}
	}
	if err := t.stopIfPermitted(ctx, machines(t.plan.records[0])...); err != nil {
		return notDeletedError{err}
	}
	err = d.run(ctx, types.DeletionModeStandard)
	if failed := (*FailedError)(nil); t.options.Force && errors.As(err, &failed) {
		t.progress.Say(err.Error())
		err = d.force(ctx)
	}
	return err
}

// removeLeftovers removes this project's leftovers, each through its own service's API. It
// continues after a failed removal. If the stack still exists, removeLeftovers does not touch the
// stack's resources.
func (t *teardown) removeLeftovers(ctx context.Context) error {
	var order []*Item
	for i := range t.items {
		if t.items[i].Fate != WithStack || t.deleted {
			order = append(order, &t.items[i])
		}
	}
	slices.SortStableFunc(order, func(a, b *Item) int { return resource.CompareRemoval(a.Resource, b.Resource) })
	var errs []error
	for _, item := range order {
		if err := t.judge.observe(ctx, t.cfg, item); err != nil {
			return errors.Join(append(errs, err)...)
		}
		if item.State != Remaining || !item.Removable {
			continue
		}
		if err := t.findOtherStack(ctx); err != nil || t.judge.otherStack != nil {
			return errors.Join(append(errs, err)...)
		}
		errs = appendError(errs, t.removeOne(ctx, item))
	}
	return errors.Join(errs...)
}

// removeOne removes a resource. Before it removes a state machine, it stops the executions.
func (t *teardown) removeOne(ctx context.Context, item *Item) error {
	if item.Resource.Kind == resource.StateMachine {
		if err := t.stopIfPermitted(ctx, item.Resource); err != nil {
			return err
		}
	}
	return t.remove(ctx, item)
}

func (t *teardown) remove(ctx context.Context, item *Item) error {
	t.progress.Say("removing the " + item.Resource.String())
	item.Fate = ByOwnAPI
	return resource.Remove(ctx, t.cfg, item.Resource)
}

// reread reads the stack's record again, whether the deletion succeeded or failed. If the endpoint
// does not list deleted stacks, the stack's resources count as deleted at the current time.
func (t *teardown) reread(ctx context.Context) error {
	records := slices.Clone(t.plan.records)
	stack, err := inventory.FindStack(ctx, t.cfg, records[0].Stack.ARN)
	if err != nil {
		return err
	}
	current := inventory.Record{Stack: records[0].Stack}
	if stack != nil {
		if t.deleted { // FindStack may return a stale status
			stack.Status = types.StackStatusDeleteComplete
		}
		if current, err = inventory.ReadHistory(ctx, t.cfg, stack); err != nil {
			return err
		}
	}
	records[0] = current.Merge(records[0], time.Now())
	t.judge.claims = inventory.NewClaims(records)
	for r := range t.judge.claims { // an update after the plan may have added resources
		if !slices.ContainsFunc(t.items, func(item Item) bool { return item.Resource == r }) {
			t.items = append(t.items, Item{Resource: r, Fate: WithStack, State: Remaining})
		}
	}
	slices.SortFunc(t.items, byName)
	return nil
}
