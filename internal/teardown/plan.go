// Package teardown plans and runs the removal of a deployment, and proves that nothing is left.
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
	Function  string              // the function's name
	Expected  []resource.Resource // all resources that a stack with this name may create
}

// Plan lists everything that concerns a teardown.
type Plan struct {
	Target Target
	Stack  *inventory.Stack // nil if none exists
	// Items lists each resource once: those that a stack with the deployment's name has or had, and
	// existing ones with names that the deployment would use.
	Items   []Item
	Holds   []resource.Hold     // on the stack's resources
	Running []string            // ARNs of running executions
	Assets  []resource.Resource // files staged by the CDK for stacks with this name; may not exist
	// Unread explains why the stack's template, some holds or the running executions could not be
	// read. The teardown continues without them.
	Unread  []error
	tagged  bool               // a resource has this stack's tags, but no known stack contains it
	records []inventory.Record // of the stack, then of deleted stacks with its name, newest first
}

// Progress shows the progress of a teardown.
type Progress interface {
	Say(line string)          // prints one line
	Event(e inventory.Event)  // of the stack
	Look(item Item)           // after a query about a resource, once the stack is deleted
	Waiting(pending, all int) // number of resources that are not gone yet
}

const (
	// staleReads limits the repeated reads if a resource has a stack's tags but no stack seems to
	// exist.
	staleReads = 5
	staleWait  = time.Second
)

// Read finds everything that exists of a deployment. It changes nothing. DescribeStacks is
// eventually consistent: Read retries if it finds no stack, but a resource has the stack's tags.
func Read(ctx context.Context, cfg aws.Config, target Target) (Plan, error) {
	for again := 0; ; again++ {
		plan, err := read(ctx, cfg, target)
		if err != nil || plan.Stack != nil || !plan.tagged || again == staleReads {
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
		return plan, nil // do not examine somebody else's stack
	}
	if plan.records, err = inventory.ReadHistories(ctx, cfg, target.StackName, plan.Stack); err != nil {
		return plan, err
	}
	for _, record := range plan.records {
		if record.TemplateErr != nil {
			plan.Unread = append(plan.Unread, record.TemplateErr)
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
		return item.Now == Foreign && item.taggedFor(target, cfg.Region)
	})
	return plan, err
}

// readStack reads the holds on the stack's resources and the running executions.
func (p *Plan) readStack(ctx context.Context, cfg aws.Config) error {
	found, unread, err := holds(ctx, cfg, p.records[0])
	if err != nil {
		return err
	}
	p.Holds = found
	if p.records[0].TemplateErr == nil { // otherwise Unread already includes it
		p.Unread = append(p.Unread, unread...)
	}
	for _, machine := range machines(p.records[0]) {
		running, err := workflow.Running(ctx, cfg, machine.ID)
		if session.Denied(err) {
			p.Unread = append(p.Unread, err)
			continue
		}
		if err != nil {
			return err
		}
		p.Running = append(p.Running, running...)
	}
	return nil
}

// machines returns the state machines that a stack deletes.
func machines(record inventory.Record) (machines []resource.Resource) {
	for _, member := range record.Owned() {
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

// In returns the plan's items in a state.
func (p Plan) In(now Now) []Item { return in(p.Items, now) }

// Removable returns the leftovers of earlier deployments that their own APIs may remove.
func (p Plan) Removable() []Item {
	return slices.DeleteFunc(p.In(Left), func(item Item) bool { return !item.Removable || item.Fate == WithTheStack })
}

// Known reports whether CloudFormation lists any stack with this name, including deleted ones.
func (p Plan) Known() bool { return len(p.records) > 0 }

// Last returns the stack, or the last deleted stack with its name, or nil without either.
func (p Plan) Last() *inventory.Stack {
	if len(p.records) == 0 {
		return nil
	}
	return p.records[0].Stack
}

func byName(a, b Item) int {
	return cmp.Or(cmp.Compare(a.Resource.String(), b.Resource.String()), cmp.Compare(a.Resource.ID, b.Resource.ID))
}
