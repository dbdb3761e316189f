// Package preflight finds everything that would make a deployment or a teardown fail, before anything is touched.
package preflight

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	cloudformation "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	sfn "github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"retrycatch/internal/inventory"
	"retrycatch/internal/problem"
	"retrycatch/internal/session"
)

// bootstrapParameter is where `cdk bootstrap` leaves its version, for the CDK's default qualifier:
// https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html
const bootstrapParameter = "/cdk-bootstrap/hnb659fds/version"

// bootstrapNeeded is the version that the synthesized template asks for.
const bootstrapNeeded = 6

// Bootstrapped says whether the account and region are prepared for the CDK. One that is, but with too old a version, is
// not: bootstrapping again brings it up to date.
func Bootstrapped(ctx context.Context, cfg aws.Config) (bool, error) {
	name := bootstrapParameter
	out, err := ssm.NewFromConfig(cfg).GetParameter(ctx, &ssm.GetParameterInput{Name: &name})
	if missing := (*types.ParameterNotFound)(nil); errors.As(err, &missing) {
		return false, nil
	}
	if err != nil {
		return false, session.Explain(fmt.Errorf("cannot read whether the account is bootstrapped (ssm:GetParameter): %w", err))
	}
	version, err := strconv.Atoi(aws.ToString(out.Parameter.Value))
	return err == nil && version >= bootstrapNeeded, nil
}

// Deploy returns the reasons for which the stack cannot be deployed now, each a *problem.Problem. What cannot be read
// counts as a reason too. A first deployment that failed is none: the CDK CLI deletes its stack before it starts anew.
func Deploy(ctx context.Context, cfg aws.Config, stackName string, expected []inventory.Resource) []error {
	stack, err := inventory.FindStack(ctx, cfg, stackName)
	if err != nil {
		return []error{session.Explain(err)}
	}
	var blockers []error
	var owned []inventory.Resource
	if stack != nil {
		if stack.InProgress() {
			blockers = append(blockers, beingChanged(stack))
		}
		switch {
		case stack.Status == cloudformation.StackStatusDeleteFailed:
			blockers = append(blockers, &problem.Problem{What: fmt.Sprintf("the stack %s was not deleted to its end: it is %s", stack.Name, stack.Status),
				Next: "run retrycatch destroy for the same stage and region, which names what is left and why"})
		case strings.HasPrefix(string(stack.Status), "ROLLBACK_") && stack.Protected:
			blockers = append(blockers, &problem.Problem{
				What: fmt.Sprintf("the stack %s failed to deploy the first time (%s) and has to be deleted, and termination protection is on", stack.Name, stack.Status),
				Next: "run retrycatch destroy --force for the same stage and region, and this again"})
		}
		if owned, err = inventory.StackResources(ctx, cfg, stack.ARN); err != nil {
			return append(blockers, session.Explain(err))
		}
	}
	for _, resource := range expected {
		if slices.Contains(owned, resource) {
			continue
		}
		observation, err := inventory.Observe(ctx, cfg, resource)
		switch {
		case err != nil:
			blockers = append(blockers, session.Explain(err))
		case observation.State == string(sfn.StateMachineStatusDeleting):
			blockers = append(blockers, &problem.Problem{What: fmt.Sprintf("the %s is still being deleted", resource),
				Next: "wait until its executions have ended, and run this again"})
		case observation.Exists:
			blockers = append(blockers, taken(resource))
		}
	}
	return blockers
}

// Destroy returns the reasons for which a stack cannot be deleted now, each a *problem.Problem. outside are the policies that
// its roles have from elsewhere.
func Destroy(stack *inventory.Stack, outside []inventory.Policy) []error {
	var blockers []error
	if stack.Protected {
		blockers = append(blockers, &problem.Problem{What: fmt.Sprintf("the stack %s has termination protection", stack.Name),
			Next: "run retrycatch deploy without the option protect, with which its log groups are no longer kept either, and then this; or only switch it off, " +
				"with `aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name " + stack.Name + "` or this with --force"})
	}
	for _, policy := range outside {
		blockers = append(blockers, &problem.Problem{What: policy.String() + " is not the stack's, and a role that has it cannot be deleted",
			Next: "take it away with " + policy.Removal() + ", or run this with --force"})
	}
	return blockers
}

// Changing returns the reason for which nothing can be done with a stack now, if another operation is at it. A deletion is
// none: whoever wants the stack deleted can wait for its end.
func Changing(stack *inventory.Stack) []error {
	if stack.InProgress() && stack.Status != cloudformation.StackStatusDeleteInProgress {
		return []error{beingChanged(stack)}
	}
	return nil
}

func beingChanged(stack *inventory.Stack) error {
	return &problem.Problem{What: fmt.Sprintf("the stack %s is being changed: %s", stack.Name, stack.Status),
		Next: "wait for its end, which retrycatch status shows, and run this again"}
}

// taken says how to free a name. The tutorial in the console leaves resources of the very same names.
func taken(resource inventory.Resource) error {
	return &problem.Problem{
		What: fmt.Sprintf("the %s exists already, and it is not this stack's", resource),
		Next: "if nothing needs it, " + resource.Removal(),
	}
}
