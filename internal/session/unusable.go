package session

import (
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"retrycatch/internal/problem"
)

// metadataService is the SDK's name of EC2's metadata service, the last source of credentials.
const metadataService = "ec2imds"

// ssoLoggedOut is the code of SSO for a session that has ended before its time:
// https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_GetRoleCredentials.html
const ssoLoggedOut = "UnauthorizedException"

// unusable returns the problem of a source that has no credentials.
func unusable(err error) error {
	p := &problem.Problem{What: "there are no usable AWS credentials", Err: cause(err),
		Next: "log in with `aws login` or `aws sso login`, or set AWS_PROFILE or AWS_ACCESS_KEY_ID and " +
			"AWS_SECRET_ACCESS_KEY; without an account, make demo shows everything on a local AWS"}
	failed, mfa, call := (*CredentialsError)(nil), (*MFAError)(nil), (*smithy.OperationError)(nil)
	api := smithy.APIError(nil)
	if !errors.As(err, &failed) {
		return p
	}
	called := errors.As(err, &call)
	loggedOut := errors.As(err, &api) && api.ErrorCode() == ssoLoggedOut
	switch {
	case called && call.Service() == metadataService:
		p.Err = &explained{"no setting has keys, a profile or a login", err}
	case errors.As(err, &mfa):
		p.What, p.Next = "there is no terminal to ask for an MFA code", failed.Renewal
		p.Err = cause(fmt.Errorf("%w; in a terminal, run the next command, then this one without --profile", err))
	case errors.Is(err, io.EOF) && !called:
		p.What, p.Next, p.Err = "no MFA code was entered", "run the command again, and enter the code", nil
	case called && !loggedOut:
		return explainSource(failed, call)
	case failed.Renewal != renew && failed.lasts():
		p.What, p.Next = "you are not logged in to AWS, or the login has expired", failed.Renewal
	}
	return p
}

// explainSource returns the problem of a call that gets the credentials of a profile.
func explainSource(failed *CredentialsError, call *smithy.OperationError) error {
	send, lost, unreadable := (*smithyhttp.RequestSendError)(nil), (*LostError)(nil), (*UnreadableError)(nil)
	api := smithy.APIError(nil)
	switch {
	case errors.As(failed.Err, &unreadable), errors.As(failed.Err, &send), errors.As(failed.Err, &lost):
		return Explain(failed.Err)
	case !errors.As(failed.Err, &api):
		return &problem.Problem{What: "the profile's credentials cannot be read", Err: cause(failed.Err), Next: stray}
	}
	if p, known := endings[api.ErrorCode()]; known {
		p.Err = cause(failed.Err)
		return &p
	}
	if call.Service() == sts.ServiceID && Denied(failed.Err) {
		return &problem.Problem{What: "AWS does not let the profile assume its role", Err: cause(failed.Err),
			Next: "check the profile's role_arn, and the MFA code if it needs one"}
	}
	return &problem.Problem{What: "AWS does not give the profile's credentials", Err: cause(failed.Err),
		Next: "check the profile: `aws configure list-profiles` shows the names, and ~/.aws/config the settings"}
}
