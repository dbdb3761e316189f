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
	RoleARN string   // of the role for CloudFormation; empty for the stack's own
	Caller  string   // ARN of the calling identity
	// Deployer is the ARN of a role that deletes the stack if the caller cannot. It may be empty.
	Deployer string
}

// Protected returns the blockers of a stack's deletion that --force removes.
func Protected(stack *inventory.Stack, holds []resource.Hold, t Target) []error {
	var blockers []error
	if stack.Protected {
		blockers = append(blockers, &problem.Problem{
			What: fmt.Sprintf("the stack %s has termination protection; --force turns it off, and so does a deployment "+
				"without the option protect", stack.Name),
			Next: t.Command("destroy --force")})
	}
	for _, hold := range holds {
		blockers = append(blockers, &problem.Problem{
			What: hold.String() + ", so it cannot be deleted; --force removes this too",
			Next: t.AWS(hold.Command)})
	}
	return blockers
}

// Deletable returns the remaining blockers of a stack's deletion, and Warnings. A blocker means
// that CloudFormation would reject the deletion, or that the caller cannot request it. If the
// caller or the endpoint does not permit a check, Deletable returns no blocker for it.
func Deletable(ctx context.Context, cfg aws.Config, d Teardown, t Target) ([]error, error) {
	role, err := executionRole(ctx, cfg, d, t)
	if err != nil {
		return nil, err
	}
	allowed, err := permissions(ctx, cfg, d)
	if err != nil {
		return nil, err
	}
	return append(role, allowed...), nil
}

// executionRole checks that the role exists that CloudFormation assumes. A stack keeps the role of
// its creation. If that role is gone, DeleteStack answers ValidationError, but it accepts another
// role:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteStack.html
func executionRole(ctx context.Context, cfg aws.Config, d Teardown, t Target) ([]error, error) {
	role := d.Stack.RoleARN
	if d.RoleARN != "" {
		role = d.RoleARN
	}
	if role == "" {
		return nil, nil
	}
	there, err := roleExists(ctx, cfg, role)
	if there || err != nil {
		return nil, err
	}
	if d.RoleARN != "" {
		return []error{&problem.Problem{What: "the role " + role + " of --role-arn does not exist",
			Next: t.AWS(usableRoles)}}, nil
	}
	return []error{&problem.Problem{
		What: fmt.Sprintf("CloudFormation deletes the stack %s with the role %s, which no longer exists; "+
			"use --role-arn with another role", d.Stack.Name, role),
		Next: replacement(role, d.Stack.ARN, t)}}, nil
}

// replacement returns the command that fixes a missing role. Bootstrapping with the same qualifier
// restores a role of the CDK's bootstrap. A custom qualifier gets a separate bootstrap stack,
// because other deployments may use the default stack:
// https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html
func replacement(role, stackARN string, t Target) string {
	stack, err := arn.Parse(stackARN)
	parts := strings.Split(role[strings.LastIndex(role, "/")+1:], "-") // cdk-QUALIFIER-cfn-exec-role-ACCOUNT-REGION
	if err != nil || len(parts) < 5 || parts[0] != "cdk" || parts[2] != "cfn" {
		return t.AWS(usableRoles)
	}
	command := fmt.Sprintf("bootstrap aws://%s/%s", stack.AccountID, stack.Region)
	if parts[1] != cdk.DefaultQualifier {
		command += " --qualifier " + parts[1] + " --toolkit-stack-name CDKToolkit-" + parts[1]
	}
	return t.CDK(command)
}

// usableRoles lists the roles that CloudFormation can assume.
const usableRoles = `aws iam list-roles --query "Roles[?contains(to_string(AssumeRolePolicyDocument), ` +
	`'cloudformation.amazonaws.com')].Arn"`

// roleExists checks with IAM whether a role exists. It returns true if the caller is not permitted
// to check, because CloudFormation reports a missing role.
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

// permissions simulates the first calls of the teardown. Only a clear denial counts, because a
// policy with conditions may allow the real call. Some endpoints have no simulation:
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
// If the caller cannot stop executions, permissions returns a Warning: the stack can still be
// deleted.
func permissions(ctx context.Context, cfg aws.Config, d Teardown) ([]error, error) {
	principal, err := principal(ctx, cfg, d.Caller)
	if principal == "" || err != nil {
		return nil, err
	}
	s := simulation{cfg: cfg, caller: d.Caller, principal: principal}
	deletes := s.denies(ctx, "cloudformation:DeleteStack", d.Stack.ARN)
	if deletes != nil && d.Deployer != "" && s.denies(ctx, "sts:AssumeRole", d.Deployer) == nil {
		deletes = nil
	}
	s.found(deletes)
	if len(d.Running) > 0 {
		if stops := s.denies(ctx, "states:StopExecution", d.Running[0]); stops != nil {
			s.found(&Warning{stops})
		}
	}
	if d.RoleARN != "" {
		s.found(s.denies(ctx, "iam:PassRole", d.RoleARN))
	}
	return s.blockers, s.err
}

// simulation queries a principal's permissions from IAM. It stops after a failed call.
type simulation struct {
	cfg               aws.Config
	caller, principal string // ARNs
	over              bool
	blockers          []error
	err               error // set if access to AWS is lost
}

func (s *simulation) found(blocker error) {
	if blocker != nil && s.err == nil {
		s.blockers = append(s.blockers, blocker)
	}
}

// denies returns a problem if a policy clearly denies an action.
func (s *simulation) denies(ctx context.Context, action, resource string) error {
	if s.over {
		return nil
	}
	out, err := iam.NewFromConfig(s.cfg).SimulatePrincipalPolicy(ctx, &iam.SimulatePrincipalPolicyInput{
		PolicySourceArn: &s.principal, ActionNames: []string{action}, ResourceArns: []string{resource}})
	if session.AccessLost(err) || ctx.Err() != nil {
		s.err = fmt.Errorf("cannot check the permission to delete (iam:SimulatePrincipalPolicy): %w", err)
	}
	if err != nil {
		s.over = true
		return nil
	}
	for _, result := range out.EvaluationResults {
		if result.EvalDecision != types.PolicyEvaluationDecisionTypeAllowed && len(result.MissingContextValues) == 0 {
			return &problem.Problem{
				What: fmt.Sprintf("%s may not call %s on %s (%s)", s.caller, action, resource, result.EvalDecision),
				Next: "ask an administrator to allow " + action + " for " + s.principal +
					", or use other credentials with --profile"}
		}
	}
	return nil
}

// principal returns the ARN of the user or role whose policies apply to a caller. It returns "" for
// other callers, such as the account's root, and for a role that cannot be read.
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
