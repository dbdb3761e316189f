package session

import (
	"context"
	"errors"
	"net/url"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"retrycatch/internal/problem"
)

// explanations are the errors that any operation of any service may answer with:
// https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
var explanations = map[string]problem.Problem{
	"ExpiredToken":                {What: "the AWS credentials have expired", Next: renew},
	"ExpiredTokenException":       {What: "the AWS credentials have expired", Next: renew},
	"RequestExpired":              {What: "AWS finds the request too old", Next: "set this machine's clock, or " + renew},
	"InvalidClientTokenId":        {What: "AWS does not know the access key", Next: check},
	"UnrecognizedClientException": {What: "AWS does not know the access key", Next: check},
	"SignatureDoesNotMatch":       {What: "the secret access key does not belong to the access key", Next: check},
	"OptInRequired":               {What: "the account does not use this region", Next: "enable the region in the account, or name another with --region"},
	"AccessDenied":                {What: "the credentials may not do this", Next: allow},
	"AccessDeniedException":       {What: "the credentials may not do this", Next: allow},
	"AuthorizationError":          {What: "the credentials may not do this", Next: allow}, // SNS
}

const (
	renew = "log in again, for example with `aws sso login`, or set fresh keys"
	check = "check the keys: `aws configure list` shows where they come from"
	allow = "have the named action allowed, or use other credentials with --profile"
)

// Explain turns an error of an SDK call into a *problem.Problem where it speaks of the access itself: credentials,
// permissions, an endpoint that does not answer. Any other error comes back as it is.
func Explain(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	if api := smithy.APIError(nil); errors.As(err, &api) {
		if known, ok := explanations[api.ErrorCode()]; ok {
			return &problem.Problem{What: known.What, Next: known.Next, Err: errors.New(api.ErrorCode() + ": " + api.ErrorMessage())}
		}
		return err
	}
	if send := (*smithyhttp.RequestSendError)(nil); errors.As(err, &send) {
		what := "AWS does not answer"
		if unreachable := (*url.Error)(nil); errors.As(err, &unreachable) {
			if address, parseErr := url.Parse(unreachable.URL); parseErr == nil {
				what = "nothing answers at " + address.Scheme + "://" + address.Host
			}
			return &problem.Problem{What: what, Next: unreach, Err: unreachable.Err}
		}
		return &problem.Problem{What: what, Next: unreach, Err: send.Err}
	}
	return err
}

const unreach = "check the network, the region's name, and AWS_ENDPOINT_URL if it is set"
