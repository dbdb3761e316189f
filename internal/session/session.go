// Package session sets up the AWS access that every command uses. It loads the AWS settings and
// finds out which account the credentials belong to.
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

// Options configures Load. The zero value is valid.
type Options struct {
	Profile string // replaces AWS_PROFILE
	Region  string // for calls that fetch credentials, if the settings have no region
	// AskMFA asks the user for the current code of an MFA device. It is nil without a terminal.
	AskMFA func(ctx context.Context, device string) (code string, err error)
	// Notify receives a line for each retry after a lost response. It may be called concurrently.
	Notify func(line string)
}

// Access holds loaded AWS settings. All sessions opened from an Access share its credentials.
type Access struct {
	config aws.Config
	limits *Limits
	origin origin
}

// Session is verified access to one account in one region.
type Session struct {
	Config  aws.Config
	Account string // account ID
	Caller  string // ARN of the caller
	Profile string // profile that supplies the credentials; empty if no profile does
	// SettingsProfile supplies the other settings, such as ca_bundle. It is empty without a
	// profile.
	SettingsProfile string
}

// Region returns the region of the session.
func (s *Session) Region() string { return s.Config.Region }

// Load reads the settings from the same sources as every AWS SDK. It makes no API calls. The error
// joins every *problem.Problem found.
func Load(ctx context.Context, o Options) (*Access, error) {
	if err := checkEndpoints(os.Environ()); err != nil {
		return nil, err
	}
	limits := NewLimits(attemptTimeout, o.Notify)
	// Discard the SDK's log, because the SDK also returns the errors that it logs.
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
		return nil, explainLoadError(err)
	}
	origin := findOrigin(cfg.ConfigSources, o)
	cfg.HTTPClient = shareConnections(cfg.HTTPClient)
	// Make few attempts until Open has checked the credentials, so that a wrong endpoint fails
	// quickly.
	cfg.Retryer = limits.Retryer(cmp.Or(cfg.RetryMaxAttempts, initialAttempts))
	if cfg.Credentials != nil {
		cfg.Credentials = provider{cfg.Credentials, origin.renewal}
	}
	return &Access{config: cfg, limits: limits, origin: origin}, nil
}

// checkEndpoints returns a problem for each endpoint variable that is not a valid URL. The SDK
// would use the value anyway, or fail without naming the variable:
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
func checkEndpoints(environ []string) error {
	var problems []error
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		if value == "" || name != "AWS_ENDPOINT_URL" && !strings.HasPrefix(name, "AWS_ENDPOINT_URL_") {
			continue
		}
		if endpoint, err := url.Parse(value); err != nil || !isEndpoint(endpoint) {
			problems = append(problems, &problem.Problem{What: name + " is not a valid URL: " + value,
				Next: "set " + name + " to a URL such as http://localhost:4566, or unset it"})
		}
	}
	return errors.Join(problems...)
}

// explainLoadError returns the problem for an error from loading the settings.
func explainLoadError(err error) error {
	if missing := (config.SharedConfigProfileNotExistError{}); errors.As(err, &missing) {
		return &problem.Problem{What: "the profile " + missing.Profile + " does not exist",
			Next: "use --profile or AWS_PROFILE to select a profile that `aws configure list-profiles` prints",
			Err:  &explained{"the AWS configuration files do not contain it", err}}
	}
	if bundle := os.Getenv("AWS_CA_BUNDLE"); bundle != "" {
		if content, readErr := os.ReadFile(bundle); readErr != nil || !x509.NewCertPool().AppendCertsFromPEM(content) {
			return &problem.Problem{
				What: "AWS_CA_BUNDLE is not a file of PEM certificates: " + bundle,
				Err:  readErr,
				Next: "set AWS_CA_BUNDLE to a file of PEM certificates, or unset it",
			}
		}
	}
	return &problem.Problem{What: "the AWS settings cannot be read",
		Next: "correct them: `aws configure list` shows where they come from", Err: err}
}

// Open opens a session in a region. If region is empty, Open uses the region of the settings. Open
// checks the credentials with sts:GetCallerIdentity, which needs no permission. The error joins
// every *problem.Problem found.
func (a *Access) Open(ctx context.Context, region string) (*Session, error) {
	cfg := a.config.Copy()
	if region != "" {
		cfg.Region = region
	}
	session, err := identify(ctx, cfg, a.origin.profile)
	if err != nil {
		return nil, err
	}
	session.Profile, session.SettingsProfile = a.origin.profile, a.origin.settingsProfile
	session.Config.Retryer = a.limits.Retryer(cfg.RetryMaxAttempts)
	return session, nil
}

// Check checks a configuration and returns a session that uses it. The error joins every
// *problem.Problem found.
func Check(ctx context.Context, cfg aws.Config) (*Session, error) { return identify(ctx, cfg, "") }

// identify finds out the account and the caller. If profile is not empty, the next steps of the
// problems include it.
func identify(ctx context.Context, cfg aws.Config, profile string) (*Session, error) {
	var problems []error
	if err := CheckRegion(cfg.Region); err != nil {
		problems = append(problems, err)
	}
	_, err := retrieve(ctx, cfg)
	if ctx.Err() != nil {
		return nil, ctx.Err() // the interrupt may have caused err
	}
	if err != nil {
		problems = append(problems, explainCredentials(err))
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	identity, err := getCallerIdentity(ctx, cfg)
	if err != nil {
		return nil, explainIdentityError(ctx, cfg, profile, err)
	}
	return &Session{Config: cfg, Account: aws.ToString(identity.Account), Caller: aws.ToString(identity.Arn)}, nil
}

func getCallerIdentity(ctx context.Context, cfg aws.Config) (*sts.GetCallerIdentityOutput, error) {
	return sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
}

func retrieve(ctx context.Context, cfg aws.Config) (aws.Credentials, error) {
	if cfg.Credentials == nil {
		return aws.Credentials{}, errors.New("no credentials are configured")
	}
	return cfg.Credentials.Retrieve(ctx)
}
