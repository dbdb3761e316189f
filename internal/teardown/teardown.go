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
	"retrycatch/internal/resource"
)

// Options say how far a teardown goes.
type Options struct {
	// Force overrides every blocker that can be removed: termination protection, holds, resources
	// that CloudFormation cannot delete, and the leftovers of earlier deletions.
	Force bool
	// Assets removes the files that the CDK staged for the stack, unless another stack uses them.
	Assets bool
	// RoleARN names the role that CloudFormation assumes; empty for the stack's own.
	RoleARN string
}

// settleTime is the time that a function may need to write its last lines after its last call.
const settleTime = 3 * time.Second

// Execute carries out the plan: it stops the executions, deletes the stack, and asks for each
// resource until it is gone. After an error, the report is as complete as possible.
func Execute(ctx context.Context, cfg aws.Config, plan Plan, o Options, progress Progress) (Report, error) {
	prover := newProver(cfg, plan, progress)
	report := Report{Stack: plan.Last()}
	var deleteErr error
	if plan.Stack != nil {
		deleteErr = deleteAll(ctx, cfg, plan, o, &report, progress)
		if untouched(deleteErr) || ctx.Err() != nil {
			return report, deleteErr
		}
		prover.deleted = deleteErr == nil
		if err := prover.reread(ctx); err != nil {
			return report, errors.Join(deleteErr, err)
		}
	}
	var removeErr error
	if o.Force {
		removeErr = prover.removeLeft(ctx, &report)
	}
	settle := time.Duration(0)
	if report.Stopped > 0 {
		settle = settleTime
	}
	// After a failed deletion, ask for the resources once so that the report names those that are
	// left. Waiting would not help.
	proveErr := prover.prove(ctx, deleteErr == nil && removeErr == nil, settle)
	report.Items = prover.final()
	err := errors.Join(deleteErr, removeErr, proveErr)
	if err == nil && o.Assets {
		var assets []Item
		assets, err = removeAssets(ctx, cfg, plan, progress)
		report.Items = append(report.Items, assets...)
	}
	if err == nil {
		report.Stays, report.Unread = stays(ctx, cfg, report.Stack, report.Items)
	}
	return report, err
}

// Prove asks for everything that stacks with this name had, and changes nothing.
func Prove(ctx context.Context, cfg aws.Config, plan Plan, progress Progress) (Report, error) {
	prover := newProver(cfg, plan, progress)
	err := prover.prove(ctx, true, 0)
	report := Report{Stack: plan.Last(), Items: prover.final()}
	if err == nil && plan.Known() {
		report.Stays, report.Unread = stays(ctx, cfg, report.Stack, report.Items)
	}
	return report, err
}

// notDeletedError marks an error that came before the stack's deletion began.
type notDeletedError struct{ error }

func (e notDeletedError) Unwrap() error { return e.error }

func untouched(err error) bool {
	mark := notDeletedError{}
	return errors.As(err, &mark)
}

// deleteAll lifts the holds, stops the executions and deletes the stack. It does nothing if
// somebody has deleted the stack since the plan was made: another stack may use its names by now.
func deleteAll(ctx context.Context, cfg aws.Config, plan Plan, o Options, report *Report, progress Progress) error {
	now, err := inventory.FindStack(ctx, cfg, plan.Stack.ARN)
	if err != nil {
		return notDeletedError{err}
	}
	if now == nil || now.Gone() {
		return nil
	}
	if o.Force {
		if plan.Stack.Protected {
			if err := unprotect(ctx, cfg, plan.Stack, progress); err != nil {
				return notDeletedError{err}
			}
		}
		if err := lift(ctx, cfg, plan.Holds, progress); err != nil {
			return notDeletedError{err}
		}
	}
	if err := report.stop(ctx, cfg, machines(plan.records[0]), progress); err != nil {
		return notDeletedError{err}
	}
	d := deletion{cfg: cfg, stack: plan.Stack, roleARN: o.RoleARN, progress: progress}
	err = d.run(ctx, types.DeletionModeStandard)
	if failed := (*FailedError)(nil); o.Force && errors.As(err, &failed) {
		progress(err.Error())
		err = d.force(ctx)
	}
	return err
}

// lift removes holds.
func lift(ctx context.Context, cfg aws.Config, holds []resource.Hold, progress Progress) error {
	for _, hold := range holds {
		progress(fmt.Sprintf("%s: %s", hold.Resource, hold.Lifting))
		if err := hold.Lift(ctx, cfg); err != nil {
			return err
		}
	}
	return nil
}

// removeLeft removes our resources that were left behind, by their own APIs. It goes on after a
// failed removal. If the stack is not deleted, it leaves the stack's resources to CloudFormation.
func (p *prover) removeLeft(ctx context.Context, report *Report) error {
	var order []*Item
	for i := range p.items {
		if p.items[i].Fate != WithTheStack || p.deleted {
			order = append(order, &p.items[i])
		}
	}
	slices.SortStableFunc(order, func(a, b *Item) int { return resource.ByRemoval(a.Resource, b.Resource) })
	var errs []error
	for _, item := range order {
		if err := p.judge.look(ctx, p.cfg, item); err != nil {
			return errors.Join(append(errs, err)...)
		}
		if item.Now != Left || !item.Removable {
			continue
		}
		if err := p.findOther(ctx); err != nil || p.judge.other != nil {
			return errors.Join(append(errs, err)...)
		}
		errs = appendError(errs, p.removeOne(ctx, report, item))
	}
	return errors.Join(errs...)
}

// removeOne removes a resource. It first stops the executions of a state machine.
func (p *prover) removeOne(ctx context.Context, report *Report, item *Item) error {
	if item.Resource.Kind == resource.StateMachine {
		if err := report.stop(ctx, p.cfg, []resource.Resource{item.Resource}, p.progress); err != nil {
			return err
		}
	}
	return p.remove(ctx, item)
}

func (p *prover) remove(ctx context.Context, item *Item) error {
	p.progress("removing the " + item.Resource.String())
	item.Fate = ByItself
	return resource.Remove(ctx, p.cfg, item.Resource)
}

// reread reads the stack's record again after its deletion or the attempt. If the endpoint forgets
// deleted stacks, the resources that the stack had count as deleted now.
func (p *prover) reread(ctx context.Context) error {
	records := slices.Clone(p.plan.records)
	stack, err := inventory.FindStack(ctx, p.cfg, records[0].Stack.ARN)
	if err != nil {
		return err
	}
	now := inventory.Record{Stack: records[0].Stack}
	if stack != nil {
		if p.deleted { // whatever a stale read says
			stack.Status = types.StackStatusDeleteComplete
		}
		if now, err = inventory.ReadHistory(ctx, p.cfg, stack); err != nil {
			return err
		}
	}
	records[0] = now.Including(records[0], time.Now())
	p.judge.claims = inventory.NewClaims(records)
	for r := range p.judge.claims { // an update after the plan may have added some
		if !slices.ContainsFunc(p.items, func(item Item) bool { return item.Resource == r }) {
			p.items = append(p.items, Item{Resource: r, Fate: WithTheStack, Now: Left})
		}
	}
	slices.SortFunc(p.items, byName)
	return nil
}
