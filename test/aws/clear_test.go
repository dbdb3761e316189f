//go:build smoke

package aws

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"retrycatch/internal/deployment"
	"retrycatch/internal/inventory"
	"retrycatch/internal/problem"
)

// stackName returns the name of a stage's stack.
func stackName(stage string) string { return names(stage).Stack }

// names returns the names of a stage's resources.
func names(stage string) deployment.Names {
	return deployment.Deployment{Stage: stage}.Stacks()[0].Names
}

// left lists the existing stacks and things of all checks.
func (s *suite) left(ctx context.Context) (left []string, err error) {
	for _, stage := range stages() {
		for _, region := range s.regions {
			stack, err := inventory.CurrentStack(ctx, s.sessions[region].Config, stackName(stage))
			if err != nil {
				return nil, err
			}
			if stack != nil {
				left = append(left, fmt.Sprintf("stack %s in %s", stack.Name, region))
			}
		}
		for _, thing := range makes(stage) {
			found, owned, err := thing.find(ctx, s)
			if err != nil {
				return nil, err
			}
			if found && !owned {
				return nil, foreign(thing)
			}
			if found {
				left = append(left, thing.String())
			}
		}
	}
	return left, nil
}

// clearAll removes everything that checks may have made, and the files that the CDK staged for
// them. A teardown cannot remove files that another stage's deployment still uses.
func (s *suite) clearAll(ctx context.Context) error {
	var errs []error
	for _, stage := range stages() {
		errs = append(errs, s.clear(ctx, stage))
	}
	for _, stage := range stages() {
		for _, region := range s.regions {
			if given.clean == "" && s.deployed[stage+" "+region] == 0 {
				continue
			}
			_, err := s.retrycatch(ctx, 0, "destroy", "--yes", "--assets", "--stage", stage, "--region", region)
			errs = append(errs, err)
		}
	}
	if ctx.Err() != nil { // errs has the same reason for each call
		return fmt.Errorf("interrupted: %w", ctx.Err())
	}
	return errors.Join(errs...)
}

// clear removes everything that a stage's checks may have made: first the stacks, then the things
// that they refer to.
func (s *suite) clear(ctx context.Context, stage string) error {
	var errs []error
	for _, region := range s.regions {
		errs = append(errs, s.clearStack(ctx, region, stage))
	}
	for _, thing := range makes(stage) {
		found, owned, err := thing.find(ctx, s)
		switch {
		case err != nil:
			errs = append(errs, err)
		case found && !owned:
			errs = append(errs, foreign(thing))
		case found:
			if err := thing.remove(ctx, s); err != nil {
				errs = append(errs, fmt.Errorf("cannot remove the %s: %w", thing, err))
			}
		}
	}
	return errors.Join(errs...)
}

// foreign returns the problem of somebody else's thing with a name that the smoke test uses.
func foreign(t thing) error {
	return &problem.Problem{
		What: fmt.Sprintf("the %s belongs to somebody else: it does not have the tag %s=%s", t, deployment.TagProject, mark),
		Next: "remove it if nobody needs it: the smoke test creates one with this name"}
}

// clearStack waits for the end of an interrupted operation, and destroys the stack. If the stack's
// execution role is lost, it uses the bootstrap's.
func (s *suite) clearStack(ctx context.Context, region, stage string) error {
	stack, err := s.settled(ctx, region, stackName(stage))
	if stack == nil || err != nil {
		return err
	}
	args := []string{"destroy", "--yes", "--force", "--stage", stage, "--region", region}
	if _, err = s.retrycatch(ctx, 0, args...); err == nil || stack.RoleARN != lost.arn(s) {
		return err
	}
	role := s.arn("iam", "", fmt.Sprintf("role/cdk-%s-cfn-exec-role-%s-%s", s.bootstrap.Qualifier, given.account,
		region))
	_, err = s.retrycatch(ctx, 0, append(args, "--role-arn", role)...)
	return err
}

// settled waits until no operation on a stack is in progress, and returns the stack, or nil if none
// exists. It does not wait for the end of a review, which does not end by itself.
func (s *suite) settled(ctx context.Context, region, name string) (*inventory.Stack, error) {
	stack, err := inventory.CurrentStack(ctx, s.sessions[region].Config, name)
	if stack == nil || err != nil || stack.Status == types.StackStatusReviewInProgress {
		return stack, err
	}
	return inventory.AwaitDeployment(ctx, s.sessions[region].Config, name, "")
}

// unchanged compares the account with the inventory from the start of the run. It also looks for
// things that the inventory does not contain.
func (s *suite) unchanged(ctx context.Context) (detail string, err error) {
	left, err := s.left(ctx)
	if err != nil {
		return "", err
	}
	if len(left) > 0 {
		return "", fmt.Errorf("these are left: %s", strings.Join(left, ", "))
	}
	resources, pending := 0, 0
	for _, region := range s.regions {
		n, some, err := s.compare(ctx, region, s.before[region])
		if err != nil {
			return "", err
		}
		resources, pending = resources+n, pending+some
	}
	detail = fmt.Sprintf("%d stacks and resources in 2 regions", resources)
	if pending > 0 {
		detail += "; SNS lists the unconfirmed subscription for up to 48 hours"
	}
	return detail, nil
}

// compare polls the inventory of one region until it equals an earlier one: lists are stale for
// some time.
func (s *suite) compare(ctx context.Context, region string, before inventory.Account) (
	resources, pending int, err error) {
	var added, removed []string
	err = poll(ctx, "the account still differs", func() (bool, error) {
		now, err := inventory.ReadAccount(ctx, s.sessions[region].Config)
		if err != nil {
			return false, err
		}
		added, removed = now.Difference(before)
		resources, pending = len(now), len(added)
		added = slices.DeleteFunc(added, isPending)
		pending -= len(added)
		return len(added)+len(removed) == 0, nil
	})
	if err != nil && len(added)+len(removed) > 0 {
		err = fmt.Errorf("the account changed in %s, perhaps by somebody else: added %q, removed %q",
			region, added, removed)
	}
	return resources, pending, err
}

// isPending reports whether a line of the inventory is the unconfirmed subscription of a check.
// SNS keeps it for some time, and nobody can delete it:
// https://docs.aws.amazon.com/sns/latest/dg/sns-delete-subscription-topic.html
func isPending(line string) bool {
	return strings.HasPrefix(line, "subscription "+stackName(emailStage)+"-alarms:") &&
		strings.HasSuffix(line, ":PendingConfirmation")
}
