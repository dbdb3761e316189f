package faults

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

func TestLostExecutionRole(t *testing.T) {
	endpoint := startCloud(t)
	role := func(name string) *string { return aws.String("arn:aws:iam::000000000000:role/" + name) }
	template := templateWith(`{"Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/shop"}}}`)
	for name, test := range map[string]struct {
		behaviors []Behavior
		role, err string
	}{
		"on": {[]Behavior{LostExecutionRole()}, *role("deployer"),
			"Bad Request ValidationError: Role " + *role("deployer") + " is invalid or cannot be assumed"},
		"off": {nil, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStackClient(Start(t, endpoint, Options{Behaviors: test.behaviors}).URL)
			createRole(t, endpoint, "deployer")
			_, err := s.CreateStack(t.Context(), &cloudformation.CreateStackInput{
				StackName: &s.name, TemplateBody: &template, RoleARN: role("deployer")})
			mustSucceed(t, err)
			s.awaitStatus(t)
			out, err := s.DescribeStacks(t.Context(), &cloudformation.DescribeStacksInput{StackName: &s.name})
			mustSucceed(t, err)
			if got := aws.ToString(out.Stacks[0].RoleARN); got != test.role {
				t.Errorf("DescribeStacks: got the role %q, want %q", got, test.role)
			}
			_, err = iam.NewFromConfig(sdkConfig(endpoint)).DeleteRole(t.Context(), &iam.DeleteRoleInput{
				RoleName: aws.String("deployer")})
			mustSucceed(t, err)
			if _, err = s.DeleteStack(t.Context(), &cloudformation.DeleteStackInput{
				StackName: &s.name}); formatError(err) != test.err {
				t.Errorf("DeleteStack after the deletion of the role: got %v, want %q", err, test.err)
			}
			// With another role, the deletion succeeds.
			createRole(t, endpoint, "other")
			_, err = s.DeleteStack(t.Context(), &cloudformation.DeleteStackInput{
				StackName: &s.name, RoleARN: role("other")})
			mustSucceed(t, err)
			if status := s.awaitStatus(t); status != "DELETE_COMPLETE" {
				t.Errorf("DeleteStack with another role: got %s, want DELETE_COMPLETE", status)
			}
		})
	}
}
