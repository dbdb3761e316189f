package session

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"retrycatch/internal/problem"
)

// metadataService is the SDK's name for EC2's metadata service. The SDK asks this service for
// credentials if no setting provides any.
const metadataService = "ec2imds"

// loggedOutCodes maps the ID of a login service to its error codes for a login that has expired or
// was ended. IAM Identity Center has two services: one returns credentials, and one renews the
// login's token:
// https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_GetRoleCredentials.html
// https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html
var loggedOutCodes = map[string][]string{
	"SSO": {"UnauthorizedException"},
	"SSO OIDC": {"ExpiredTokenException", "InvalidClientException", "InvalidGrantException",
		"UnauthorizedClientException"},
	"Signin": {"InvalidGrantException"}, // aws login
}

// explainCredentials returns the problem for an error from fetching credentials.
func explainCredentials(err error) error {
	p := &problem.Problem{What: "there are no usable AWS credentials", Err: cause(err),
		Next: "log in with `aws login` or `aws sso login`, or set AWS_PROFILE or AWS_ACCESS_KEY_ID and " +
			"AWS_SECRET_ACCESS_KEY; without an AWS account, run `make demo` to try everything on a local AWS"}
	failed, mfa, call := (*CredentialsError)(nil), (*MFAError)(nil), (*smithy.OperationError)(nil)
	api := smithy.APIError(nil)
	if !errors.As(err, &failed) {
		return p
	}
	isCall := errors.As(err, &call)
	loggedOut := isCall && errors.As(err, &api) && slices.Contains(loggedOutCodes[call.Service()], api.ErrorCode())
	switch {
	case isCall && call.Service() == metadataService:
		p.Err = &explained{"no access keys, profile or login are configured", err}
		if name := missingKey(); name != "" {
			p.Err = &explained{name + " is not set", err}
		}
	case errors.As(err, &mfa):
		p.What, p.Next = "asking for an MFA code requires a terminal", failed.Renewal
		p.Err = cause(fmt.Errorf("%w; run the next command in a terminal, then this command without --profile", err))
	case errors.Is(err, io.EOF) && !isCall:
		p.What, p.Next, p.Err = "no MFA code was entered", "run the command again, and enter the code", nil
	case isCall && !loggedOut:
		return explainCredentialsCall(failed, call)
	case failed.Renewal != nextLogIn && failed.permanent():
		p.What, p.Next = "you are not logged in to AWS, or the login has expired", failed.Renewal
	}
	return p
}

// missingKey returns the name of the missing variable if the environment contains only one part of
// an access key. The SDK ignores such a part.
func missingKey() string {
	id, secret := os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY")
	switch {
	case id != "" && secret == "":
		return "AWS_SECRET_ACCESS_KEY"
	case id == "" && secret != "":
		return "AWS_ACCESS_KEY_ID"
	}
	return ""
}

// explainCredentialsCall returns the problem for a failed call that fetches a profile's
// credentials.
func explainCredentialsCall(failed *CredentialsError, call *smithy.OperationError) error {
	send, lost, unreadable := (*smithyhttp.RequestSendError)(nil), (*LostError)(nil), (*UnreadableError)(nil)
	api := smithy.APIError(nil)
	switch {
	case errors.As(failed.Err, &unreadable), errors.As(failed.Err, &send), errors.As(failed.Err, &lost):
		return Explain(failed.Err)
	case !errors.As(failed.Err, &api):
		return &problem.Problem{What: "the profile's credentials cannot be read", Err: cause(failed.Err),
			Next: nextCheckProxy}
	}
	if p, known := fatalErrors[api.ErrorCode()]; known {
		p.Err = cause(failed.Err)
		return &p
	}
	if call.Service() == sts.ServiceID && Denied(failed.Err) {
		return &problem.Problem{What: "AWS does not let the profile assume its role", Err: cause(failed.Err),
			Next: "check role_arn in the profile, and the MFA code if you entered one"}
	}
	return &problem.Problem{What: "AWS returned no credentials for the profile", Err: cause(failed.Err),
		Next: "check the profile in ~/.aws/config; `aws configure list-profiles` prints the names of the profiles"}
}
