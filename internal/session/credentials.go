package session

import (
	"cmp"
	"context"
	"errors"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"retrycatch/internal/safetext"
)

// CredentialsError reports that a source of credentials failed. Only a few of the sources' own
// errors have types. If AWS answered the source with an error, that error is not about the call
// that needed the credentials.
type CredentialsError struct {
	Err     error
	Renewal string // the step that renews the credentials
}

func (e *CredentialsError) Error() string { return e.Err.Error() }

// Unwrap returns the source's error.
func (e *CredentialsError) Unwrap() error { return e.Err }

// lasts reports whether the failure is permanent: its reason is neither an interrupt nor the
// network.
func (e *CredentialsError) lasts() bool {
	passing := retry.IsErrorRetryables(retry.DefaultRetryables).IsErrorRetryable(e.Err) == aws.TrueTernary
	return !passing && !errors.Is(e.Err, context.Canceled) && !errors.Is(e.Err, context.DeadlineExceeded)
}

// source marks the errors of a source of credentials.
type source struct {
	aws.CredentialsProvider
	renewal string // the step that renews the credentials
}

func (s source) Retrieve(ctx context.Context) (aws.Credentials, error) {
	credentials, err := s.CredentialsProvider.Retrieve(ctx)
	if err == nil {
		return credentials, nil
	}
	if _, caches := s.CredentialsProvider.(*aws.CredentialsCache); caches && errors.Unwrap(err) != nil {
		err = errors.Unwrap(err) // without the cache's own text
	}
	// The output, which is in the error, may have secrets.
	if process := (*processcreds.ProviderError)(nil); errors.As(err, &process) {
		err = errors.New("the profile's credential_process failed, or did not print credentials")
	}
	return aws.Credentials{}, &CredentialsError{err, s.renewal}
}

// MFAError reports that a profile needs the code of an MFA device, and there is no terminal to ask
// for it.
type MFAError struct{ Device string } // its serial number or ARN, as mfa_serial names it

func (e *MFAError) Error() string { return "the profile needs a code of the MFA device " + e.Device }

// roleDuration is the lifetime of an assumed role's credentials if the profile has no
// duration_seconds. It is the default of AWS and its CLI; the SDK's own is 15 minutes, which a
// deployment could exceed:
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
const roleDuration = time.Hour

// expiryWindow makes credentials expire earlier, so that they are renewed in time: the CDK CLI gets
// a copy, which it cannot renew.
const expiryWindow = 5 * time.Minute

// roleOptions returns the options of a profile that assumes a role.
func roleOptions(ctx context.Context, o Options) func(*stscreds.AssumeRoleOptions) {
	return func(role *stscreds.AssumeRoleOptions) {
		role.Duration = cmp.Or(role.Duration, roleDuration)
		if endpoint := os.Getenv("AWS_ENDPOINT_URL"); endpoint != "" && role.Client != nil {
			role.Client = atEndpoint{role.Client, endpoint}
		}
		if role.SerialNumber == nil {
			return
		}
		role.TokenProvider = func() (string, error) {
			if o.AskMFA == nil {
				return "", &MFAError{*role.SerialNumber}
			}
			return o.AskMFA(ctx, *role.SerialNumber)
		}
	}
}

// atEndpoint assumes roles at the endpoint of the environment. The SDK creates its own client
// before it reads AWS_ENDPOINT_URL, and so would call AWS itself.
type atEndpoint struct {
	stscreds.AssumeRoleAPIClient
	endpoint string
}

func (c atEndpoint) AssumeRole(ctx context.Context, in *sts.AssumeRoleInput, options ...func(*sts.Options)) (
	*sts.AssumeRoleOutput, error,
) {
	if os.Getenv("AWS_ENDPOINT_URL_STS") == "" {
		options = append(options, func(o *sts.Options) { o.BaseEndpoint = &c.endpoint })
	}
	return c.AssumeRoleAPIClient.AssumeRole(ctx, in, options...)
}

// origin describes where credentials come from.
type origin struct {
	profile string // empty if no profile has them
	loaded  string // the profile that has the other settings; empty if there is none
	renewal string // the step that renews the credentials
}

// findOrigin reads from the loaded settings where credentials come from. The order of precedence is
// the SDK's: https://docs.aws.amazon.com/sdk-for-go/v2/developer-guide/configure-gosdk.html
func findOrigin(sources []any, o Options) origin {
	var shared *config.SharedConfig
	inEnvironment := false
	for _, s := range sources {
		switch s := s.(type) {
		case config.EnvConfig:
			inEnvironment = o.Profile == "" && (s.Credentials.HasKeys() || s.WebIdentityTokenFilePath != "")
		case config.SharedConfig:
			shared = &s
		}
	}
	if shared == nil {
		return origin{renewal: renew}
	}
	found := origin{loaded: shared.Profile, renewal: renew}
	if inEnvironment || !hasCredentials(shared) {
		return found
	}
	found.profile = shared.Profile
	outer := safetext.Word(shared.Profile)
	for p := shared; p != nil; p = p.Source { // a role's source may be another profile
		switch name := safetext.Word(p.Profile); {
		case p.MFASerial != "" && o.AskMFA == nil:
			// https://docs.aws.amazon.com/cli/latest/reference/configure/export-credentials.html
			found.renewal = `eval "$(aws configure export-credentials --profile ` + outer + ` --format env)"; ` +
				"export CDK_PROFILE="
			return found
		case p.SSOSession != nil || p.SSOStartURL != "":
			found.renewal = "aws sso login --profile " + name
		case p.LoginSession != "":
			found.renewal = "aws login --profile " + name
		}
	}
	return found
}

// hasCredentials reports whether a profile names a source of credentials.
func hasCredentials(p *config.SharedConfig) bool {
	return p.Credentials.HasKeys() || p.RoleARN != "" || p.CredentialProcess != "" || p.WebIdentityTokenFile != "" ||
		p.SSOSession != nil || p.SSOStartURL != "" || p.LoginSession != ""
}
