package e2e

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"

	"retrycatch/internal/inventory"
	"retrycatch/test/faults"
)

// mustRunThrough runs retrycatch through a proxy, and fails the test unless it exits with the given
// code.
func (c *cloud) mustRunThrough(t *testing.T, proxy *faults.Proxy, code int, args ...string) result {
	t.Helper()
	r := runCommand(t, c.environThrough(proxy), retrycatch, args...)
	if r.code != code {
		t.Fatalf("retrycatch %s: got exit code %d, want %d\n%s\n%s\n%s",
			strings.Join(args, " "), r.code, code, r.stderr, r.stdout, proxy)
	}
	return r
}

// attachPolicy attaches to the function's role a policy that is not part of the stack.
func (c *cloud) attachPolicy(t *testing.T) {
	t.Helper()
	if _, err := iam.NewFromConfig(c.config).AttachRolePolicy(t.Context(),
		&iam.AttachRolePolicyInput{RoleName: aws.String(functionRole), PolicyArn: aws.String(readOnlyPolicy)}); err != nil {
		t.Error(err)
	}
}

// attachedPolicies returns the ARNs of the policies attached to the function's role.
func (c *cloud) attachedPolicies(t *testing.T) (arns []string) {
	t.Helper()
	out, err := iam.NewFromConfig(c.config).ListAttachedRolePolicies(t.Context(),
		&iam.ListAttachedRolePoliciesInput{RoleName: aws.String(functionRole)})
	if err != nil {
		t.Fatal(err)
	}
	for _, policy := range out.AttachedPolicies {
		arns = append(arns, *policy.PolicyArn)
	}
	return arns
}

// createRole creates a role outside any stack, and returns its ARN.
func (c *cloud) createRole(t *testing.T, name string) string {
	t.Helper()
	out, err := iam.NewFromConfig(c.config).CreateRole(t.Context(), &iam.CreateRoleInput{
		RoleName:                 &name,
		AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[]}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	return *out.Role.Arn
}

// deleteRole deletes a role. If the response is lost, the SDK repeats the call, and IAM reports
// that the role does not exist. deleteRole ignores this error.
func (c *cloud) deleteRole(t *testing.T, name string) {
	t.Helper()
	gone := (*iamtypes.NoSuchEntityException)(nil)
	_, err := iam.NewFromConfig(c.config).DeleteRole(t.Context(), &iam.DeleteRoleInput{RoleName: &name})
	if err != nil && !errors.As(err, &gone) {
		t.Fatal(err)
	}
}

// configThrough returns the configuration of SDK clients that call the account through a proxy.
func (c *cloud) configThrough(proxy *faults.Proxy) aws.Config {
	cfg := c.config.Copy()
	cfg.BaseEndpoint = &proxy.URL
	return cfg
}

// createThrough creates the stack through a proxy. If roleARN is not empty, CloudFormation assumes
// this role for the stack.
func (c *cloud) createThrough(t *testing.T, proxy *faults.Proxy, template, roleARN string) *inventory.Stack {
	t.Helper()
	input := &cloudformation.CreateStackInput{
		StackName:    aws.String("retrycatch"),
		TemplateBody: &template,
		Tags:         stackTags,
		Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam},
	}
	if roleARN != "" {
		input.RoleARN = &roleARN
	}
	if _, err := cloudformation.NewFromConfig(c.configThrough(proxy)).CreateStack(t.Context(), input); err != nil {
		t.Fatal(err)
	}
	return c.awaitStack(t)
}

// updateThrough updates the stack's template through a proxy.
func (c *cloud) updateThrough(t *testing.T, proxy *faults.Proxy, template string) {
	t.Helper()
	if !json.Valid([]byte(template)) {
		t.Fatal("the template is not valid JSON")
	}
	input := &cloudformation.UpdateStackInput{
		StackName:    aws.String("retrycatch"),
		TemplateBody: &template,
		Tags:         stackTags,
		Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam},
	}
	if _, err := cloudformation.NewFromConfig(c.configThrough(proxy)).UpdateStack(t.Context(), input); err != nil {
		t.Fatal(err)
	}
	if stack := c.awaitStack(t); stack.Status != types.StackStatusUpdateComplete {
		t.Fatalf("update: got stack status %s: %s", stack.Status, stack.Reason)
	}
}

// awaitStack waits until no operation on the stack is in progress.
func (c *cloud) awaitStack(t *testing.T) *inventory.Stack {
	t.Helper()
	stack, err := inventory.AwaitDeployment(t.Context(), c.config, "retrycatch", "")
	if err != nil {
		t.Fatal(err)
	}
	return stack
}
