package session

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"retrycatch/internal/plaintext"
	"retrycatch/internal/problem"
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

// lasts reports whether the source will fail again: the reason was neither an interrupt nor the
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
	if err != nil {
		err = &CredentialsError{err, s.renewal}
	}
	return credentials, err
}

// MFAError reports that a profile needs the code of an MFA device, and nobody can be asked for it.
type MFAError struct{ Device string } // its serial number or ARN, as mfa_serial names it

func (e *MFAError) Error() string { return "the profile needs a code of the MFA device " + e.Device }

// roleDuration is how long the credentials of an assumed role are valid if the profile has no
// duration_seconds. It is the default of AWS and its CLI; the SDK's own is 15 minutes, which a
// deployment could exceed:
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
const roleDuration = time.Hour

// roleOptions returns the options of a profile that assumes a role.
func roleOptions(ctx context.Context, o Options) func(*stscreds.AssumeRoleOptions) {
	return func(role *stscreds.AssumeRoleOptions) {
		role.Duration = cmp.Or(role.Duration, roleDuration)
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

// origin is where credentials come from.
type origin struct {
	profile string // empty if no profile has them
	renewal string // the step that renews them
}

// findOrigin reads from the loaded settings where credentials come from. The order of precedence is
// the SDK's: https://docs.aws.amazon.com/sdk-for-go/v2/developer-guide/configure-gosdk.html
func findOrigin(sources []any, o Options) origin {
	var shared *config.SharedConfig
	for _, s := range sources {
		switch s := s.(type) {
		case config.EnvConfig:
			if o.Profile == "" && (s.Credentials.HasKeys() || s.WebIdentityTokenFilePath != "") {
				return origin{renewal: renew}
			}
		case config.SharedConfig:
			shared = &s
		}
	}
	if shared == nil || shared.Profile == "" {
		return origin{renewal: renew}
	}
	found := origin{shared.Profile, renew}
	for p := shared; p != nil; p = p.Source { // a role's source may be another profile
		switch name := plaintext.Word(p.Profile); {
		case p.MFASerial != "" && o.AskMFA == nil:
			// https://docs.aws.amazon.com/cli/latest/reference/configure/export-credentials.html
			found.renewal = `eval "$(aws configure export-credentials --profile ` + name + ` --format env)"` +
				" in a terminal, which asks for the code; then run this there without --profile"
			return found
		case p.SSOSession != nil || p.SSOStartURL != "":
			found.renewal = "aws sso login --profile " + name
		case p.LoginSession != "":
			found.renewal = "aws login --profile " + name
		}
	}
	return found
}

// metadataService is the SDK's name of EC2's metadata service.
const metadataService = "ec2imds"

// unusable returns the problem of a source that has no credentials.
func unusable(err error) error {
	p := &problem.Problem{What: "there are no usable AWS credentials", Err: err,
		Next: "log in with `aws login` or `aws sso login`, or set AWS_PROFILE or AWS_ACCESS_KEY_ID and " +
			"AWS_SECRET_ACCESS_KEY; without an account, make demo shows everything on a local AWS"}
	failed, mfa, call := (*CredentialsError)(nil), (*MFAError)(nil), (*smithy.OperationError)(nil)
	send, refusal := (*smithyhttp.RequestSendError)(nil), smithy.APIError(nil)
	if !errors.As(err, &failed) {
		return p
	}
	called := errors.As(err, &call)
	switch {
	case called && call.Service() == metadataService: // the last source, which only EC2 has
	case errors.As(err, &mfa):
		p.What, p.Next = "there is no terminal to ask for an MFA code", failed.Renewal
	case errors.As(err, &send):
		return unreachable(send)
	case called && call.Service() == sts.ServiceID && errors.As(err, &refusal):
		p.What, p.Next = "AWS refuses the profile's role", "check the profile's role_arn, and the MFA code if it needs one; "+
			"`aws sts get-caller-identity` shows whether other tools may assume it"
	case failed.Renewal != renew && failed.lasts():
		p.What, p.Next = "nobody is logged in to AWS, or the login has expired", failed.Renewal
	}
	return p
}
