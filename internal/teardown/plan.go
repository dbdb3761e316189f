// Package teardown plans and carries out the removal of a deployment, and proves that nothing is
// left. The proof for each resource is the response of the resource's own service.
package teardown

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"retrycatch/internal/inventory"
	"retrycatch/internal/resource"
	"retrycatch/internal/session"
	"retrycatch/internal/workflow"
)

// Target identifies the deployment to remove.
type Target struct {
	StackName string
	Function  string              // name of the Lambda function
	Expected  []resource.Resource // every resource that a stack with this name can create
}

// Plan lists what a teardown removes, and what may prevent the removal.
type Plan struct {
	Target Target
	Stack  *inventory.Stack // nil if no stack exists
	// Items lists each resource once: every resource that a stack with this name has or had, and
	// every other existing resource that has one of the expected names.
	Items   []Item
	Holds   []resource.Hold     // what prevents the deletion of the stack's resources
	Running []string            // ARNs of running executions
	Assets  []resource.Resource // files staged for the stacks in records; some may be missing
	// Warnings explains why the stack's template, some holds or the running executions could not be
	// read. The teardown continues without them.
	Warnings []error
	tagged   bool               // a resource has this stack's tags, but no known stack contains it
	records  []inventory.Record // of the stack, then of deleted stacks with its name, newest first
}

// Progress shows the progress of a teardown.
type Progress interface {
	Say(line string)          // prints one line
	Event(e inventory.Event)  // shows an event of the stack
	ShowItem(item Item)       // shows a resource's state, which was queried after the stack's deletion
	Waiting(pending, all int) // shows how many of the resources are not gone yet
}

const (
	// maxStaleReads limits the retries of Read while DescribeStacks may be stale.
	maxStaleReads = 5
	staleWait     = time.Second // before each retry
)

// Read finds all existing resources of a deployment. It changes nothing. DescribeStacks is
// eventually consistent, so Read retries if it finds a resource with the stack's tags but no stack.
func Read(ctx context.Context, cfg aws.Config, target Target) (Plan, error) {
	for retries := 0; ; retries++ {
		plan, err := read(ctx, cfg, target)
		if err != nil || plan.Stack != nil || !plan.tagged || retries == maxStaleReads {
			return plan, err
		}
		if err := sleep(ctx, staleWait); err != nil {
			return plan, err
		}
	}
}

func read(ctx context.Context, cfg aws.Config, target Target) (Plan, error) {
	plan := Plan{Target: target}
	var err error
	if plan.Stack, err = inventory.CurrentStack(ctx, cfg, target.StackName); err != nil {
		return plan, err
	}
	if plan.Stack != nil && !plan.Stack.Ours() {
		return plan, nil // do not read the resources of somebody else's stack
	}
	if plan.records, err = inventory.ReadHistories(ctx, cfg, target.StackName, plan.Stack); err != nil {
		return plan, err
	}
	for _, record := range plan.records {
		if record.TemplateErr != nil {
			plan.Warnings = append(plan.Warnings, record.TemplateErr)
		}
		plan.Assets = append(plan.Assets, record.Assets()...)
	}
	plan.Assets = inventory.UniqueAssets(plan.Assets)
	if plan.Stack != nil {
		if err := plan.readStack(ctx, cfg); err != nil {
			return plan, err
		}
	}
	plan.Items, err = (&judge{claims: inventory.NewClaims(plan.records)}).items(ctx, cfg, plan)
	plan.tagged = slices.ContainsFunc(plan.Items, func(item Item) bool {
		return item.State == Foreign && item.taggedFor(target, cfg.Region)
	})
	return plan, err
}

// readStack reads the stack's running executions and the holds on its resources.
func (p *Plan) readStack(ctx context.Context, cfg aws.Config) error {
	found, unread, err := holds(ctx, cfg, p.records[0])
	if err != nil {
		return err
	}
	p.Holds = found
	// A TemplateErr is the only error in unread, and read has already added it to Warnings.
	if p.records[0].TemplateErr == nil {
		p.Warnings = append(p.Warnings, unread...)
	}
	for _, machine := range machines(p.records[0]) {
		running, err := workflow.Running(ctx, cfg, machine.ID)
		if session.Denied(err) {
			p.Warnings = append(p.Warnings, err)
			continue
		}
		if err != nil {
			return err
		}
		p.Running = append(p.Running, running...)
	}
	return nil
}

// machines returns the state machines that are deleted together with a stack.
func machines(record inventory.Record) (machines []resource.Resource) {
	for _, member := range record.InStack() {
		if member.Kind == resource.StateMachine && !member.Kept {
			machines = append(machines, member.Resource)
		}
	}
	return machines
}

func appendError(errs []error, err error) []error {
	if err == nil {
		return errs
	}
	return append(errs, err)
}

// In returns the items in the given state.
func (p Plan) In(state State) []Item { return filterItems(p.Items, state) }

// Removable returns the leftovers of earlier deployments that Options.Force removes.
func (p Plan) Removable() []Item {
	return slices.DeleteFunc(p.In(Remaining), func(item Item) bool { return !item.Removable || item.Fate == WithStack })
}

// Known reports whether CloudFormation lists any stack with this name, including deleted ones.
func (p Plan) Known() bool { return len(p.records) > 0 }

// Last returns the stack if it exists. Otherwise, Last returns the most recently deleted stack with
// its name, or nil if there is none.
func (p Plan) Last() *inventory.Stack {
	if len(p.records) == 0 {
		return nil
	}
	return p.records[0].Stack
}

func byName(a, b Item) int {
	return cmp.Or(cmp.Compare(a.Resource.String(), b.Resource.String()), cmp.Compare(a.Resource.ID, b.Resource.ID))
}
