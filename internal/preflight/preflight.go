// Package preflight finds everything that would make a deployment or a teardown fail, before either
// of them changes anything.
package preflight

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	cloudformation "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"retrycatch/internal/deployment"
	"retrycatch/internal/inventory"
	"retrycatch/internal/problem"
	"retrycatch/internal/resource"
	"retrycatch/internal/session"
)

// Target is a stack in an account, and the command lines that work on it.
type Target interface {
	// Command completes a retrycatch command with the stack's stage, region and profile.
	Command(name string) string
	// AWS completes an AWS CLI command with the region and the profile.
	AWS(line string) string
	// Elsewhere returns the command that deploys as another stage, and so under other names.
	Elsewhere() string
	// Regional returns the command that deploys with the region in the names that are unique in the
	// account.
	Regional() string
	// CDK completes a command of the project's CDK CLI with the profile.
	CDK(arguments string) string
}

// Deploy returns the blockers of a deployment, each a *problem.Problem or a failed call. A state
// that cannot be read is a blocker too, except for names that the caller may not look up: these are
// Warnings. A failed first deployment is no blocker: the CDK CLI deletes its stack and starts
// again.
func Deploy(ctx context.Context, cfg aws.Config, stackName string, expected []resource.Resource, t Target) []error {
	stack, err := inventory.CurrentStack(ctx, cfg, stackName)
	if err != nil {
		return []error{unread(err, t)}
	}
	var blockers []error
	var owned []resource.Resource
	if stack != nil {
		if blockers = undeployable(stack, t); !stack.Ours() {
			return blockers // do not look further into somebody else's stack
		}
		record, err := inventory.ReadRecord(ctx, cfg, stack)
		if session.Denied(err) { // whose an existing name is stays unknown
			return append(blockers, unseen{session.DeniedAction(err): expected}.warnings()...)
		}
		if err != nil {
			return append(blockers, unread(err, t))
		}
		for _, member := range record.Owned() {
			owned = append(owned, member.Resource)
		}
	}
	names, hidden := takenNames{stackName: stackName, stack: stack, target: t}, unseen{}
	for _, r := range expected {
		if slices.Contains(owned, r) {
			continue
		}
		observation, err := resource.Observe(ctx, cfg, r)
		switch {
		case session.Ended(err) || ctx.Err() != nil: // every further call would fail too
			return append(blockers, unread(err, t))
		case session.Denied(err):
			action := session.DeniedAction(err)
			hidden[action] = append(hidden[action], r)
		case err != nil:
			blockers = append(blockers, unread(err, t))
		case observation.Deleting():
			blockers = append(blockers, &problem.Problem{
				What: fmt.Sprintf("the %s is still being deleted: its executions have not ended", r),
				Next: t.Command("status")})
		case observation.Exists:
			if blocker := names.explain(ctx, cfg, r, observation); blocker != nil {
				blockers = append(blockers, blocker)
			}
		}
	}
	return append(blockers, hidden.warnings()...)
}

// unread returns the problem of a failed read. Unless the access itself is the reason, another try
// may succeed.
func unread(err error, t Target) error {
	if session.AccessFailed(err) || errors.Is(err, context.Canceled) {
		return err
	}
	return &problem.Problem{What: "the state of the account is unknown", Next: t.Command("deploy"), Err: err}
}

// undeployable returns the blockers of a deployment that are in the stack itself.
func undeployable(stack *inventory.Stack, t Target) []error {
	if err := Foreign(stack, t); err != nil {
		return []error{err}
	}
	var blockers []error
	if stack.InProgress() {
		blockers = append(blockers, beingChanged(stack, t))
	}
	switch {
	case stack.Status == cloudformation.StackStatusDeleteFailed:
		blockers = append(blockers, &problem.Problem{
			What: fmt.Sprintf("the deletion of the stack %s failed: it is %s", stack.Name, stack.Status),
			Next: t.Command("destroy")})
	case stack.Status == cloudformation.StackStatusUpdateRollbackFailed:
		// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-continueupdaterollback.html
		blockers = append(blockers, &problem.Problem{
			What: fmt.Sprintf("the last update of the stack %s failed, and so did its rollback: it is %s",
				stack.Name, stack.Status),
			Next: t.AWS("aws cloudformation continue-update-rollback --stack-name " + stack.Name)})
	case strings.HasPrefix(string(stack.Status), "ROLLBACK_") && !stack.InProgress() && stack.Protected:
		blockers = append(blockers, &problem.Problem{
			What: fmt.Sprintf("the first deployment of the stack %s failed (%s), and termination protection keeps "+
				"the CDK from replacing it", stack.Name, stack.Status),
			Next: t.Command("destroy --force")})
	}
	return blockers
}

// Foreign returns a problem for somebody else's stack with our name, and nil for our stack.
func Foreign(stack *inventory.Stack, t Target) error {
	if stack.Ours() {
		return nil
	}
	return &problem.Problem{What: fmt.Sprintf("the stack %s is somebody else's: it does not have the tag %s=%s",
		stack.Name, deployment.TagProject, deployment.Project), Next: t.Elsewhere()}
}

// Changing returns a blocker if an operation on the stack is in progress. A deletion is no blocker:
// a teardown can wait for its end.
func Changing(stack *inventory.Stack, t Target) []error {
	if stack.InProgress() && stack.Status != cloudformation.StackStatusDeleteInProgress {
		return []error{beingChanged(stack, t)}
	}
	return nil
}

func beingChanged(stack *inventory.Stack, t Target) error {
	return &problem.Problem{What: fmt.Sprintf("the stack %s is being changed: %s", stack.Name, stack.Status),
		Next: t.Command("status")}
}
