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
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"retrycatch/internal/inventory"
	"retrycatch/internal/problem"
	"retrycatch/internal/session"
)

// BootstrapNeeded is the version of the bootstrap that the synthesized template requires.
const BootstrapNeeded = 6

// bootstrapParameters is the path of the parameters with the versions of the region's bootstraps:
// https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html
const bootstrapParameters = "/cdk-bootstrap"

// Bootstrap describes the CDK's bootstrap in an account and region.
type Bootstrap struct {
	Version int // 0 if it does not exist

	// Others lists the qualifiers of other bootstraps in the region, if this one does not exist.
	Others []string
	// OthersErr is a denial that prevented the search for others, or nil.
	OthersErr error
	// Occupied reports that a stack with this bootstrap's name exists, but not the bootstrap.
	Occupied bool
}

// Absent reports whether a new bootstrap would neither replace nor duplicate an existing one.
func (b Bootstrap) Absent() bool { return b.Version == 0 && len(b.Others) == 0 && !b.Occupied }

// Ready reports whether the CDK can deploy with the bootstrap.
func (b Bootstrap) Ready() bool { return b.Version >= BootstrapNeeded }

// ReadBootstrap reads the state of the bootstrap with a qualifier. stackName is the name of its
// stack.
func ReadBootstrap(ctx context.Context, cfg aws.Config, qualifier, stackName string) (Bootstrap, error) {
	name := bootstrapParameters + "/" + qualifier + "/version"
	out, err := ssm.NewFromConfig(cfg).GetParameter(ctx, &ssm.GetParameterInput{Name: &name})
	if missing := (*types.ParameterNotFound)(nil); errors.As(err, &missing) {
		return readSurroundings(ctx, cfg, stackName)
	}
	if err != nil {
		return Bootstrap{}, fmt.Errorf("cannot read whether the account is bootstrapped (ssm:GetParameter): %w", err)
	}
	if out.Parameter == nil {
		return Bootstrap{}, errors.New("cannot read whether the account is bootstrapped: " +
			"ssm:GetParameter did not return the parameter")
	}
	version, err := strconv.Atoi(aws.ToString(out.Parameter.Value))
	if err != nil || version < 1 {
		return Bootstrap{}, fmt.Errorf("cannot read whether the account is bootstrapped: the parameter %s is %q",
			name, aws.ToString(out.Parameter.Value))
	}
	return Bootstrap{Version: version}, nil
}

// readSurroundings looks for conflicts with a new bootstrap in the region: other bootstraps, and a
// stack with its name.
func readSurroundings(ctx context.Context, cfg aws.Config, stackName string) (b Bootstrap, err error) {
	b.Others, err = otherBootstraps(ctx, ssm.NewFromConfig(cfg))
	switch {
	case ctx.Err() != nil:
		return Bootstrap{}, ctx.Err()
	case session.Denied(err):
		b.OthersErr = err
	case err != nil:
		return Bootstrap{}, err
	}
	stack, err := inventory.FindStack(ctx, cfg, stackName)
	switch {
	case session.Denied(err):
		b.OthersErr = cmp.Or(b.OthersErr, err)
	case err != nil:
		return Bootstrap{}, fmt.Errorf("cannot read whether the stack %s exists: %w", stackName, err)
	}
	b.Occupied = stack != nil
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

// DeployRole returns the blockers of a deployment with an execution role from the CDK's settings.
// source names the setting.
func DeployRole(ctx context.Context, cfg aws.Config, roleARN, source, account string) []error {
	const pass = "name a role that CloudFormation may assume, or remove the setting"
	parsed, err := arn.Parse(roleARN)
	switch {
	case err != nil || parsed.Service != "iam" || !strings.HasPrefix(parsed.Resource, "role/"):
		return []error{&problem.Problem{What: fmt.Sprintf("%s=%s is not the ARN of an IAM role", source, roleARN),
			Next: pass}}
	case parsed.AccountID != account:
		return []error{&problem.Problem{What: fmt.Sprintf("%s names a role in the account %s, but the credentials belong "+
			"to the account %s", source, parsed.AccountID, account), Next: pass}}
	}
	there, err := roleExists(ctx, cfg, roleARN)
	switch {
	case err != nil:
		return []error{err}
	case !there:
		return []error{&problem.Problem{What: fmt.Sprintf("the role %s of %s does not exist", roleARN, source),
			Next: pass}}
	}
	return nil
}

// Boundary returns a blocker if the permissions boundary of the stack's roles does not exist. If
// the caller is not permitted to check it, Boundary returns a Warning, because IAM checks it again.
func Boundary(ctx context.Context, cfg aws.Config, policyARN string) error {
	_, err := iam.NewFromConfig(cfg).GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: &policyARN})
	if missing := (*iamtypes.NoSuchEntityException)(nil); errors.As(err, &missing) {
		return &problem.Problem{What: fmt.Sprintf("the permissions boundary %s does not exist", policyARN),
			Next: "create it, or correct @aws-cdk/core:permissionsBoundary in cdk.json"}
	}
	if session.Denied(err) {
		return &Warning{fmt.Errorf("the credentials may not call %s, so only IAM checks whether the permissions "+
			"boundary exists", session.DeniedAction(err))}
	}
	if err != nil {
		return fmt.Errorf("cannot read the permissions boundary %s: %w", policyARN, err)
	}
	return nil
}
