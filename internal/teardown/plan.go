// Package teardown takes a deployment down and proves that nothing of it is left: plan, delete, proof.
package teardown

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"retrycatch/internal/inventory"
	"retrycatch/internal/workflow"
)

// Plan is what there is to take down.
type Plan struct {
	Stack     *inventory.Stack // nil when there is none
	Resources []inventory.Resource
	Kept      []inventory.Resource // those of the stack that outlive it, as its template says
	Outside   []inventory.Policy   // that the stack's roles have from elsewhere
	Running   []string             // ARNs of the executions that have not ended
	Assets    []inventory.Resource // what the CDK has staged for the stack, or for Deleted; it may be gone

	// Where there is no stack, the one of its name that was deleted last, and those of its resources that its deletion left.
	Deleted *inventory.Stack
	Left    []inventory.Resource
	// Foreign are resources that have the deployment's names though no stack is known to have left them: whose they are is
	// unknown, so they are named and left alone.
	Foreign []inventory.Resource
}

// Read finds out what there is of a stack and of the resources it is expected to have.
func Read(ctx context.Context, cfg aws.Config, stackName string, expected []inventory.Resource) (Plan, error) {
	stack, err := inventory.FindStack(ctx, cfg, stackName)
	if err != nil {
		return Plan{}, err
	}
	if stack == nil {
		return readWithoutStack(ctx, cfg, stackName, expected)
	}
	plan := Plan{Stack: stack}
	contents, err := inventory.StackContents(ctx, cfg, stack.ARN)
	if err != nil {
		return Plan{}, err
	}
	if plan.Outside, err = contents.Outside(ctx, cfg); err != nil {
		return Plan{}, err
	}
	plan.Kept, plan.Assets = contents.Kept, contents.Assets
	for _, resource := range contents.Resources {
		if slices.Contains(plan.Kept, resource) {
			continue
		}
		plan.Resources = append(plan.Resources, resource)
		if resource.Kind == inventory.StateMachine {
			running, err := workflow.Running(ctx, cfg, resource.ID)
			if err != nil {
				return Plan{}, err
			}
			plan.Running = append(plan.Running, running...)
		}
	}
	slices.SortFunc(plan.Resources, byName)
	return plan, nil
}

// readWithoutStack looks for what a deletion has left, as one that was forced and then interrupted does.
func readWithoutStack(ctx context.Context, cfg aws.Config, stackName string, expected []inventory.Resource) (Plan, error) {
	deleted, err := inventory.FindDeletedStack(ctx, cfg, stackName)
	if err != nil {
		return Plan{}, err
	}
	plan := Plan{Deleted: deleted}
	var known []inventory.Resource
	if deleted != nil {
		contents, err := inventory.StackContents(ctx, cfg, deleted.ARN)
		if err != nil {
			return Plan{}, err
		}
		if plan.Assets, err = inventory.StagedFor(ctx, cfg, deleted.ARN); err != nil {
			return Plan{}, err
		}
		known = contents.Skipped
		for _, resource := range known {
			there, err := inventory.Observe(ctx, cfg, resource)
			if err != nil {
				return Plan{}, err
			}
			switch {
			case there.Exists && slices.Contains(contents.Kept, resource):
				plan.Kept = append(plan.Kept, resource)
			case there.Exists:
				plan.Left = append(plan.Left, resource)
			}
		}
		slices.SortFunc(plan.Left, byName)
	}
	for _, resource := range expected {
		if slices.Contains(known, resource) {
			continue
		}
		there, err := inventory.Observe(ctx, cfg, resource)
		if err != nil {
			return Plan{}, err
		}
		if there.Exists {
			plan.Foreign = append(plan.Foreign, resource)
		}
	}
	return plan, nil
}

func byName(a, b inventory.Resource) int { return strings.Compare(a.String(), b.String()) }
