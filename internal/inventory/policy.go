package inventory

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/smithy-go"
)

// Policy is one that a role has from elsewhere than its stack. CloudFormation does not take it away, and IAM does not delete
// a role that has one: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html
type Policy struct {
	Role string
	Name string
	ARN  string // of a managed policy; empty for an inline one
}

func (p Policy) String() string {
	if p.ARN == "" {
		return fmt.Sprintf("the inline policy %s of the IAM role %s", p.Name, p.Role)
	}
	return fmt.Sprintf("the policy %s of the IAM role %s", p.ARN, p.Role)
}

// Removal says how to take the policy from the role by hand.
func (p Policy) Removal() string {
	if p.ARN == "" {
		return fmt.Sprintf("`aws iam delete-role-policy --role-name %s --policy-name %s`", p.Role, p.Name)
	}
	return fmt.Sprintf("`aws iam detach-role-policy --role-name %s --policy-arn %s`", p.Role, p.ARN)
}

// Outside lists the policies that the roles of a stack have from elsewhere.
func (c Contents) Outside(ctx context.Context, cfg aws.Config) ([]Policy, error) {
	var outside []Policy
	for _, resource := range c.Resources {
		if resource.Kind != Role {
			continue
		}
		all, err := Policies(ctx, cfg, resource.ID)
		if err != nil {
			return nil, err
		}
		for _, policy := range all {
			if policy.ARN != "" || !slices.Contains(c.policies[resource], policy.Name) {
				outside = append(outside, policy)
			}
		}
	}
	return outside, nil
}

// Policies lists all policies of a role. A role that does not exist has none.
func Policies(ctx context.Context, cfg aws.Config, role string) ([]Policy, error) {
	client := iam.NewFromConfig(cfg)
	var all []Policy
	attached := iam.NewListAttachedRolePoliciesPaginator(client, &iam.ListAttachedRolePoliciesInput{RoleName: &role})
	for attached.HasMorePages() {
		page, err := attached.NextPage(ctx)
		if missing(err) {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("cannot list the policies attached to the IAM role %s: %w", role, err)
		}
		for _, policy := range page.AttachedPolicies {
			all = append(all, Policy{Role: role, Name: aws.ToString(policy.PolicyName), ARN: aws.ToString(policy.PolicyArn)})
		}
	}
	inline := iam.NewListRolePoliciesPaginator(client, &iam.ListRolePoliciesInput{RoleName: &role})
	for inline.HasMorePages() {
		page, err := inline.NextPage(ctx)
		if missing(err) {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("cannot list the inline policies of the IAM role %s: %w", role, err)
		}
		for _, name := range page.PolicyNames {
			all = append(all, Policy{Role: role, Name: name})
		}
	}
	return all, nil
}

func missing(err error) bool {
	api := smithy.APIError(nil)
	return errors.As(err, &api) && api.ErrorCode() == "NoSuchEntity"
}
