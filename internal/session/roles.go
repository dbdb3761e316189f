package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// BootstrapRoles identifies the roles of the CDK's bootstrap in one account and region. A caller
// who may only assume these roles can deploy with the CDK:
// https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
type BootstrapRoles struct {
	Partition, Account, Region string
	Qualifier                  string
}

// The kinds of roles that calls may be made with. The lookup role may read nearly everything. The
// deploy role may read CloudFormation and the bootstrap's version, delete stacks and change their
// termination protection:
// https://github.com/aws/aws-cdk-cli/blob/main/packages/aws-cdk/lib/api/bootstrap/bootstrap-template.yaml
const (
	lookupRole = "lookup"
	deployRole = "deploy"
)

func (b BootstrapRoles) arn(kind string) string {
	return fmt.Sprintf("arn:%s:iam::%s:role/cdk-%s-%s-role-%s-%s", b.Partition, b.Account, b.Qualifier, kind, b.Account,
		b.Region)
}

// Deployer returns the ARN of the role that may delete stacks.
func (b BootstrapRoles) Deployer() string { return b.arn(deployRole) }

// Apply returns a configuration that repeats some calls with one of the roles if AWS denies them to
// the caller: calls that read, the deletion of a stack, and the removal of its termination
// protection. It calls tell once for each role that helps. If no role helps, the error is that of
// the caller's own call.
func (b BootstrapRoles) Apply(cfg aws.Config, tell func(line string)) aws.Config {
	l := &lender{tell: tell, roles: map[string]*lentRole{}, remembered: map[string]*lentRole{}}
	client := sts.NewFromConfig(cfg)
	for _, kind := range []string{lookupRole, deployRole} {
		provider := stscreds.NewAssumeRoleProvider(client, b.arn(kind),
			func(o *stscreds.AssumeRoleOptions) { o.RoleSessionName = "retrycatch" })
		l.roles[kind] = &lentRole{arn: b.arn(kind), CredentialsProvider: aws.NewCredentialsCache(provider,
			func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = expiryWindow })}
	}
	cfg = cfg.Copy()
	cfg.Credentials = callerOrRole{cfg.Credentials}
	cfg.APIOptions = append(slices.Clone(cfg.APIOptions), func(stack *middleware.Stack) error {
		return stack.Finalize.Add(l, middleware.Before) // before the SDK asks for credentials
	})
	return cfg
}

// lenders returns the kinds of roles that may make a call in place of the caller.
func lenders(service, operation string) []string {
	reads := slices.ContainsFunc([]string{"Describe", "Detect", "Get", "Head", "List", "Simulate"},
		func(prefix string) bool { return strings.HasPrefix(operation, prefix) })
	switch {
	case service == sts.ServiceID:
		return nil
	case service == "CloudFormation" && (operation == "DeleteStack" || operation == "UpdateTerminationProtection"):
		return []string{deployRole}
	case reads && (service == "CloudFormation" || service == "SSM"):
		return []string{lookupRole, deployRole}
	case reads:
		return []string{lookupRole}
	default:
		return nil
	}
}

// lentRole is a role that the caller may be able to assume.
type lentRole struct {
	arn string
	aws.CredentialsProvider
}

func (r *lentRole) name() string { return r.arn[strings.LastIndex(r.arn, "/")+1:] }

type lentRoleKey struct{}

// callerOrRole provides the caller's own credentials, or those of the role in the context.
type callerOrRole struct{ aws.CredentialsProvider }

func (l callerOrRole) Retrieve(ctx context.Context) (aws.Credentials, error) {
	role, _ := middleware.GetStackValue(ctx, lentRoleKey{}).(*lentRole)
	if role == nil {
		return l.CredentialsProvider.Retrieve(ctx)
	}
	credentials, err := role.Retrieve(ctx)
	if err != nil {
		err = &unlentError{err}
	}
	return credentials, err
}

// unlentError reports that a role could not be assumed.
type unlentError struct{ error }

func (e *unlentError) Unwrap() error { return e.error }

// lender makes calls again with roles.
type lender struct {
	tell  func(line string)
	roles map[string]*lentRole // by their kinds

	mu         sync.Mutex
	remembered map[string]*lentRole // the role that has helped, by action
	told       []*lentRole
	closed     []*lentRole // that the caller may not assume
}

// ID names the middleware.
func (l *lender) ID() string { return "BootstrapRoles" }

// HandleFinalize makes a call with the caller's credentials, and again with a role if it is denied.
// A role that has helped before comes first.
func (l *lender) HandleFinalize(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	middleware.FinalizeOutput, middleware.Metadata, error,
) {
	service, operation := middleware.GetServiceID(ctx), middleware.GetOperationName(ctx)
	kinds, action := lenders(service, operation), Action(service, operation)
	if len(kinds) == 0 {
		return next.HandleFinalize(ctx, in)
	}
	call := func(role *lentRole) (middleware.FinalizeOutput, middleware.Metadata, error) {
		again := in
		if request, ok := in.Request.(*smithyhttp.Request); ok {
			copied := request.Clone()
			if err := copied.RewindStream(); err != nil {
				return middleware.FinalizeOutput{}, middleware.Metadata{}, err
			}
			again.Request = copied
		}
		return next.HandleFinalize(middleware.WithStackValue(ctx, lentRoleKey{}, role), again)
	}
	helped := l.helped(action)
	if helped != nil {
		if out, metadata, err := call(helped); !l.useless(helped, err) {
			return out, metadata, err
		}
	}
	out, metadata, err := call(nil)
	if !Denied(err) {
		return out, metadata, err
	}
	for _, kind := range kinds {
		role := l.roles[kind]
		if role == helped || l.isClosed(role) {
			continue
		}
		if out, metadata, err := call(role); ctx.Err() != nil {
			return out, metadata, err
		} else if !l.useless(role, err) {
			l.remember(action, role)
			return out, metadata, err
		}
	}
	return out, metadata, err
}

// useless reports whether a role did not help: the caller cannot assume it, or AWS denies it the
// call too.
func (l *lender) useless(role *lentRole, err error) bool {
	unlent := (*unlentError)(nil)
	if !errors.As(err, &unlent) {
		return Denied(err)
	}
	if Denied(unlent.error) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.closed = append(l.closed, role)
	}
	return true
}

func (l *lender) isClosed(role *lentRole) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Contains(l.closed, role)
}

func (l *lender) helped(action string) *lentRole {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.remembered[action]
}

// remember records that a role helps with an action, and announces the role once.
func (l *lender) remember(action string, role *lentRole) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.remembered[action] = role
	if !slices.Contains(l.told, role) {
		l.told = append(l.told, role)
		l.tell(fmt.Sprintf("Your credentials may not call %s. Such calls are made with the CDK's role %s.", action,
			role.name()))
	}
}
