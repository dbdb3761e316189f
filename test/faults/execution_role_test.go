package faults

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

func TestLostExecutionRole(t *testing.T) {
	endpoint := cloud(t)
	role := func(name string) *string { return aws.String("arn:aws:iam::000000000000:role/" + name) }
	template := resources(`{"Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/shop"}}}`)
	for name, test := range map[string]struct {
		manners   []Manner
		role, err string
	}{
		"on": {[]Manner{LostExecutionRole()}, *role("deployer"),
			"Bad Request ValidationError: Role " + *role("deployer") + " is invalid or cannot be assumed"},
		"off": {nil, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := stack(Start(t, endpoint, Options{Manners: test.manners}).URL)
			createRole(t, endpoint, "deployer")
			_, err := s.CreateStack(t.Context(), &cloudformation.CreateStackInput{
				StackName: &s.name, TemplateBody: &template, RoleARN: role("deployer")})
			check(t, err)
			s.status(t)
			out, err := s.DescribeStacks(t.Context(), &cloudformation.DescribeStacksInput{StackName: &s.name})
			check(t, err)
			if got := aws.ToString(out.Stacks[0].RoleARN); got != test.role {
				t.Errorf("got the role %q, want %q", got, test.role)
			}
			_, err = iam.NewFromConfig(config(endpoint)).DeleteRole(t.Context(), &iam.DeleteRoleInput{
				RoleName: aws.String("deployer")})
			check(t, err)
			if _, err = s.DeleteStack(t.Context(), &cloudformation.DeleteStackInput{
				StackName: &s.name}); refusal(err) != test.err {
				t.Errorf("deletion: got %v, want %q", err, test.err)
			}
			// Another role can still delete the stack.
			createRole(t, endpoint, "other")
			_, err = s.DeleteStack(t.Context(), &cloudformation.DeleteStackInput{
				StackName: &s.name, RoleARN: role("other")})
			check(t, err)
			if status := s.status(t); status != "DELETE_COMPLETE" {
				t.Errorf("with another role: got %s, want DELETE_COMPLETE", status)
			}
		})
	}
}
