// Package preflight finds reasons why a deployment or a teardown would fail, before either changes
// anything.
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

// Target identifies a stack in an account. It also completes commands for that stack.
type Target interface {
	// Command completes a retrycatch command with the stack's stage, region and profile.
	Command(name string) string
	// AWS adds the region and the profile to an AWS CLI command.
	AWS(line string) string
	// Elsewhere returns the command that deploys as another stage, with other names.
	Elsewhere() string
	// Regional returns the command that deploys with the region in the account-wide names.
	Regional() string
	// CDK adds the profile to a command of the project's CDK CLI.
	CDK(arguments string) string
}

// Deploy returns the blockers of a deployment, each a *problem.Problem or a failed call. A failed
// read is a blocker too. If the only problem is that the caller may not look up some names, Deploy
// returns Warnings. A failed first deployment is not a blocker, because the CDK CLI deletes its
// stack and starts again.
func Deploy(ctx context.Context, cfg aws.Config, stackName string, expected []resource.Resource, t Target) []error {
	stack, err := inventory.CurrentStack(ctx, cfg, stackName)
	if err != nil {
		return []error{unread(err, t)}
	}
	var blockers []error
	var owned []resource.Resource
	if stack != nil {
		if blockers = stackBlockers(stack, t); !stack.Ours() {
			return blockers // do not examine somebody else's stack
		}
		record, err := inventory.ReadRecord(ctx, cfg, stack)
		if session.Denied(err) { // the owners of existing names stay unknown
			return append(blockers, unseen{session.DeniedAction(err): expected}.warnings()...)
		}
		if err != nil {
			return append(blockers, unread(err, t))
		}
		for _, member := range record.Owned() {
			owned = append(owned, member.Resource)
		}
	}
	names, hidden := usedNames{stackName: stackName, stack: stack, target: t}, unseen{}
	for _, r := range expected {
		if slices.Contains(owned, r) {
			continue
		}
		observation, err := resource.Observe(ctx, cfg, r)
		switch {
		case session.AccessLost(err) || ctx.Err() != nil: // every further call would fail too
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

// unread returns the problem of a failed read. A retry may succeed, unless access to AWS is lost.
func unread(err error, t Target) error {
	if session.AccessFailed(err) || errors.Is(err, context.Canceled) {
		return err
	}
	return &problem.Problem{What: "the state of the account is unknown", Next: t.Command("deploy"), Err: err}
}

// stackBlockers returns the blockers of a deployment that the stack itself causes. After a failed
// rollback, the only way out is to continue it:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-continueupdaterollback.html
func stackBlockers(stack *inventory.Stack, t Target) []error {
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

// Foreign returns a problem for somebody else's stack with this deployment's name, and nil
// otherwise.
func Foreign(stack *inventory.Stack, t Target) error {
	if stack.Ours() {
		return nil
	}
	return &problem.Problem{What: fmt.Sprintf("the stack %s is somebody else's: it does not have the tag %s=%s",
		stack.Name, deployment.TagProject, deployment.Project), Next: t.Elsewhere()}
}

// Changing returns a blocker if an operation on the stack is in progress. A deletion is not a
// blocker, because a teardown can wait for its end.
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
