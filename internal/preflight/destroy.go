package preflight

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"retrycatch/internal/cdk"
	"retrycatch/internal/inventory"
	"retrycatch/internal/problem"
	"retrycatch/internal/resource"
	"retrycatch/internal/session"
)

// Teardown describes a planned teardown.
type Teardown struct {
	Stack   *inventory.Stack
	Running []string // ARNs of the executions to stop
	RoleARN string   // role that CloudFormation assumes; empty for the stack's own role
	Caller  string   // ARN of the calling identity
	// Deployer is the ARN of a role that can delete the stack if the caller cannot. It is empty if
	// there is no such role.
	Deployer string
}

// CheckProtection returns the blockers of a stack's deletion that --force would remove.
func CheckProtection(stack *inventory.Stack, holds []resource.Hold, t Target) []error {
	var blockers []error
	if stack.Protected {
		blockers = append(blockers, &problem.Problem{
			What: fmt.Sprintf("the stack %s has termination protection; to turn it off, use --force, or deploy "+
				"without the option protect", stack.Name),
			Next: t.Command("destroy --force")})
	}
	for _, hold := range holds {
		blockers = append(blockers, &problem.Problem{
			What: hold.String() + ", so the stack's deletion would fail without --force",
			Next: t.AWS(hold.Command)})
	}
	return blockers
}

// CheckDeletion returns the blockers that CheckProtection does not look for, and warnings as errors
// of type *Warning. A blocker means that the caller is not allowed to delete the stack, or that
// CloudFormation would reject the deletion. CheckDeletion skips checks that the caller is not
// allowed to make, or that the endpoint does not support.
func CheckDeletion(ctx context.Context, cfg aws.Config, teardown Teardown, t Target) ([]error, error) {
	roleBlockers, err := checkExecutionRole(ctx, cfg, teardown, t)
	if err != nil {
		return nil, err
	}
	permissionBlockers, err := checkPermissions(ctx, cfg, teardown)
	if err != nil {
		return nil, err
	}
	return append(roleBlockers, permissionBlockers...), nil
}

// checkExecutionRole returns a blocker if CloudFormation would assume a role that does not exist. A
// stack keeps using the role that created it. If that role is gone, DeleteStack returns a
// ValidationError, unless the request names another role:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteStack.html
func checkExecutionRole(ctx context.Context, cfg aws.Config, teardown Teardown, t Target) ([]error, error) {
	role := teardown.Stack.RoleARN
	if teardown.RoleARN != "" {
		role = teardown.RoleARN
	}
	if role == "" {
		return nil, nil
	}
	exists, err := roleExists(ctx, cfg, role)
	if exists || err != nil {
		return nil, err
	}
	if teardown.RoleARN != "" {
		return []error{&problem.Problem{What: "the role " + role + " in --role-arn does not exist",
			Next: t.AWS(listRolesCommand)}}, nil
	}
	return []error{&problem.Problem{
		What: fmt.Sprintf("to delete the stack %s, CloudFormation assumes the role %s, which no longer exists; "+
			"set another role with --role-arn", teardown.Stack.Name, role),
		Next: missingRoleCommand(role, teardown.Stack.ARN, t)}}, nil
}

// missingRoleCommand returns the next step if a stack's role is missing. A new bootstrap with the
// same qualifier restores a role of the CDK's bootstrap. A custom qualifier gets a separate
// bootstrap stack, because other deployments may use the default stack:
// https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html
func missingRoleCommand(role, stackARN string, t Target) string {
	stack, err := arn.Parse(stackARN)
	parts := strings.Split(role[strings.LastIndex(role, "/")+1:], "-") // cdk-QUALIFIER-cfn-exec-role-ACCOUNT-REGION
	if err != nil || len(parts) < 5 || parts[0] != "cdk" || parts[2] != "cfn" {
		return t.AWS(listRolesCommand)
	}
	command := fmt.Sprintf("bootstrap aws://%s/%s", stack.AccountID, stack.Region)
	if parts[1] != cdk.DefaultQualifier {
		command += " --qualifier " + parts[1] + " --toolkit-stack-name CDKToolkit-" + parts[1]
	}
	return t.CDK(command)
}

// listRolesCommand lists the roles that CloudFormation is allowed to assume.
const listRolesCommand = `aws iam list-roles --query "Roles[?contains(to_string(AssumeRolePolicyDocument), ` +
	`'cloudformation.amazonaws.com')].Arn"`

// roleExists reports whether a role exists. If the caller is not allowed to check this, roleExists
// returns true: if the role is missing, CloudFormation reports it later.
func roleExists(ctx context.Context, cfg aws.Config, roleARN string) (bool, error) {
	name := roleARN[strings.LastIndex(roleARN, "/")+1:]
	_, err := iam.NewFromConfig(cfg).GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
	if missing := (*types.NoSuchEntityException)(nil); errors.As(err, &missing) {
		return false, nil
	}
	if session.Denied(err) {
		return true, nil
	}
	return true, err
}
