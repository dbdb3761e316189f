// Package session sets up the access to AWS that every command uses. It checks the SDK's
// configuration and finds out which account the credentials belong to.
package session

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"net/url"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"

	"retrycatch/internal/problem"
)

// Options selects the settings. The zero value selects those of the environment.
type Options struct {
	Profile string
	Region  string // for the calls that get credentials, if the settings have no region
	// AskMFA asks the user for the code that an MFA device shows now. It is nil without a terminal.
	AskMFA func(ctx context.Context, device string) (code string, err error)
	// Notify gets a line for each retry after a lost answer. It may be called concurrently.
	Notify func(line string)
}

// Access holds the settings of the AWS SDKs, with one source of credentials for every region.
type Access struct {
	config aws.Config
	limits *Limits
	origin origin
}

// Session is verified access to one account in one region.
type Session struct {
	Config  aws.Config
	Account string // its number
	Caller  string // the ARN of the calling identity
	Profile string // supplies the credentials; empty if no profile does
	// Settings is the profile with the other settings, such as ca_bundle; empty if there is none.
	Settings string
}

// Region returns the region that the session works in.
func (s *Session) Region() string { return s.Config.Region }

// Load reads the settings as every AWS SDK does. It makes no API calls. The error is a
// *problem.Problem.
func Load(ctx context.Context, o Options) (*Access, error) {
	if err := checkEndpoints(os.Environ()); err != nil {
		return nil, err
	}
	// Discard the SDK's log: the SDK also returns the errors that it logs.
	limits := NewLimits(answerLimit, o.Notify)
	loaders := []func(*config.LoadOptions) error{config.WithLogger(logging.Nop{}),
		config.WithAPIOptions(append(limits.Options(), RequireReadable)),
		config.WithAssumeRoleCredentialOptions(roleOptions(ctx, o)),
		config.WithDefaultRegion(o.Region),
		config.WithCredentialsCacheOptions(func(c *aws.CredentialsCacheOptions) { c.ExpiryWindow = expiryWindow })}
	if o.Profile != "" {
		loaders = append(loaders, config.WithSharedConfigProfile(o.Profile))
	}
	cfg, err := config.LoadDefaultConfig(ctx, loaders...)
	if err != nil {
		return nil, unloaded(err)
	}
	origin := findOrigin(cfg.ConfigSources, o)
	cfg.HTTPClient = pooled(cfg.HTTPClient)
	// Few attempts, so that a wrong endpoint is reported soon.
	cfg.Retryer = limits.Retryer(cmp.Or(cfg.RetryMaxAttempts, firstAttempts))
	if cfg.Credentials != nil {
		cfg.Credentials = source{cfg.Credentials, origin.renewal}
	}
	return &Access{config: cfg, limits: limits, origin: origin}, nil
}

// checkEndpoints returns a problem for each endpoint in the environment that is not an address. The
// SDK would call it anyway, or fail without naming the variable:
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
func checkEndpoints(environ []string) error {
	var problems []error
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		if value == "" || name != "AWS_ENDPOINT_URL" && !strings.HasPrefix(name, "AWS_ENDPOINT_URL_") {
			continue
		}
		if address, err := url.Parse(value); err != nil || !isAddress(address) {
			problems = append(problems, &problem.Problem{What: name + " is not an address: " + value,
				Next: "set " + name + " to one like http://localhost:4566, or unset it"})
		}
	}
	return errors.Join(problems...)
}

// unloaded turns an error from loading the settings into a problem.
func unloaded(err error) error {
	if missing := (config.SharedConfigProfileNotExistError{}); errors.As(err, &missing) {
		return &problem.Problem{What: "there is no profile " + missing.Profile,
			Next: "name one that `aws configure list-profiles` shows, with --profile or AWS_PROFILE",
			Err:  &explained{"it is not in the AWS configuration files", err}}
	}
	if bundle := os.Getenv("AWS_CA_BUNDLE"); bundle != "" {
		if content, readErr := os.ReadFile(bundle); readErr != nil || !x509.NewCertPool().AppendCertsFromPEM(content) {
			return &problem.Problem{
				What: "AWS_CA_BUNDLE does not name a file of PEM certificates: " + bundle,
				Err:  readErr,
				Next: "set AWS_CA_BUNDLE to such a file, or unset it",
			}
		}
	}
	return &problem.Problem{What: "the AWS settings cannot be read",
		Next: "correct them: `aws configure list` shows where they come from", Err: err}
}

// Open opens a session in a region, or in the region of the settings if the region is empty. It
// checks the settings with sts:GetCallerIdentity, which needs no permission. The error joins every
// *problem.Problem found.
func (a *Access) Open(ctx context.Context, region string) (*Session, error) {
	cfg := a.config.Copy()
	if region != "" {
		cfg.Region = region
	}
	session, err := identify(ctx, cfg, a.origin.profile)
	if err != nil {
		return nil, err
	}
	session.Profile, session.Settings = a.origin.profile, a.origin.loaded
	session.Config.Retryer = a.limits.Retryer(cfg.RetryMaxAttempts)
	return session, nil
}

// Check opens a session with a configuration. The error joins every *problem.Problem found.
func Check(ctx context.Context, cfg aws.Config) (*Session, error) { return identify(ctx, cfg, "") }

// identify opens a session. Messages suggest commands with the profile, which may be empty.
func identify(ctx context.Context, cfg aws.Config, profile string) (*Session, error) {
	var problems []error
	if err := checkRegion(cfg.Region); err != nil {
		problems = append(problems, err)
	}
	_, err := retrieve(ctx, cfg)
	if ctx.Err() != nil {
		return nil, ctx.Err() // the interrupt may have caused the error
	}
	if err != nil {
		problems = append(problems, unusable(err))
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	identity, err := whoami(ctx, cfg)
	if err != nil {
		return nil, explainIdentity(ctx, cfg, profile, err)
	}
	return &Session{Config: cfg, Account: aws.ToString(identity.Account), Caller: aws.ToString(identity.Arn)}, nil
}

func whoami(ctx context.Context, cfg aws.Config) (*sts.GetCallerIdentityOutput, error) {
	return sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
}

func retrieve(ctx context.Context, cfg aws.Config) (aws.Credentials, error) {
	if cfg.Credentials == nil {
		return aws.Credentials{}, errors.New("the settings name no source of credentials")
	}
	return cfg.Credentials.Retrieve(ctx)
}
