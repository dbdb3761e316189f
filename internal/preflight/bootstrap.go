package preflight

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"retrycatch/internal/inventory"
	"retrycatch/internal/problem"
	"retrycatch/internal/session"
)

// BootstrapNeeded is the minimum bootstrap version that the synthesized template requires.
const BootstrapNeeded = 6

// bootstrapParameters is the path of the SSM parameters that contain the versions of bootstraps:
// https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html
const bootstrapParameters = "/cdk-bootstrap"

// Bootstrap describes the CDK's bootstrap in an account and region.
type Bootstrap struct {
	Version int // 0 if the bootstrap does not exist

	// Others lists the qualifiers of other bootstraps in the region. It is empty if Version is set.
	Others []string
	// ConflictsErr is the AccessDenied error that kept ReadBootstrap from setting Others or
	// NameInUse, or nil.
	ConflictsErr error
	// NameInUse means that a stack has the name of the bootstrap's stack, although the bootstrap
	// does not exist. It is false for a stack whose creation failed.
	NameInUse bool
}

// Absent reports whether ReadBootstrap found no bootstrap with any qualifier, and no stack that
// would conflict with a new bootstrap.
func (b Bootstrap) Absent() bool { return b.Version == 0 && len(b.Others) == 0 && !b.NameInUse }

// Ready reports whether the CDK can deploy with the bootstrap.
func (b Bootstrap) Ready() bool { return b.Version >= BootstrapNeeded }

// ReadBootstrap reads the state of the bootstrap with this qualifier. stackName is the name of the
// bootstrap's stack.
func ReadBootstrap(ctx context.Context, cfg aws.Config, qualifier, stackName string) (Bootstrap, error) {
	name := bootstrapParameters + "/" + qualifier + "/version"
	out, err := ssm.NewFromConfig(cfg).GetParameter(ctx, &ssm.GetParameterInput{Name: &name})
	if missing := (*types.ParameterNotFound)(nil); errors.As(err, &missing) {
		return readConflicts(ctx, cfg, stackName)
	}
	if err != nil {
		return Bootstrap{}, fmt.Errorf("cannot check whether the account is bootstrapped (ssm:GetParameter): %w", err)
	}
	if out.Parameter == nil {
		return Bootstrap{}, errors.New("cannot check whether the account is bootstrapped: " +
			"ssm:GetParameter did not return the parameter")
	}
	version, err := strconv.Atoi(aws.ToString(out.Parameter.Value))
	if err != nil || version < 1 {
		return Bootstrap{}, fmt.Errorf("cannot check whether the account is bootstrapped: the parameter %s is %q",
			name, aws.ToString(out.Parameter.Value))
	}
	return Bootstrap{Version: version}, nil
}

// readConflicts finds conflicts with a new bootstrap: other bootstraps in the region, and a stack
// with the name stackName.
func readConflicts(ctx context.Context, cfg aws.Config, stackName string) (b Bootstrap, err error) {
	b.Others, err = otherBootstraps(ctx, ssm.NewFromConfig(cfg))
	switch {
	case ctx.Err() != nil:
		return Bootstrap{}, ctx.Err()
	case session.Denied(err):
		b.ConflictsErr = err
	case err != nil:
		return Bootstrap{}, err
	}
	stack, err := inventory.FindStack(ctx, cfg, stackName)
	switch {
	case session.Denied(err):
		b.ConflictsErr = cmp.Or(b.ConflictsErr, err)
	case err != nil:
		return Bootstrap{}, fmt.Errorf("cannot check whether the stack %s exists: %w", stackName, err)
	}
	// The CDK CLI replaces a stack whose creation failed.
	b.NameInUse = stack != nil && stack.Status != cfntypes.StackStatusRollbackComplete
	return b, nil
}

// otherBootstraps returns the qualifiers of the bootstraps in the region.
func otherBootstraps(ctx context.Context, client *ssm.Client) ([]string, error) {
	path := bootstrapParameters
	pages := ssm.NewGetParametersByPathPaginator(client, &ssm.GetParametersByPathInput{Path: &path,
		Recursive: aws.Bool(true)})
	var qualifiers []string
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("cannot list the region's bootstraps (ssm:GetParametersByPath): %w", err)
		}
		for _, parameter := range page.Parameters {
			parts := strings.Split(aws.ToString(parameter.Name), "/") // /cdk-bootstrap/QUALIFIER/version
			if len(parts) == 4 && parts[3] == "version" {
				qualifiers = append(qualifiers, parts[2])
			}
		}
	}
	return qualifiers, nil
}

// CheckDeployRole checks the role that CloudFormation assumes for a deployment. source names the
// setting that contains the role, for example CDK_ROLE_ARN.
func CheckDeployRole(ctx context.Context, cfg aws.Config, roleARN, source, account string) []error {
	const next = "set a role that CloudFormation is allowed to assume, or remove the setting"
	parsed, err := arn.Parse(roleARN)
	switch {
	case err != nil || parsed.Service != "iam" || !strings.HasPrefix(parsed.Resource, "role/"):
		return []error{&problem.Problem{What: fmt.Sprintf("%s=%s is not the ARN of an IAM role", source, roleARN),
			Next: next}}
	case parsed.AccountID != account:
		return []error{&problem.Problem{What: fmt.Sprintf("%s names a role in the account %s, but the credentials belong "+
			"to the account %s", source, parsed.AccountID, account), Next: next}}
	}
	exists, err := roleExists(ctx, cfg, roleARN)
	switch {
	case err != nil:
		return []error{err}
	case !exists:
		return []error{&problem.Problem{What: fmt.Sprintf("the role %s in %s does not exist", roleARN, source),
			Next: next}}
	}
	return nil
}

// CheckBoundary returns a blocker if the permissions boundary of the stack's roles does not exist.
// If the caller is not allowed to read the boundary, CheckBoundary returns a Warning.
func CheckBoundary(ctx context.Context, cfg aws.Config, policyARN string) error {
	_, err := iam.NewFromConfig(cfg).GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: &policyARN})
	if missing := (*iamtypes.NoSuchEntityException)(nil); errors.As(err, &missing) {
		return &problem.Problem{What: fmt.Sprintf("the permissions boundary %s does not exist", policyARN),
			Next: "create it, or correct @aws-cdk/core:permissionsBoundary in cdk.json"}
	}
	if session.Denied(err) {
		return &Warning{fmt.Errorf("cannot check whether the permissions boundary exists: the credentials cannot "+
			"call %s", session.DeniedAction(err))}
	}
	if err != nil {
		return fmt.Errorf("cannot read the permissions boundary %s: %w", policyARN, err)
	}
	return nil
}
