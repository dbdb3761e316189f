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

// CheckDeletion returns Warnings, and the blockers that CheckProtection does not look for. A
// blocker means that the caller is not allowed to delete the stack, or that CloudFormation would
// reject the deletion. CheckDeletion skips checks that the caller is not allowed to make, or that
// the endpoint does not support.
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

// missingRoleCommand returns the command that helps if a role is missing. A new bootstrap with the
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
// returns true, because CloudFormation reports a missing role.
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

// checkPermissions simulates the teardown's first calls with IAM, if the endpoint supports this:
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
// It ignores a denial that depends on a condition, because the condition might allow the real call.
// If the caller is not allowed to stop executions, checkPermissions returns a Warning, because
// the caller can still delete the stack.
func checkPermissions(ctx context.Context, cfg aws.Config, teardown Teardown) ([]error, error) {
	principal, err := principal(ctx, cfg, teardown.Caller)
	if principal == "" || err != nil {
		return nil, err
	}
	s := simulation{cfg: cfg, caller: teardown.Caller, principal: principal}
	deleteDenial := s.denial(ctx, "cloudformation:DeleteStack", teardown.Stack.ARN)
	if deleteDenial != nil && teardown.Deployer != "" && s.denial(ctx, "sts:AssumeRole", teardown.Deployer) == nil {
		deleteDenial = nil
	}
	s.add(deleteDenial)
	if len(teardown.Running) > 0 {
		if stopDenial := s.denial(ctx, "states:StopExecution", teardown.Running[0]); stopDenial != nil {
			s.add(&Warning{stopDenial})
		}
	}
	if teardown.RoleARN != "" {
		s.add(s.denial(ctx, "iam:PassRole", teardown.RoleARN))
	}
	return s.blockers, s.err
}

// simulation asks IAM for a principal's permissions. After a failed call, it makes no more calls.
type simulation struct {
	cfg               aws.Config
	caller, principal string // ARNs
	stopped           bool   // a call failed
	blockers          []error
	err               error // set if the credentials have expired or the context has ended
}

func (s *simulation) add(blocker error) {
	if blocker != nil && s.err == nil {
		s.blockers = append(s.blockers, blocker)
	}
}

// denial returns a problem if IAM denies an action. It ignores a denial for which IAM reports a
// missing condition value.
func (s *simulation) denial(ctx context.Context, action, resource string) error {
	if s.stopped {
		return nil
	}
	out, err := iam.NewFromConfig(s.cfg).SimulatePrincipalPolicy(ctx, &iam.SimulatePrincipalPolicyInput{
		PolicySourceArn: &s.principal, ActionNames: []string{action}, ResourceArns: []string{resource}})
	if session.AccessLost(err) || ctx.Err() != nil {
		s.err = fmt.Errorf("cannot check the permissions (iam:SimulatePrincipalPolicy): %w", err)
	}
	if err != nil {
		s.stopped = true
		return nil
	}
	for _, result := range out.EvaluationResults {
		if result.EvalDecision != types.PolicyEvaluationDecisionTypeAllowed && len(result.MissingContextValues) == 0 {
			return &problem.Problem{
				What: fmt.Sprintf("%s cannot call %s on %s (%s)", s.caller, action, resource, result.EvalDecision),
				Next: "ask an administrator to allow " + action + " for " + s.principal +
					", or use other credentials with --profile"}
		}
	}
	return nil
}

// principal returns the ARN of the user or role whose policies apply to a caller. If the caller is
// neither, for example the account's root user, or if the role cannot be read, principal returns
// "".
func principal(ctx context.Context, cfg aws.Config, caller string) (string, error) {
	parsed, err := arn.Parse(caller)
	if err != nil {
		return "", nil
	}
	if parsed.Service == "iam" && strings.HasPrefix(parsed.Resource, "user/") {
		return caller, nil
	}
	parts := strings.Split(parsed.Resource, "/") // assumed-role/NAME/SESSION
	if parsed.Service != "sts" || parts[0] != "assumed-role" || len(parts) != 3 {
		return "", nil
	}
	out, err := iam.NewFromConfig(cfg).GetRole(ctx, &iam.GetRoleInput{RoleName: &parts[1]})
	if missing := (*types.NoSuchEntityException)(nil); session.Denied(err) || errors.As(err, &missing) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("cannot read the role %s: %w", parts[1], err)
	}
	if out.Role == nil {
		return "", nil
	}
	return aws.ToString(out.Role.Arn), nil
}
