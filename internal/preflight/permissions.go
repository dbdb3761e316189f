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

	"retrycatch/internal/problem"
	"retrycatch/internal/session"
)

// checkPermissions simulates the teardown's first calls with IAM, if the endpoint supports this:
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
// If the caller is not allowed to stop executions, checkPermissions returns a Warning, because
// the caller can still delete the stack.
func checkPermissions(ctx context.Context, cfg aws.Config, teardown Teardown) ([]error, error) {
	principal, err := principal(ctx, cfg, teardown.Caller)
	if principal == "" || err != nil {
		return nil, err
	}
	s := simulation{cfg: cfg, caller: teardown.Caller, principal: principal}
	denial := s.denial(ctx, "cloudformation:DeleteStack", teardown.Stack.ARN)
	byDeployer := denial != nil && teardown.Deployer != ""
	if byDeployer {
		assumeDenial := s.denial(ctx, "sts:AssumeRole", teardown.Deployer)
		if warning := (*Warning)(nil); assumeDenial == nil || errors.As(assumeDenial, &warning) {
			denial = assumeDenial
		} else {
			byDeployer = false
		}
	}
	s.add(denial)
	if len(teardown.Running) > 0 {
		if denial := s.denial(ctx, "states:StopExecution", teardown.Running[0]); denial != nil {
			s.add(&Warning{denial})
		}
	}
	if teardown.RoleARN != "" {
		if byDeployer { // whoever deletes the stack passes the role
			s.caller, s.principal = teardown.Deployer, teardown.Deployer
		}
		s.add(s.denial(ctx, "iam:PassRole", teardown.RoleARN))
	}
	return s.found, s.err
}

// simulation asks IAM for a principal's permissions. After a failed call, it makes no more calls.
type simulation struct {
	cfg               aws.Config
	caller, principal string  // ARNs
	stopped           bool    // a call failed
	found             []error // blockers and warnings
	err               error   // set if the credentials have expired or the context has ended
}

func (s *simulation) add(denial error) {
	if denial != nil && s.err == nil {
		s.found = append(s.found, denial)
	}
}

// denial returns a problem if IAM denies an action. It ignores a denial that depends on a
// condition, because the condition might allow the real call. If a service control policy or a
// permissions boundary denies the action, denial returns a Warning, because IAM does not say
// whether such a denial depends on a condition:
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html
func (s *simulation) denial(ctx context.Context, action, resource string) error {
	if s.stopped {
		return nil
	}
	out, err := iam.NewFromConfig(s.cfg).SimulatePrincipalPolicy(ctx, &iam.SimulatePrincipalPolicyInput{
		PolicySourceArn: &s.principal, ActionNames: []string{action}, ResourceArns: []string{resource},
		// Service control policies often deny all regions but a few.
		ContextEntries: []types.ContextEntry{{ContextKeyName: aws.String("aws:RequestedRegion"),
			ContextKeyType: types.ContextKeyTypeEnumString, ContextKeyValues: []string{s.cfg.Region}}}})
	if session.AccessLost(err) || ctx.Err() != nil {
		s.err = fmt.Errorf("cannot check the permissions (iam:SimulatePrincipalPolicy): %w", err)
	}
	if err != nil {
		s.stopped = true
		return nil
	}
	for _, result := range out.EvaluationResults {
		if result.EvalDecision == types.PolicyEvaluationDecisionTypeAllowed || dependsOnCondition(result) {
			continue
		}
		if policy := outerPolicy(result); policy != "" {
			return &Warning{fmt.Errorf("%s of %s might deny %s on %s; IAM does not report which values its conditions need",
				policy, s.caller, action, resource)}
		}
		return &problem.Problem{
			What: fmt.Sprintf("%s cannot call %s on %s (%s)", s.caller, action, resource, result.EvalDecision),
			Next: "ask an administrator to allow " + action + " for " + s.principal +
				", or use other credentials with --profile"}
	}
	return nil
}

// dependsOnCondition reports whether the policies of the principal have conditions for which the
// simulation had no value. IAM lists their keys for the action, or for each resource.
func dependsOnCondition(result types.EvaluationResult) bool {
	missing := len(result.MissingContextValues)
	for _, specific := range result.ResourceSpecificResults {
		missing += len(specific.MissingContextValues)
	}
	return missing > 0
}

// outerPolicy names the kind of policy that denies the action although the principal's own policies
// might allow it. It returns "" if there is no such policy.
func outerPolicy(result types.EvaluationResult) string {
	if detail := result.OrganizationsDecisionDetail; detail != nil && !detail.AllowedByOrganizations {
		return "a service control policy"
	}
	boundaries := []*types.PermissionsBoundaryDecisionDetail{result.PermissionsBoundaryDecisionDetail}
	for _, specific := range result.ResourceSpecificResults {
		boundaries = append(boundaries, specific.PermissionsBoundaryDecisionDetail)
	}
	for _, boundary := range boundaries {
		if boundary != nil && !boundary.AllowedByPermissionsBoundary {
			return "the permissions boundary"
		}
	}
	return ""
}

// principal returns the ARN of the user or role whose policies apply to a caller. It returns "" if
// the caller is neither, for example the account's root user, or if the role is missing or the
// caller is not allowed to read it.
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
