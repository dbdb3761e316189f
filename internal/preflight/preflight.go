// Package preflight finds reasons why a deployment or a teardown would fail. It changes nothing.
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

// Target builds the commands that messages about a stack recommend.
type Target interface {
	// Command adds the stack's stage, region and profile to a retrycatch command.
	Command(name string) string
	// AWS adds the region and the profile to an AWS CLI command.
	AWS(line string) string
	// OtherStageCommand returns the command that deploys as another stage, with other resource
	// names.
	OtherStageCommand() string
	// RegionalCommand returns the deploy command that adds the region to names that must be
	// unique in the account.
	RegionalCommand() string
	// CDK returns the command that runs the project's CDK CLI with arguments and the profile.
	CDK(arguments string) string
}

// CheckDeploy returns the blockers of a deployment. A blocker is a *problem.Problem or the error of
// a failed read. For names that the caller is not allowed to look up, CheckDeploy returns
// Warnings instead. The stack of a failed first deployment is a blocker only if it has termination
// protection. Otherwise, the CDK CLI replaces the stack.
func CheckDeploy(
	ctx context.Context, cfg aws.Config, stackName string, expected []resource.Resource, t Target,
) []error {
	stack, err := inventory.CurrentStack(ctx, cfg, stackName)
	if err != nil {
		return []error{readProblem(err, t)}
	}
	var blockers []error
	var inStack []resource.Resource
	if stack != nil {
		if blockers = stackBlockers(stack, t); !stack.Ours() {
			return blockers // do not read the resources of somebody else's stack
		}
		record, err := inventory.ReadRecord(ctx, cfg, stack)
		if session.Denied(err) { // without the record, the owners of existing resources are unknown
			return append(blockers, uncheckedNames{session.DeniedAction(err): expected}.warnings()...)
		}
		if err != nil {
			return append(blockers, readProblem(err, t))
		}
		for _, member := range record.InStack() {
			inStack = append(inStack, member.Resource)
		}
	}
	names, unchecked := usedNames{stackName: stackName, stack: stack, target: t}, uncheckedNames{}
	for _, r := range expected {
		if slices.Contains(inStack, r) {
			continue
		}
		observation, err := resource.Observe(ctx, cfg, r)
		switch {
		case session.AccessLost(err) || ctx.Err() != nil: // all further calls would fail too
			return append(blockers, readProblem(err, t))
		case session.Denied(err):
			action := session.DeniedAction(err)
			unchecked[action] = append(unchecked[action], r)
		case err != nil:
			blockers = append(blockers, readProblem(err, t))
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
	return append(blockers, unchecked.warnings()...)
}

// readProblem returns a problem for a failed read. Its next step repeats the deployment.
// readProblem returns an interrupt or an error about access to AWS unchanged.
func readProblem(err error, t Target) error {
	if session.AccessFailed(err) || errors.Is(err, context.Canceled) {
		return err
	}
	return &problem.Problem{What: "cannot read the state of the account", Next: t.Command("deploy"), Err: err}
}

// stackBlockers returns the blockers that the stack's owner or status causes. After a failed
// rollback, the user can only continue the rollback:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-continueupdaterollback.html
func stackBlockers(stack *inventory.Stack, t Target) []error {
	if err := CheckOwner(stack, t); err != nil {
		return []error{err}
	}
	var blockers []error
	if stack.InProgress() {
		blockers = append(blockers, inProgressProblem(stack, t))
	}
	switch {
	case stack.Status == cloudformation.StackStatusDeleteFailed:
		blockers = append(blockers, &problem.Problem{
			What: fmt.Sprintf("the deletion of the stack %s failed: its status is %s", stack.Name, stack.Status),
			Next: t.Command("destroy")})
	case stack.Status == cloudformation.StackStatusUpdateRollbackFailed:
		blockers = append(blockers, &problem.Problem{
			What: fmt.Sprintf("the last update of the stack %s and its rollback failed: the stack's status is %s",
				stack.Name, stack.Status),
			Next: t.AWS("aws cloudformation continue-update-rollback --stack-name " + stack.Name)})
	case strings.HasPrefix(string(stack.Status), "ROLLBACK_") && !stack.InProgress() && stack.Protected:
		blockers = append(blockers, &problem.Problem{
			What: fmt.Sprintf("the first deployment of the stack %s failed (%s), but termination protection prevents "+
				"the CDK from replacing the stack", stack.Name, stack.Status),
			Next: t.Command("destroy --force")})
	}
	return blockers
}

// CheckOwner returns a problem if the stack belongs to somebody else.
func CheckOwner(stack *inventory.Stack, t Target) error {
	if stack.Ours() {
		return nil
	}
	return &problem.Problem{What: fmt.Sprintf("the stack %s belongs to somebody else: it does not have the tag %s=%s",
		stack.Name, deployment.TagProject, deployment.Project), Next: t.OtherStageCommand()}
}

// CheckInProgress returns a blocker if an operation on the stack is in progress. A deletion is not
// a blocker, because a teardown can wait for its end.
func CheckInProgress(stack *inventory.Stack, t Target) []error {
	if stack.InProgress() && stack.Status != cloudformation.StackStatusDeleteInProgress {
		return []error{inProgressProblem(stack, t)}
	}
	return nil
}

func inProgressProblem(stack *inventory.Stack, t Target) error {
	return &problem.Problem{What: fmt.Sprintf("an operation on the stack %s is in progress: its status is %s",
		stack.Name, stack.Status), Next: t.Command("status")}
}
