package faults

import (
	"context"
	"slices"
	"strings"

	"github.com/beevik/etree"
)

// RoleDeletionConflict makes CloudFormation fail to delete a role with a policy from outside the
// stack, or in an instance profile. The stack ends DELETE_FAILED and keeps the role and its
// dependencies. It can be deleted once nothing holds the role. A forced deletion orphans the role.
func RoleDeletionConflict() Manner {
	const name = "role deletion conflict"
	return Manner{Name: name, layer: deleting,
		Source: "https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html, " +
			"https://github.com/aws/aws-parallelcluster/issues/4031 (the wording) and " +
			"https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-console-delete-stack.html " +
			"(what is left)",
		start: func(_ context.Context, p *Proxy) middleware {
			p.deletions.hold(holder{name, heldRole})
			return pass
		}}
}

// pass changes nothing.
func pass(c *call, next handler) (*answer, error) { return next(c) }

// heldRole returns IAM's message if CloudFormation cannot delete a role, and "" otherwise.
// CloudFormation removes the template's own policies first, so they do not count.
func heldRole(c *call, next handler, t template, role *etree.Element, listed []*etree.Element) (string, error) {
	// The policies in a template that is not JSON, such as the CDK's bootstrap, are unknown.
	if text(role, "ResourceType") != "AWS::IAM::Role" || len(t) == 0 {
		return "", nil
	}
	named := texts(map[string]any(t))
	for _, resource := range listed {
		named = append(named, text(resource, "PhysicalResourceId"))
	}
	ours := func(policy string) bool {
		return slices.ContainsFunc(named, func(name string) bool {
			// The ARN of an AWS managed policy begins with the partition, which is a parameter in a
			// template.
			return name == policy || strings.Contains(name, ":policy/") && strings.HasSuffix(policy, name)
		})
	}
	parameters := func() map[string]string { return map[string]string{"RoleName": text(role, "PhysicalResourceId")} }
	attached, err := all(c, next, "iam:ListAttachedRolePolicies", "AttachedPolicies", parameters())
	if err != nil {
		return "", err
	}
	inline, err := all(c, next, "iam:ListRolePolicies", "PolicyNames", parameters())
	if err != nil {
		return "", err
	}
	profiles, err := all(c, next, "iam:ListInstanceProfilesForRole", "InstanceProfiles", parameters())
	if err != nil {
		return "", err
	}
	switch {
	case slices.ContainsFunc(attached, func(policy *etree.Element) bool { return !ours(text(policy, "PolicyArn")) }):
		return handlerMessage("Iam", 409, "Cannot delete entity, must detach all policies first."), nil
	case slices.ContainsFunc(inline, func(policy *etree.Element) bool { return !ours(policy.Text()) }):
		return handlerMessage("Iam", 409, "Cannot delete entity, must delete policies first."), nil
	case len(profiles) > 0:
		return handlerMessage("Iam", 409, "Cannot delete entity, must remove roles from instance profile first."), nil
	}
	return "", nil
}
