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

// Options sets the extent of a teardown.
type Options struct {
	// Force overrides every blocker that can be removed: termination protection, holds, resources
	// that CloudFormation cannot delete, and leftovers of earlier deletions.
	Force bool
	// Assets removes the files that the CDK staged for the stack, unless another stack uses them.
	Assets bool
	// RoleARN is the role that CloudFormation assumes. It is empty for the stack's own.
	RoleARN string
}

// settleTime allows a function to write its last log lines after its last call.
const settleTime = 3 * time.Second

// teardown executes one plan.
type teardown struct {
	cfg      aws.Config
	plan     Plan
	options  Options
	progress Progress
	judge    *judge
	items    []Item
	deleted  bool // the stack was deleted after the plan was made
	report   Report
}

func newTeardown(cfg aws.Config, plan Plan, progress Progress) *teardown {
	return &teardown{cfg: cfg, plan: plan, progress: progress, items: slices.Clone(plan.Items),
		judge: &judge{claims: inventory.NewClaims(plan.records)}, report: Report{Stack: plan.Last()}}
}

// Execute carries out the plan. It stops the executions, deletes the stack, and queries each
// resource until it is gone. After an error, the report is as complete as possible.
func Execute(ctx context.Context, cfg aws.Config, plan Plan, o Options, progress Progress) (Report, error) {
	t := newTeardown(cfg, plan, progress)
	t.options = o
	var deleteErr error
	if plan.Stack != nil {
		deleteErr = t.deleteStack(ctx)
		if untouched(deleteErr) || ctx.Err() != nil {
			return t.report, deleteErr
		}
		t.deleted = deleteErr == nil
		if err := t.reread(ctx); err != nil {
			return t.report, errors.Join(deleteErr, err)
		}
	}
	var removeErr error
	if o.Force {
		removeErr = t.removeLeft(ctx)
	}
	// After a failed deletion, query the resources once, so that the report lists those that are
	// left. Waiting would not help.
	proof := proof{teardown: t, once: deleteErr != nil || removeErr != nil}
	if t.report.Stopped > 0 {
		proof.settle = settleTime
	}
	err := errors.Join(deleteErr, removeErr, proof.run(ctx))
	if err == nil && o.Assets {
		var assets []Item
		assets, err = t.removeAssets(ctx)
		t.report.Items = append(t.report.Items, assets...)
	}
	if err == nil {
		t.report.Stays, t.report.Unread = stays(ctx, cfg, t.report.Stack, t.report.Items)
	}
	return t.report, err
}

// Prove checks everything that stacks with this name had. It changes nothing.
func Prove(ctx context.Context, cfg aws.Config, plan Plan, progress Progress) (Report, error) {
	t := newTeardown(cfg, plan, progress)
	proof := proof{teardown: t}
	err := proof.run(ctx)
	if err == nil && plan.Known() {
		t.report.Stays, t.report.Unread = stays(ctx, cfg, t.report.Stack, t.report.Items)
	}
	return t.report, err
}

// notDeletedError marks an error from before the stack's deletion.
type notDeletedError struct{ error }

func (e notDeletedError) Unwrap() error { return e.error }

func untouched(err error) bool {
	mark := notDeletedError{}
	return errors.As(err, &mark)
}

// deleteStack removes the holds, stops the executions and deletes the stack. If somebody has
// deleted the stack since the plan, it does nothing: another stack may use its names now.
func (t *teardown) deleteStack(ctx context.Context) error {
	now, err := inventory.FindStack(ctx, t.cfg, t.plan.Stack.ARN)
	if err != nil {
		return notDeletedError{err}
	}
	if now == nil || now.Gone() {
		return nil
	}
	d := deletion{cfg: t.cfg, stack: t.plan.Stack, roleARN: t.options.RoleARN, progress: t.progress}
	if t.options.Force {
		if d.stack.Protected {
			if err := d.unprotect(ctx); err != nil {
				return notDeletedError{err}
			}
		}
		if err := d.lift(ctx, t.plan.Holds); err != nil {
			return notDeletedError{err}
		}
	}
	if err := t.stop(ctx, machines(t.plan.records[0])...); err != nil {
		return notDeletedError{err}
	}
	err = d.run(ctx, types.DeletionModeStandard)
	if failed := (*FailedError)(nil); t.options.Force && errors.As(err, &failed) {
		t.progress.Say(err.Error())
		err = d.force(ctx)
	}
	return err
}

// removeLeft removes this project's leftovers by their own APIs. It continues after a failed
// removal. If the stack still exists, it leaves the stack's resources to CloudFormation.
func (t *teardown) removeLeft(ctx context.Context) error {
	var order []*Item
	for i := range t.items {
		if t.items[i].Fate != WithTheStack || t.deleted {
			order = append(order, &t.items[i])
		}
	}
	slices.SortStableFunc(order, func(a, b *Item) int { return resource.ByRemoval(a.Resource, b.Resource) })
	var errs []error
	for _, item := range order {
		if err := t.judge.look(ctx, t.cfg, item); err != nil {
			return errors.Join(append(errs, err)...)
		}
		if item.Now != Left || !item.Removable {
			continue
		}
		if err := t.findOther(ctx); err != nil || t.judge.other != nil {
			return errors.Join(append(errs, err)...)
		}
		errs = appendError(errs, t.removeOne(ctx, item))
	}
	return errors.Join(errs...)
}

// removeOne removes a resource. For a state machine, it first stops the executions.
func (t *teardown) removeOne(ctx context.Context, item *Item) error {
	if item.Resource.Kind == resource.StateMachine {
		if err := t.stop(ctx, item.Resource); err != nil {
			return err
		}
	}
	return t.remove(ctx, item)
}

func (t *teardown) remove(ctx context.Context, item *Item) error {
	t.progress.Say("removing the " + item.Resource.String())
	item.Fate = ByItself
	return resource.Remove(ctx, t.cfg, item.Resource)
}

// reread reads the stack's record again after a deletion or an attempt. If the endpoint does not
// list deleted stacks, the resources that the stack had count as deleted now.
func (t *teardown) reread(ctx context.Context) error {
	records := slices.Clone(t.plan.records)
	stack, err := inventory.FindStack(ctx, t.cfg, records[0].Stack.ARN)
	if err != nil {
		return err
	}
	now := inventory.Record{Stack: records[0].Stack}
	if stack != nil {
		if t.deleted { // regardless of stale reads
			stack.Status = types.StackStatusDeleteComplete
		}
		if now, err = inventory.ReadHistory(ctx, t.cfg, stack); err != nil {
			return err
		}
	}
	records[0] = now.Including(records[0], time.Now())
	t.judge.claims = inventory.NewClaims(records)
	for r := range t.judge.claims { // an update after the plan may have added resources
		if !slices.ContainsFunc(t.items, func(item Item) bool { return item.Resource == r }) {
			t.items = append(t.items, Item{Resource: r, Fate: WithTheStack, Now: Left})
		}
	}
	slices.SortFunc(t.items, byName)
	return nil
}
