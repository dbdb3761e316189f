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

// BootstrapRoles identifies the roles of the CDK's bootstrap stack in one account and region. A
// caller whose only permission is to assume these roles can deploy with the CDK:
// https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
type BootstrapRoles struct {
	Partition, Account, Region string
	Qualifier                  string
}

// Kinds of bootstrap roles. The lookup role can read nearly everything. The deploy role can read
// CloudFormation and the bootstrap version, delete stacks, and change their termination protection:
// https://github.com/aws/aws-cdk-cli/blob/main/packages/aws-cdk/lib/api/bootstrap/bootstrap-template.yaml
const (
	lookupRole = "lookup"
	deployRole = "deploy"
)

func (b BootstrapRoles) arn(kind string) string {
	return fmt.Sprintf("arn:%s:iam::%s:role/cdk-%s-%s-role-%s-%s", b.Partition, b.Account, b.Qualifier, kind, b.Account,
		b.Region)
}

// DeployRoleARN returns the ARN of the deploy role.
func (b BootstrapRoles) DeployRoleARN() string { return b.arn(deployRole) }

// Apply returns a configuration that repeats a denied call with a bootstrap role. It repeats only
// reads, stack deletions, and changes of termination protection. notify receives a line for each
// role that is used. If AWS denies the call to the roles too, the call returns the error that the
// caller's own credentials got.
func (b BootstrapRoles) Apply(cfg aws.Config, notify func(line string)) aws.Config {
	f := &roleFallback{notify: notify, roles: map[string]*bootstrapRole{}, allowed: map[string]*bootstrapRole{}}
	client := sts.NewFromConfig(cfg)
	for _, kind := range []string{lookupRole, deployRole} {
		provider := stscreds.NewAssumeRoleProvider(client, b.arn(kind),
			func(o *stscreds.AssumeRoleOptions) { o.RoleSessionName = "retrycatch" })
		f.roles[kind] = &bootstrapRole{arn: b.arn(kind), CredentialsProvider: aws.NewCredentialsCache(provider,
			func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = expiryWindow })}
	}
	cfg = cfg.Copy()
	cfg.Credentials = callerOrRole{cfg.Credentials}
	cfg.APIOptions = append(slices.Clone(cfg.APIOptions), func(stack *middleware.Stack) error {
		return stack.Finalize.Add(f, middleware.Before) // before the SDK gets the credentials
	})
	return cfg
}

// roleKinds returns the kinds of roles that can repeat a call.
func roleKinds(service, operation string) []string {
	isRead := slices.ContainsFunc([]string{"Describe", "Detect", "Get", "Head", "List", "Simulate"},
		func(prefix string) bool { return strings.HasPrefix(operation, prefix) })
	switch {
	case service == sts.ServiceID:
		return nil
	case service == "CloudFormation" && (operation == "DeleteStack" || operation == "UpdateTerminationProtection"):
		return []string{deployRole}
	case isRead && (service == "CloudFormation" || service == "SSM"):
		return []string{lookupRole, deployRole}
	case isRead:
		return []string{lookupRole}
	default:
		return nil
	}
}

// bootstrapRole provides the credentials of a role. The caller may lack permission to assume it.
type bootstrapRole struct {
	arn string
	aws.CredentialsProvider
}

func (r *bootstrapRole) name() string { return r.arn[strings.LastIndex(r.arn, "/")+1:] }

type roleKey struct{}

// callerOrRole provides the credentials of the role in the context. If the context has no role, it
// provides the caller's own credentials.
type callerOrRole struct{ aws.CredentialsProvider }

func (c callerOrRole) Retrieve(ctx context.Context) (aws.Credentials, error) {
	role, _ := middleware.GetStackValue(ctx, roleKey{}).(*bootstrapRole)
	if role == nil {
		return c.CredentialsProvider.Retrieve(ctx)
	}
	credentials, err := role.Retrieve(ctx)
	if err != nil {
		err = &assumeError{err}
	}
	return credentials, err
}

// assumeError reports that a role could not be assumed.
type assumeError struct{ error }

func (e *assumeError) Unwrap() error { return e.error }

// roleFallback repeats denied calls with bootstrap roles.
type roleFallback struct {
	notify func(line string)
	roles  map[string]*bootstrapRole // keyed by kind

	mu        sync.Mutex
	allowed   map[string]*bootstrapRole // maps an action to the role with which a call last succeeded
	announced []*bootstrapRole
	forbidden []*bootstrapRole // roles that the caller is not allowed to assume
}

// ID names the middleware.
func (f *roleFallback) ID() string { return "BootstrapRoles" }

// HandleFinalize makes a call. It tries the role with which the same action succeeded before, if
// any, then the caller's own credentials, and then the other roles. It makes another attempt only
// if the previous one was denied.
func (f *roleFallback) HandleFinalize(
	ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
) (middleware.FinalizeOutput, middleware.Metadata, error) {
	service, operation := middleware.GetServiceID(ctx), middleware.GetOperationName(ctx)
	kinds, action := roleKinds(service, operation), Action(service, operation)
	if len(kinds) == 0 {
		return next.HandleFinalize(ctx, in)
	}
	call := func(role *bootstrapRole) (middleware.FinalizeOutput, middleware.Metadata, error) {
		input := in
		if request, ok := in.Request.(*smithyhttp.Request); ok {
			copied := request.Clone()
			if err := copied.RewindStream(); err != nil {
				return middleware.FinalizeOutput{}, middleware.Metadata{}, err
			}
			input.Request = copied
		}
		return next.HandleFinalize(middleware.WithStackValue(ctx, roleKey{}, role), input)
	}
	allowed := f.allowedRole(action)
	if allowed != nil {
		if out, metadata, err := call(allowed); !f.denied(allowed, err) {
			return out, metadata, err
		}
	}
	out, metadata, err := call(nil)
	if !Denied(err) {
		return out, metadata, err
	}
	for _, kind := range kinds {
		role := f.roles[kind]
		if role == allowed || f.isForbidden(role) {
			continue
		}
		if out, metadata, err := call(role); ctx.Err() != nil {
			return out, metadata, err
		} else if !f.denied(role, err) {
			f.recordAllowed(action, role)
			return out, metadata, err
		}
	}
	return out, metadata, err
}

// denied reports whether a call with a role failed because the caller cannot assume the role, or
// because AWS denied the call to the role. It records roles that the caller is not allowed to
// assume.
func (f *roleFallback) denied(role *bootstrapRole, err error) bool {
	notAssumed := (*assumeError)(nil)
	if !errors.As(err, &notAssumed) {
		return Denied(err)
	}
	if Denied(notAssumed.error) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.forbidden = append(f.forbidden, role)
	}
	return true
}

func (f *roleFallback) isForbidden(role *bootstrapRole) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Contains(f.forbidden, role)
}

func (f *roleFallback) allowedRole(action string) *bootstrapRole {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.allowed[action]
}

// recordAllowed records that a call with a role succeeded. It announces each role once.
func (f *roleFallback) recordAllowed(action string, role *bootstrapRole) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.allowed[action] = role
	if !slices.Contains(f.announced, role) {
		f.announced = append(f.announced, role)
		f.notify(fmt.Sprintf("Your credentials cannot call %s. Such calls are made with the CDK's role %s.", action,
			role.name()))
	}
}
