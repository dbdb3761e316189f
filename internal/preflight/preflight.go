// Package preflight finds everything that would make a deployment fail, before anything is touched.
package preflight

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
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
// counts as a reason too.
func Deploy(ctx context.Context, cfg aws.Config, stackName string, expected []inventory.Resource) []error {
	stack, err := inventory.FindStack(ctx, cfg, stackName)
	if err != nil {
		return []error{session.Explain(err)}
	}
	var blockers []error
	var owned []inventory.Resource
	if stack != nil {
		if stack.InProgress() {
			blockers = append(blockers, &problem.Problem{What: fmt.Sprintf("the stack %s is being changed: %s", stack.Name, stack.Status),
				Next: "wait for its end, which retrycatch status shows, and run this again"})
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
		case observation.Exists:
			blockers = append(blockers, taken(resource))
		}
	}
	return blockers
}

// taken says how to free a name. The tutorial in the console leaves resources of the very same names.
func taken(resource inventory.Resource) error {
	return &problem.Problem{
		What: fmt.Sprintf("the %s exists already, and it is not this stack's", resource),
		Next: "if nothing needs it, " + resource.Removal(),
	}
}
