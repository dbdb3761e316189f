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

// CredentialsError reports that credentials could not be fetched. The SDK has no common error type
// for this. An AWS error in Err is about fetching the credentials, not about the call that needed
// the credentials.
type CredentialsError struct {
	Err     error
	Renewal string // tells the user how to renew the credentials
}

func (e *CredentialsError) Error() string { return e.Err.Error() }

// Unwrap returns the error of the SDK's credentials provider.
func (e *CredentialsError) Unwrap() error { return e.Err }

// permanent reports whether another attempt to fetch the credentials would also fail. Interrupts,
// timeouts and errors that the SDK retries are not permanent.
func (e *CredentialsError) permanent() bool {
	transient := retry.IsErrorRetryables(retry.DefaultRetryables).IsErrorRetryable(e.Err) == aws.TrueTernary
	return !transient && !errors.Is(e.Err, context.Canceled) && !errors.Is(e.Err, context.DeadlineExceeded)
}

// provider turns the errors of an SDK credentials provider into a *CredentialsError.
type provider struct {
	aws.CredentialsProvider
	renewal string // tells the user how to renew the credentials
}

func (s provider) Retrieve(ctx context.Context) (aws.Credentials, error) {
	credentials, err := s.CredentialsProvider.Retrieve(ctx)
	if err == nil {
		return credentials, nil
	}
	if _, cached := s.CredentialsProvider.(*aws.CredentialsCache); cached && errors.Unwrap(err) != nil {
		err = errors.Unwrap(err) // without the text that the cache adds
	}
	// A ProviderError contains the output of credential_process, which may contain secrets.
	if process := (*processcreds.ProviderError)(nil); errors.As(err, &process) {
		err = errors.New("the profile's credential_process failed, or did not print credentials")
	}
	return aws.Credentials{}, &CredentialsError{err, s.renewal}
}

// MFAError reports that a profile needs a code from an MFA device, but there is no terminal on
// which to ask for it.
type MFAError struct{ Device string } // mfa_serial of the profile: a serial number or an ARN

func (e *MFAError) Error() string { return "the profile needs a code from the MFA device " + e.Device }

// roleDuration is the lifetime of an assumed role's credentials if the profile does not set
// duration_seconds. It is the default of AWS and the AWS CLI. The SDK's default is 15 minutes, but
// a deployment may take longer:
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
const roleDuration = time.Hour

// expiryWindow makes the SDK renew credentials this long before they expire. The CDK CLI gets a
// copy of the credentials and cannot renew the copy, so the copy must stay valid for a while.
const expiryWindow = 5 * time.Minute

// roleOptions returns the options for profiles that assume a role.
func roleOptions(ctx context.Context, o Options) func(*stscreds.AssumeRoleOptions) {
	return func(role *stscreds.AssumeRoleOptions) {
		role.Duration = cmp.Or(role.Duration, roleDuration)
		if endpoint := os.Getenv("AWS_ENDPOINT_URL"); endpoint != "" && role.Client != nil {
			role.Client = endpointClient{role.Client, endpoint}
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

// endpointClient assumes roles at the endpoint in AWS_ENDPOINT_URL. The SDK creates the wrapped
// client before it reads AWS_ENDPOINT_URL, so that client would call AWS.
type endpointClient struct {
	stscreds.AssumeRoleAPIClient
	endpoint string
}

func (c endpointClient) AssumeRole(ctx context.Context, in *sts.AssumeRoleInput, options ...func(*sts.Options)) (
	*sts.AssumeRoleOutput, error,
) {
	if os.Getenv("AWS_ENDPOINT_URL_STS") == "" {
		options = append(options, func(o *sts.Options) { o.BaseEndpoint = &c.endpoint })
	}
	return c.AssumeRoleAPIClient.AssumeRole(ctx, in, options...)
}

// origin says where the credentials and the other settings come from.
type origin struct {
	profile         string // profile that supplies the credentials; empty if no profile does
	settingsProfile string // profile that supplies the other settings; empty if no profile does
	renewal         string // tells the user how to renew the credentials
}

// findOrigin finds out from the loaded settings where the credentials come from. It uses the SDK's
// order of precedence:
// https://docs.aws.amazon.com/sdk-for-go/v2/developer-guide/configure-gosdk.html
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
		return origin{renewal: nextLogIn}
	}
	found := origin{settingsProfile: shared.Profile, renewal: nextLogIn}
	if inEnvironment || !hasCredentials(shared) {
		return found
	}
	found.profile = shared.Profile
	outer := safetext.Word(shared.Profile)
	for p := shared; p != nil; p = p.Source { // a role's credentials may come from another profile
		switch name := safetext.Word(p.Profile); {
		case p.MFASerial != "" && o.AskMFA == nil:
			// An empty CDK_PROFILE overrides the profile in cdk.json, so that the exported keys
			// apply.
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

// hasCredentials reports whether a profile configures credentials.
func hasCredentials(p *config.SharedConfig) bool {
	return p.Credentials.HasKeys() || p.RoleARN != "" || p.CredentialProcess != "" || p.WebIdentityTokenFile != "" ||
		p.SSOSession != nil || p.SSOStartURL != "" || p.LoginSession != ""
}
