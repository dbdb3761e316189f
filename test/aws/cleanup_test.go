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
func stackName(stage string) string { return resourceNames(stage).Stack }

// resourceNames returns the names of a stage's resources.
func resourceNames(stage string) deployment.Names {
	return deployment.Deployment{Stage: stage}.Stacks()[0].Names
}

// leftovers lists the existing stacks and fixtures of all checks.
func (s *suite) leftovers(ctx context.Context) (existing []string, err error) {
	for _, stage := range stages() {
		for _, region := range s.regions {
			stack, err := inventory.CurrentStack(ctx, s.sessions[region].Config, stackName(stage))
			if err != nil {
				return nil, err
			}
			if stack != nil {
				existing = append(existing, fmt.Sprintf("stack %s in %s", stack.Name, region))
			}
		}
		for _, f := range fixturesOf(stage) {
			found, owned, err := f.find(ctx, s)
			if err != nil {
				return nil, err
			}
			if found && !owned {
				return nil, notOwnedProblem(f)
			}
			if found {
				existing = append(existing, f.String())
			}
		}
	}
	return existing, nil
}

// cleanUp removes everything that checks may have created, and the files that the CDK staged for
// them. It removes the files last, because a teardown keeps files that another stage uses.
func (s *suite) cleanUp(ctx context.Context) error {
	var errs []error
	for _, stage := range stages() {
		errs = append(errs, s.cleanUpStage(ctx, stage))
	}
	for _, stage := range stages() {
		for _, region := range s.regions {
			if flags.clean == "" && s.deployments[stage+" "+region] == 0 {
				continue
			}
			_, err := s.retrycatch(ctx, 0, "destroy", "--yes", "--assets", "--stage", stage, "--region", region)
			errs = append(errs, err)
		}
	}
	if ctx.Err() != nil { // the interruption caused all errors
		return fmt.Errorf("interrupted: %w", ctx.Err())
	}
	return errors.Join(errs...)
}

// cleanUpStage removes everything that a stage's checks may have created: first the stacks, then
// the fixtures that the stacks refer to.
func (s *suite) cleanUpStage(ctx context.Context, stage string) error {
	var errs []error
	for _, region := range s.regions {
		errs = append(errs, s.destroyStack(ctx, region, stage))
	}
	for _, f := range fixturesOf(stage) {
		found, owned, err := f.find(ctx, s)
		switch {
		case err != nil:
			errs = append(errs, err)
		case found && !owned:
			errs = append(errs, notOwnedProblem(f))
		case found:
			if err := f.remove(ctx, s); err != nil {
				errs = append(errs, fmt.Errorf("cannot remove the %s: %w", f, err))
			}
		}
	}
	return errors.Join(errs...)
}

// notOwnedProblem returns the error for a resource that has a fixture's name but not the smoke
// test's tag.
func notOwnedProblem(f fixture) error {
	return &problem.Problem{
		What: fmt.Sprintf("the %s does not belong to the smoke test: it does not have the tag %s=%s",
			f, deployment.TagProject, fixtureTag),
		Next: "remove this resource if nobody needs it: the smoke test creates a resource with the same name"}
}

// destroyStack waits until an interrupted operation ends, and destroys the stack. If the stack's
// execution role is deletedRole, a second attempt uses the bootstrap's role.
func (s *suite) destroyStack(ctx context.Context, region, stage string) error {
	stack, err := s.awaitStack(ctx, region, stackName(stage))
	if stack == nil || err != nil {
		return err
	}
	args := []string{"destroy", "--yes", "--force", "--stage", stage, "--region", region}
	if _, err = s.retrycatch(ctx, 0, args...); err == nil || stack.RoleARN != deletedRole.arn(s) {
		return err
	}
	role := s.arn("iam", "", fmt.Sprintf("role/cdk-%s-cfn-exec-role-%s-%s", s.bootstrap.Qualifier, flags.account,
		region))
	_, err = s.retrycatch(ctx, 0, append(args, "--role-arn", role)...)
	return err
}

// awaitStack waits until no operation on a stack is in progress. It returns the stack, or nil if
// the stack does not exist. It does not wait for a stack in REVIEW_IN_PROGRESS, because a review
// does not end by itself.
func (s *suite) awaitStack(ctx context.Context, region, name string) (*inventory.Stack, error) {
	stack, err := inventory.CurrentStack(ctx, s.sessions[region].Config, name)
	if stack == nil || err != nil || stack.Status == types.StackStatusReviewInProgress {
		return stack, err
	}
	return inventory.AwaitDeployment(ctx, s.sessions[region].Config, name, "")
}

// checkUnchanged checks that no stack or fixture of a check is left, and that the inventory is the
// same as at the start of the run.
func (s *suite) checkUnchanged(ctx context.Context) (detail string, err error) {
	existing, err := s.leftovers(ctx)
	if err != nil {
		return "", err
	}
	if len(existing) > 0 {
		return "", fmt.Errorf("resources of the smoke test still exist: %s", strings.Join(existing, ", "))
	}
	resources, pending := 0, 0
	for _, region := range s.regions {
		n, pendingHere, err := s.awaitInventory(ctx, region, s.before[region])
		if err != nil {
			return "", err
		}
		resources, pending = resources+n, pending+pendingHere
	}
	detail = fmt.Sprintf("%d stacks and resources in 2 regions", resources)
	if pending > 0 {
		detail += "; SNS lists the unconfirmed subscription for up to 48 hours"
	}
	return detail, nil
}

// awaitInventory reads the inventory of one region until it equals an earlier inventory. Lists may
// be stale for a while.
func (s *suite) awaitInventory(ctx context.Context, region string, before inventory.Account) (
	resources, pending int, err error) {
	var added, removed []string
	err = poll(ctx, "the account is still different", func() (bool, error) {
		now, err := inventory.ReadAccount(ctx, s.sessions[region].Config)
		if err != nil {
			return false, err
		}
		added, removed = now.Difference(before)
		resources, pending = len(now), len(added)
		added = slices.DeleteFunc(added, isPendingSubscription)
		pending -= len(added)
		return len(added)+len(removed) == 0, nil
	})
	if err != nil && len(added)+len(removed) > 0 {
		err = fmt.Errorf("the account changed in %s, perhaps by other users: added %q, removed %q",
			region, added, removed)
	}
	return resources, pending, err
}

// isPendingSubscription reports whether a line of the inventory is a check's unconfirmed
// subscription. SNS deletes the subscription after at most 48 hours, and nobody can delete it
// earlier: https://docs.aws.amazon.com/sns/latest/dg/sns-delete-subscription-topic.html
func isPendingSubscription(line string) bool {
	return strings.HasPrefix(line, "subscription "+stackName(emailStage)+"-alarms:") &&
		strings.HasSuffix(line, ":PendingConfirmation")
}
