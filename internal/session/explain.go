package session

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/url"

	smithyhttp "github.com/aws/smithy-go/transport/http"

	"retrycatch/internal/problem"
)

// endings holds the error codes after which every further call fails for the same reason. Any
// operation may return them:
// https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
var endings = map[string]problem.Problem{
	"ExpiredToken":                expired,
	"ExpiredTokenException":       expired,
	"RequestExpired":              wrongClock,
	"RequestTimeTooSkewed":        wrongClock, // S3
	"InvalidClientTokenId":        unknownKey,
	"UnrecognizedClientException": unknownKey,
	"InvalidAccessKeyId":          unknownKey, // S3
	"SignatureDoesNotMatch":       wrongSecret,
	"InvalidSignatureException":   wrongSecret, // services that speak JSON
	"OptInRequired":               unusedRegion,
	"RegionDisabledException":     unusedRegion, // STS
}

var (
	expired    = problem.Problem{What: "the AWS credentials have expired", Next: renew}
	wrongClock = problem.Problem{What: "the request is too old for AWS",
		Next: "set this machine's clock, or " + renew}
	wrongSecret  = problem.Problem{What: "the secret access key does not belong to the access key", Next: check}
	unusedRegion = problem.Problem{What: "the region is not enabled in the account",
		Next: "enable the region in the account, or name another with --region"}
	// A region that is not enabled does not recognize the account's keys:
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html
	unknownKey = problem.Problem{What: "AWS does not know the access key, or the region is not enabled in the account",
		Next: check + "; if they are right, enable the region, or name another with --region"}
)

// Next steps of several problems. noAddress is for an invalid endpoint, stray is for an answer that
// does not come from AWS.
const (
	renew     = "log in again, for example with `aws sso login`, or set fresh keys"
	check     = "check the keys: `aws configure list` shows where they come from"
	unreach   = "check the network, the region's name, and AWS_ENDPOINT_URL and HTTPS_PROXY if they are set"
	noAddress = "set AWS_ENDPOINT_URL or endpoint_url to an address like http://localhost:4566, or unset it"
	stray     = "check AWS_ENDPOINT_URL and HTTPS_PROXY if they are set: something other than AWS answers there"
)

// Ended reports whether access to AWS is lost: every further call fails for the same reason.
func Ended(err error) bool {
	if refresh := (*CredentialsError)(nil); errors.As(err, &refresh) {
		return refresh.lasts()
	}
	api := answer(err)
	if api == nil {
		return false
	}
	_, ends := endings[api.ErrorCode()]
	return ends
}

// explained is the cause of a problem from Explain: a short text and the whole error.
type explained struct {
	text string
	err  error
}

func (e *explained) Error() string { return e.text }
func (e *explained) Unwrap() error { return e.err }

// cause wraps the cause of a problem, so that Explain leaves the problem unchanged.
func cause(err error) error { return &explained{err.Error(), err} }

// connectionCause wraps the cause of a failed connection, in plain words.
func connectionCause(err error) error { return &explained{connectionReason(err), err} }

// Explain turns an error of an SDK call into a *problem.Problem if the error is about the access to
// AWS. Such errors are about credentials, permissions, or an endpoint that does not answer or is
// not AWS. Explain returns other errors, including its own problems, unchanged. Denied, Ended and
// DeniedAction give the same result for the problem as for the error.
func Explain(err error) error {
	if p := explain(err); p != nil {
		return p
	}
	return err
}

// AccessFailed reports whether an error is about the access to AWS, so that Explain explains it.
func AccessFailed(err error) bool { return explain(err) != nil }

// explain returns the problem of an error that is about the access to AWS, or nil.
func explain(err error) *problem.Problem {
	if done := (*explained)(nil); err == nil || errors.Is(err, context.Canceled) || errors.As(err, &done) {
		return nil
	}
	if refresh := (*CredentialsError)(nil); errors.As(err, &refresh) && refresh.lasts() {
		return &problem.Problem{
			What: "the AWS credentials cannot be renewed",
			Next: cmp.Or(refresh.Renewal, renew),
			Err:  &explained{refresh.Error(), err},
		}
	}
	if api := answer(err); api != nil {
		p, ends := endings[api.ErrorCode()]
		if Denied(err) {
			p = denial(DeniedAction(err))
		} else if !ends {
			return nil
		}
		p.Err = &explained{api.ErrorCode() + ": " + api.ErrorMessage(), err}
		return &p
	}
	if unreadable := (*UnreadableError)(nil); errors.As(err, &unreadable) {
		return &problem.Problem{What: "an answer cannot be read", Next: stray, Err: &explained{unreadable.Error(), err}}
	}
	if send := (*smithyhttp.RequestSendError)(nil); errors.As(err, &send) {
		return unreachable(send)
	}
	if lost := (*LostError)(nil); errors.As(err, &lost) {
		return lost.explain(err)
	}
	if endless := (*EndlessError)(nil); errors.As(err, &endless) {
		return endless.explain(err)
	}
	return nil
}

// denial returns the problem of a caller without a permission. The action is empty if it is
// unknown.
func denial(action string) problem.Problem {
	if action == "" {
		return problem.Problem{
			What: "the credentials do not have the permission",
			Next: "ask an administrator for the permission, or use other credentials with --profile",
		}
	}
	return problem.Problem{What: "the credentials may not call " + action,
		Next: "ask an administrator to allow " + action + ", or use other credentials with --profile"}
}

// unreachable returns the problem of a request that could not be sent.
func unreachable(send *smithyhttp.RequestSendError) *problem.Problem {
	failed := (*url.Error)(nil)
	if !errors.As(send, &failed) {
		return &problem.Problem{What: "AWS does not answer", Next: unreach, Err: connectionCause(send.Err)}
	}
	endpoint := "the endpoint"
	if address, err := url.Parse(failed.URL); err == nil {
		if !isAddress(address) { // of a profile's endpoint_url
			return &problem.Problem{
				What: "the settings name an endpoint that is not an address: " + failed.URL,
				Next: noAddress,
			}
		}
		endpoint = address.Scheme + "://" + address.Host
	}
	certificate, name := (*tls.CertificateVerificationError)(nil), (*net.DNSError)(nil)
	other := x509.HostnameError{}
	switch {
	case errors.As(failed.Err, &other):
		return &problem.Problem{What: "the certificate at " + endpoint + " belongs to another host", Next: stray,
			Err: connectionCause(failed.Err)}
	case errors.As(failed.Err, &certificate):
		return &problem.Problem{
			What: "the certificate of " + endpoint + " is not trusted",
			Err:  connectionCause(failed.Err),
			Next: "if a proxy signs it, set AWS_CA_BUNDLE to the file of the proxy's PEM certificate",
		}
	case errors.As(failed.Err, &name) && name.IsNotFound:
		return &problem.Problem{What: endpoint + " does not exist", Err: connectionCause(failed.Err),
			Next: "check the name of the region, and the network"}
	}
	return &problem.Problem{What: "nothing answers at " + endpoint, Next: unreach, Err: connectionCause(failed.Err)}
}
