// Package teardown takes a deployment down and proves that nothing of it is left: inventory, blockers, delete, proof.
package teardown

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"retrycatch/internal/inventory"
	"retrycatch/internal/problem"
	"retrycatch/internal/workflow"
)

// Plan is what there is to take down.
type Plan struct {
	Stack     *inventory.Stack // nil when there is none
	Resources []inventory.Resource
	Kept      []inventory.Resource // those of the stack that outlive it, as its template says
	Running   []string             // ARNs of the executions that have not ended
	// Foreign are resources that have the deployment's names while no stack of it exists: whose they are is unknown, so
	// they are named and left alone.
	Foreign []inventory.Resource
}

// Read finds out what there is of a stack and of the resources it is expected to have.
func Read(ctx context.Context, cfg aws.Config, stackName string, expected []inventory.Resource) (Plan, error) {
	stack, err := inventory.FindStack(ctx, cfg, stackName)
	if err != nil {
		return Plan{}, err
	}
	if stack == nil {
		foreign, err := existing(ctx, cfg, expected)
		return Plan{Foreign: foreign}, err
	}
	plan := Plan{Stack: stack}
	all, err := inventory.StackResources(ctx, cfg, stack.ARN)
	if err != nil {
		return Plan{}, err
	}
	if plan.Kept, err = inventory.Kept(ctx, cfg, stack.ARN); err != nil {
		return Plan{}, err
	}
	for _, resource := range all {
		if !slices.Contains(plan.Kept, resource) {
			plan.Resources = append(plan.Resources, resource)
		}
	}
	for _, resource := range plan.Resources {
		if resource.Kind != inventory.StateMachine {
			continue
		}
		running, err := workflow.Running(ctx, cfg, resource.ID)
		if err != nil {
			return Plan{}, err
		}
		plan.Running = append(plan.Running, running...)
	}
	slices.SortFunc(plan.Resources, func(a, b inventory.Resource) int { return strings.Compare(a.String(), b.String()) })
	return plan, nil
}

func existing(ctx context.Context, cfg aws.Config, resources []inventory.Resource) ([]inventory.Resource, error) {
	var found []inventory.Resource
	for _, resource := range resources {
		observation, err := inventory.Observe(ctx, cfg, resource)
		if err != nil {
			return nil, err
		}
		if observation.Exists {
			found = append(found, resource)
		}
	}
	return found, nil
}

// Blockers are the reasons for which the stack cannot be deleted now, each a *problem.Problem.
func (p Plan) Blockers() []error {
	if p.Stack == nil {
		return nil
	}
	var blockers []error
	if p.Stack.Protected {
		blockers = append(blockers, &problem.Problem{What: fmt.Sprintf("the stack %s has termination protection", p.Stack.Name),
			Next: "run retrycatch deploy without the option protect, with which its log groups are no longer kept either; or only switch it off, with " +
				"`aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name " + p.Stack.Name + "`; then run this again"})
	}
	if p.Stack.InProgress() && p.Stack.Status != types.StackStatusDeleteInProgress {
		blockers = append(blockers, &problem.Problem{What: fmt.Sprintf("the stack %s is being changed: %s", p.Stack.Name, p.Stack.Status),
			Next: "wait for its end, which retrycatch status shows, and run this again"})
	}
	return blockers
}
