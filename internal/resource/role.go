package resource

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"retrycatch/internal/deployment"
)

// Role is the resource kind for IAM roles. A role's name is unique in the account.
const Role Kind = "AWS::IAM::Role"

var roleRecord = record{
	kind:  Role,
	title: "IAM role",
	ids: func(names deployment.Names, _ Location) []string {
		return []string{names.FunctionRole, names.StateMachineRole}
	},
	list:          listRoles,
	observe:       observeRole,
	holds:         roleHolds,
	remove:        removeRole,
	removeCommand: func(id string) string { return "aws iam delete-role --role-name " + id },
}

func listRoles(ctx context.Context, cfg aws.Config) (ids []string, err error) {
	pages := iam.NewListRolesPaginator(iam.NewFromConfig(cfg), &iam.ListRolesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, role := range page.Roles {
			ids = append(ids, aws.ToString(role.RoleName))
		}
	}
	return ids, nil
}

func observeRole(ctx context.Context, cfg aws.Config, id string) (Observation, error) {
	const operation = "iam:GetRole"
	out, err := iam.NewFromConfig(cfg).GetRole(ctx, &iam.GetRoleInput{RoleName: &id})
	if err != nil {
		return absentIf(operation, codeNoSuchEntity, err)
	}
	if out.Role == nil || aws.ToString(out.Role.RoleName) != id {
		return Observation{}, missingResource(operation)
	}
	o := found(operation)
	o.Since, o.Tags = aws.ToTime(out.Role.CreateDate), map[string]string{}
	for _, tag := range out.Role.Tags {
		o.Tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return o, nil
}

// roleHolds lists the policies and instance profiles that make DeleteRole return DeleteConflict:
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html
func roleHolds(ctx context.Context, cfg aws.Config, id string, declared DeclaredAttachments) (holds []Hold, err error) {
	attached, err := attachedPolicies(ctx, cfg, id)
	if err != nil {
		return nil, err
	}
	for _, arn := range attached {
		if !declared.hasManaged(arn) {
			holds = append(holds, attachedPolicyHold(id, arn))
		}
	}
	inline, err := inlinePolicies(ctx, cfg, id)
	if err != nil {
		return nil, err
	}
	for _, name := range inline {
		if !declared.hasInline(name) {
			holds = append(holds, inlinePolicyHold(id, name))
		}
	}
	profiles, err := instanceProfiles(ctx, cfg, id)
	if err != nil {
		return nil, err
	}
	for _, name := range profiles {
		if !slices.Contains(declared.Profiles, name) {
			holds = append(holds, instanceProfileHold(id, name))
		}
	}
	return holds, nil
}

func attachedPolicyHold(role, arn string) Hold {
	return Hold{Resource: Resource{Role, role},
		Text:    "has the policy " + arn + ", which the stack did not attach",
		Fix:     "detach the policy " + arn,
		Command: fmt.Sprintf("aws iam detach-role-policy --role-name %s --policy-arn %s", role, arn),
		lift: func(ctx context.Context, cfg aws.Config) error {
			_, err := iam.NewFromConfig(cfg).DetachRolePolicy(ctx,
				&iam.DetachRolePolicyInput{RoleName: &role, PolicyArn: &arn})
			return err
		}}
}

func inlinePolicyHold(role, name string) Hold {
	return Hold{Resource: Resource{Role, role},
		Text:    "has the inline policy " + name + ", which the stack did not add",
		Fix:     "delete the inline policy " + name,
		Command: fmt.Sprintf("aws iam delete-role-policy --role-name %s --policy-name %s", role, name),
		lift: func(ctx context.Context, cfg aws.Config) error {
			_, err := iam.NewFromConfig(cfg).DeleteRolePolicy(ctx,
				&iam.DeleteRolePolicyInput{RoleName: &role, PolicyName: &name})
			return err
		}}
}

// instanceProfileHold returns the hold for a role in an instance profile. Lift does not delete the
// instance profile, because the profile does not belong to the stack.
func instanceProfileHold(role, profile string) Hold {
	return Hold{Resource: Resource{Role, role},
		Text: "is in the instance profile " + profile,
		Fix:  "remove the role from the instance profile " + profile,
		Command: fmt.Sprintf("aws iam remove-role-from-instance-profile --instance-profile-name %s --role-name %s",
			profile, role),
		lift: func(ctx context.Context, cfg aws.Config) error {
			_, err := iam.NewFromConfig(cfg).RemoveRoleFromInstanceProfile(ctx,
				&iam.RemoveRoleFromInstanceProfileInput{RoleName: &role, InstanceProfileName: &profile})
			return err
		}}
}

func attachedPolicies(ctx context.Context, cfg aws.Config, role string) (arns []string, err error) {
	pages := iam.NewListAttachedRolePoliciesPaginator(iam.NewFromConfig(cfg),
		&iam.ListAttachedRolePoliciesInput{RoleName: &role})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, policy := range page.AttachedPolicies {
			arns = append(arns, aws.ToString(policy.PolicyArn))
		}
	}
	return arns, nil
}

func inlinePolicies(ctx context.Context, cfg aws.Config, role string) (names []string, err error) {
	pages := iam.NewListRolePoliciesPaginator(iam.NewFromConfig(cfg), &iam.ListRolePoliciesInput{RoleName: &role})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		names = append(names, page.PolicyNames...)
	}
	return names, nil
}

func instanceProfiles(ctx context.Context, cfg aws.Config, role string) (names []string, err error) {
	pages := iam.NewListInstanceProfilesForRolePaginator(iam.NewFromConfig(cfg),
		&iam.ListInstanceProfilesForRoleInput{RoleName: &role})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, profile := range page.InstanceProfiles {
			names = append(names, aws.ToString(profile.InstanceProfileName))
		}
	}
	return names, nil
}

// removeRole first removes all policies from the role, and the role from all instance profiles.
// This includes the policies and profiles of the deployment.
func removeRole(ctx context.Context, cfg aws.Config, id string) error {
	holds, err := roleHolds(ctx, cfg, id, DeclaredAttachments{})
	if err != nil {
		return err
	}
	for _, hold := range holds {
		if err := hold.Lift(ctx, cfg); err != nil {
			return err
		}
	}
	_, err = iam.NewFromConfig(cfg).DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: &id})
	return err
}
