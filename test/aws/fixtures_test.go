//go:build smoke

package aws

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"retrycatch/internal/deployment"
)

// fixture is a resource that a check creates outside the deployments.
type fixture interface {
	String() string
	// find reports whether the resource exists, and whether it has the smoke test's tag. Its name
	// alone does not prove that the smoke test created the resource.
	find(ctx context.Context, s *suite) (found, owned bool, err error)
	// remove removes the resource. Call it only if find returns found and owned.
	remove(ctx context.Context, s *suite) error
}

// fixtureTag is the value of the Project tag that all fixtures have.
const fixtureTag = "retrycatch-smoke"

var fixtureTags = []types.Tag{{Key: aws.String(deployment.TagProject), Value: aws.String(fixtureTag)}}

func hasFixtureTag(tags []types.Tag) bool {
	for _, tag := range tags {
		if aws.ToString(tag.Key) == deployment.TagProject && aws.ToString(tag.Value) == fixtureTag {
			return true
		}
	}
	return false
}

// ignoreMissing returns nil if IAM reports that a resource does not exist, and other errors
// unchanged.
func ignoreMissing(err error) error {
	if missing := (*types.NoSuchEntityException)(nil); errors.As(err, &missing) {
		return nil
	}
	return err
}

func (s *suite) iam() *iam.Client { return iam.NewFromConfig(s.config()) }

// arn returns the ARN of a resource in the account.
func (s *suite) arn(service, region, name string) string {
	caller, _ := arn.Parse(s.redaction.Caller) // the caller's ARN comes from AWS and is valid
	return arn.ARN{Partition: caller.Partition, Service: service, Region: region, AccountID: flags.account,
		Resource: name}.String()
}

// policy is a customer managed policy.
type policy struct{ name, document string }

func (p policy) String() string       { return "IAM policy " + p.name }
func (p policy) arn(s *suite) *string { return aws.String(s.arn("iam", "", "policy/"+p.name)) }
func (p policy) create(ctx context.Context, s *suite) error {
	_, err := s.iam().CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: &p.name,
		PolicyDocument: &p.document, Tags: fixtureTags})
	return err
}

func (p policy) find(ctx context.Context, s *suite) (found, owned bool, err error) {
	out, err := s.iam().GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: p.arn(s)})
	if err != nil {
		return false, false, ignoreMissing(err)
	}
	return true, hasFixtureTag(out.Policy.Tags), nil
}

// remove detaches the policy first. Only roles that a check created have the policy.
func (p policy) remove(ctx context.Context, s *suite) error {
	entities, err := s.iam().ListEntitiesForPolicy(ctx, &iam.ListEntitiesForPolicyInput{PolicyArn: p.arn(s),
		EntityFilter: types.EntityTypeRole})
	if err != nil {
		return err
	}
	for _, role := range entities.PolicyRoles {
		if _, err := s.iam().DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{PolicyArn: p.arn(s),
			RoleName: role.RoleName}); ignoreMissing(err) != nil {
			return err
		}
	}
	_, err = s.iam().DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: p.arn(s)})
	return ignoreMissing(err)
}

// role is an IAM role that CloudFormation can assume. document is the role's inline policy.
type role struct{ name, document string }

func (r role) String() string      { return "IAM role " + r.name }
func (r role) arn(s *suite) string { return s.arn("iam", "", "role/"+r.name) }

func (r role) create(ctx context.Context, s *suite) error {
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",` +
		`"Principal":{"Service":"cloudformation.amazonaws.com"}}]}`
	if _, err := s.iam().CreateRole(ctx, &iam.CreateRoleInput{RoleName: &r.name, AssumeRolePolicyDocument: &trust,
		Tags: fixtureTags}); err != nil {
		return err
	}
	_, err := s.iam().PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: &r.name, PolicyName: aws.String(fixtureTag),
		PolicyDocument: &r.document})
	return err
}

func (r role) find(ctx context.Context, s *suite) (found, owned bool, err error) {
	out, err := s.iam().GetRole(ctx, &iam.GetRoleInput{RoleName: &r.name})
	if err != nil {
		return false, false, ignoreMissing(err)
	}
	return true, hasFixtureTag(out.Role.Tags), nil
}

func (r role) remove(ctx context.Context, s *suite) error {
	_, err := s.iam().DeleteRolePolicy(ctx,
		&iam.DeleteRolePolicyInput{RoleName: &r.name, PolicyName: aws.String(fixtureTag)})
	if ignoreMissing(err) != nil {
		return err
	}
	_, err = s.iam().DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: &r.name})
	return ignoreMissing(err)
}

// profile is an instance profile.
type profile struct{ name string }

func (p profile) String() string { return "instance profile " + p.name }

// create creates the instance profile and adds a role to it.
func (p profile) create(ctx context.Context, s *suite, roleName string) error {
	if _, err := s.iam().CreateInstanceProfile(ctx, &iam.CreateInstanceProfileInput{InstanceProfileName: &p.name,
		Tags: fixtureTags}); err != nil {
		return err
	}
	_, err := s.iam().AddRoleToInstanceProfile(ctx, &iam.AddRoleToInstanceProfileInput{InstanceProfileName: &p.name,
		RoleName: &roleName})
	return err
}

func (p profile) find(ctx context.Context, s *suite) (found, owned bool, err error) {
	out, err := s.iam().GetInstanceProfile(ctx, &iam.GetInstanceProfileInput{InstanceProfileName: &p.name})
	if err != nil {
		return false, false, ignoreMissing(err)
	}
	return true, hasFixtureTag(out.InstanceProfile.Tags), nil
}

func (p profile) remove(ctx context.Context, s *suite) error {
	out, err := s.iam().GetInstanceProfile(ctx, &iam.GetInstanceProfileInput{InstanceProfileName: &p.name})
	if err != nil {
		return ignoreMissing(err)
	}
	for _, role := range out.InstanceProfile.Roles {
		if _, err := s.iam().RemoveRoleFromInstanceProfile(ctx, &iam.RemoveRoleFromInstanceProfileInput{
			InstanceProfileName: &p.name, RoleName: role.RoleName}); ignoreMissing(err) != nil {
			return err
		}
	}
	_, err = s.iam().DeleteInstanceProfile(ctx, &iam.DeleteInstanceProfileInput{InstanceProfileName: &p.name})
	return ignoreMissing(err)
}

// bootstrap is a second CDK bootstrap in the account.
type bootstrap struct{ qualifier, stack string }

func (b bootstrap) String() string { return "stack " + b.stack }

// create runs cdk bootstrap in an empty folder. In the project's folder, the CDK CLI would
// synthesize the app.
func (b bootstrap) create(ctx context.Context, s *suite) error {
	folder, err := os.MkdirTemp(s.folder, "bootstrap-")
	if err != nil {
		return err
	}
	return s.cdk(ctx, folder, "bootstrap", "--qualifier", b.qualifier, "--toolkit-stack-name", b.stack,
		"--tags", deployment.TagProject+"="+fixtureTag, fmt.Sprintf("aws://%s/%s", flags.account, s.regions[0]))
}

// bucketName returns the name of the bucket for staged assets. The bucket remains when the
// bootstrap stack is deleted.
func (b bootstrap) bucketName(s *suite) *string {
	return aws.String(fmt.Sprintf("cdk-%s-assets-%s-%s", b.qualifier, flags.account, s.regions[0]))
}
