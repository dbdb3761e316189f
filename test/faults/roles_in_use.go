package faults

import (
	"context"
	"slices"
	"strings"

	"github.com/beevik/etree"
)

// RoleDeletionConflict makes CloudFormation fail to delete a role that is in an instance profile or
// has a policy from outside the stack. The stack ends DELETE_FAILED and keeps the role and its
// dependencies. The stack can be deleted after the policy or instance profile is removed. A forced
// deletion orphans the role.
func RoleDeletionConflict() Behavior {
	const name = "role deletion conflict"
	return Behavior{Name: name, layer: deletionLayer,
		Source: "https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html, " +
			"https://github.com/aws/aws-parallelcluster/issues/4031 (the error message) and " +
			"https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-console-delete-stack.html " +
			"(which resources remain)",
		newMiddleware: func(_ context.Context, p *Proxy) middleware {
			p.deletions.addBlocker(blocker{name, roleInUseReason})
			return forwardUnchanged
		}}
}

func forwardUnchanged(c *call, next handler) (*response, error) { return next(c) }

// roleInUseReason returns the message with which CloudFormation refuses to delete a role, or "" if
// CloudFormation can delete the role. CloudFormation first removes the template's policies from the
// role, so these policies do not block the deletion.
func roleInUseReason(c *call, next handler, t template, role *etree.Element, listed []*etree.Element) (string, error) {
	// If the template is not JSON, such as the CDK bootstrap template, the names of its policies
	// are unknown.
	if childText(role, "ResourceType") != "AWS::IAM::Role" || len(t) == 0 {
		return "", nil
	}
	names := allStrings(map[string]any(t))
	for _, resource := range listed {
		names = append(names, childText(resource, "PhysicalResourceId"))
	}
	inStack := func(policy string) bool {
		return slices.ContainsFunc(names, func(name string) bool {
			// In a template, the partition of a managed policy's ARN is a parameter. The rest of
			// the ARN must match.
			return name == policy || strings.Contains(name, ":policy/") && strings.HasSuffix(policy, name)
		})
	}
	parameters := func() map[string]string { return map[string]string{"RoleName": childText(role, "PhysicalResourceId")} }
	attached, err := listAll(c, next, "iam:ListAttachedRolePolicies", "AttachedPolicies", parameters())
	if err != nil {
		return "", err
	}
	inline, err := listAll(c, next, "iam:ListRolePolicies", "PolicyNames", parameters())
	if err != nil {
		return "", err
	}
	profiles, err := listAll(c, next, "iam:ListInstanceProfilesForRole", "InstanceProfiles", parameters())
	if err != nil {
		return "", err
	}
	switch {
	case slices.ContainsFunc(attached,
		func(policy *etree.Element) bool { return !inStack(childText(policy, "PolicyArn")) }):
		return handlerMessage("Iam", 409, "Cannot delete entity, must detach all policies first."), nil
	case slices.ContainsFunc(inline, func(policy *etree.Element) bool { return !inStack(policy.Text()) }):
		return handlerMessage("Iam", 409, "Cannot delete entity, must delete policies first."), nil
	case len(profiles) > 0:
		return handlerMessage("Iam", 409, "Cannot delete entity, must remove roles from instance profile first."), nil
	}
	return "", nil
}
