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

// thing is a resource that a check makes outside the deployments.
type thing interface {
	String() string
	// find reports whether the thing exists, and whether it has the tag of the smoke test: a name
	// alone does not prove ownership.
	find(ctx context.Context, s *suite) (found, owned bool, err error)
	// remove removes the thing, which exists and has the tag.
	remove(ctx context.Context, s *suite) error
}

// mark is the value of the tag that all things have.
const mark = "retrycatch-smoke"

var marked = []types.Tag{{Key: aws.String(deployment.TagProject), Value: aws.String(mark)}}

func hasMark(tags []types.Tag) bool {
	for _, tag := range tags {
		if aws.ToString(tag.Key) == deployment.TagProject && aws.ToString(tag.Value) == mark {
			return true
		}
	}
	return false
}

// absent returns nil for IAM's error about a missing thing, and other errors unchanged.
func absent(err error) error {
	if missing := (*types.NoSuchEntityException)(nil); errors.As(err, &missing) {
		return nil
	}
	return err
}

func (s *suite) iam() *iam.Client { return iam.NewFromConfig(s.cfg()) }

// arn returns the ARN of a resource in the account.
func (s *suite) arn(service, region, name string) string {
	caller, _ := arn.Parse(s.hide.Caller) // an ARN from AWS is valid
	return arn.ARN{Partition: caller.Partition, Service: service, Region: region, AccountID: given.account,
		Resource: name}.String()
}

// policy is a customer managed policy.
type policy struct{ name, document string }

func (p policy) String() string       { return "IAM policy " + p.name }
func (p policy) arn(s *suite) *string { return aws.String(s.arn("iam", "", "policy/"+p.name)) }
func (p policy) make(ctx context.Context, s *suite) error {
	_, err := s.iam().CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: &p.name,
		PolicyDocument: &p.document, Tags: marked})
	return err
}

func (p policy) find(ctx context.Context, s *suite) (found, owned bool, err error) {
	out, err := s.iam().GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: p.arn(s)})
	if err != nil {
		return false, false, absent(err)
	}
	return true, hasMark(out.Policy.Tags), nil
}

// remove detaches the policy first. Only a check's role can have it.
func (p policy) remove(ctx context.Context, s *suite) error {
	users, err := s.iam().ListEntitiesForPolicy(ctx, &iam.ListEntitiesForPolicyInput{PolicyArn: p.arn(s),
		EntityFilter: types.EntityTypeRole})
	if err != nil {
		return err
	}
	for _, role := range users.PolicyRoles {
		if _, err := s.iam().DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{PolicyArn: p.arn(s),
			RoleName: role.RoleName}); absent(err) != nil {
			return err
		}
	}
	_, err = s.iam().DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: p.arn(s)})
	return absent(err)
}

// role describes an IAM role that CloudFormation can assume, with the document of its inline
// policy.
type role struct{ name, document string }

func (r role) String() string      { return "IAM role " + r.name }
func (r role) arn(s *suite) string { return s.arn("iam", "", "role/"+r.name) }

func (r role) make(ctx context.Context, s *suite) error {
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",` +
		`"Principal":{"Service":"cloudformation.amazonaws.com"}}]}`
	if _, err := s.iam().CreateRole(ctx, &iam.CreateRoleInput{RoleName: &r.name, AssumeRolePolicyDocument: &trust,
		Tags: marked}); err != nil {
		return err
	}
	_, err := s.iam().PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: &r.name, PolicyName: aws.String(mark),
		PolicyDocument: &r.document})
	return err
}

func (r role) find(ctx context.Context, s *suite) (found, owned bool, err error) {
	out, err := s.iam().GetRole(ctx, &iam.GetRoleInput{RoleName: &r.name})
	if err != nil {
		return false, false, absent(err)
	}
	return true, hasMark(out.Role.Tags), nil
}

func (r role) remove(ctx context.Context, s *suite) error {
	_, err := s.iam().DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: &r.name, PolicyName: aws.String(mark)})
	if absent(err) != nil {
		return err
	}
	_, err = s.iam().DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: &r.name})
	return absent(err)
}

// profile is an instance profile.
type profile struct{ name string }

func (p profile) String() string { return "instance profile " + p.name }

// make creates the instance profile with a role.
func (p profile) make(ctx context.Context, s *suite, roleName string) error {
	if _, err := s.iam().CreateInstanceProfile(ctx, &iam.CreateInstanceProfileInput{InstanceProfileName: &p.name,
		Tags: marked}); err != nil {
		return err
	}
	_, err := s.iam().AddRoleToInstanceProfile(ctx, &iam.AddRoleToInstanceProfileInput{InstanceProfileName: &p.name,
		RoleName: &roleName})
	return err
}

func (p profile) find(ctx context.Context, s *suite) (found, owned bool, err error) {
	out, err := s.iam().GetInstanceProfile(ctx, &iam.GetInstanceProfileInput{InstanceProfileName: &p.name})
	if err != nil {
		return false, false, absent(err)
	}
	return true, hasMark(out.InstanceProfile.Tags), nil
}

func (p profile) remove(ctx context.Context, s *suite) error {
	out, err := s.iam().GetInstanceProfile(ctx, &iam.GetInstanceProfileInput{InstanceProfileName: &p.name})
	if err != nil {
		return absent(err)
	}
	for _, role := range out.InstanceProfile.Roles {
		if _, err := s.iam().RemoveRoleFromInstanceProfile(ctx, &iam.RemoveRoleFromInstanceProfileInput{
			InstanceProfileName: &p.name, RoleName: role.RoleName}); absent(err) != nil {
			return err
		}
	}
	_, err = s.iam().DeleteInstanceProfile(ctx, &iam.DeleteInstanceProfileInput{InstanceProfileName: &p.name})
	return absent(err)
}

// bootstrap describes a second bootstrap of the CDK in the account.
type bootstrap struct{ qualifier, stack string }

func (b bootstrap) String() string { return "stack " + b.stack }

// make bootstraps in an empty folder: in the project's, the CDK CLI would synthesize the app.
func (b bootstrap) make(ctx context.Context, s *suite) error {
	folder, err := os.MkdirTemp(s.folder, "bootstrap-")
	if err != nil {
		return err
	}
	return s.cdk(ctx, folder, "bootstrap", "--qualifier", b.qualifier, "--toolkit-stack-name", b.stack,
		"--tags", deployment.TagProject+"="+mark, fmt.Sprintf("aws://%s/%s", given.account, s.regions[0]))
}

// bucket returns the name of the bucket for staged assets, which the stack's deletion leaves.
func (b bootstrap) bucket(s *suite) *string {
	return aws.String(fmt.Sprintf("cdk-%s-assets-%s-%s", b.qualifier, given.account, s.regions[0]))
}
