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

// fatalErrors maps an error code to its problem. After one of these errors, every further call
// fails for the same reason. Any operation may return these codes:
// https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
var fatalErrors = map[string]problem.Problem{
	"ExpiredToken":                expired,
	"ExpiredTokenException":       expired,
	"RequestExpired":              wrongClock,
	"RequestTimeTooSkewed":        wrongClock, // S3
	"InvalidClientTokenId":        unknownKey,
	"UnrecognizedClientException": unknownKey,
	"InvalidAccessKeyId":          unknownKey, // S3
	"SignatureDoesNotMatch":       wrongSecret,
	"InvalidSignatureException":   wrongSecret, // services with a JSON protocol
	"OptInRequired":               disabledRegion,
	"RegionDisabledException":     disabledRegion, // STS
}

var (
	expired    = problem.Problem{What: "the AWS credentials have expired", Next: nextLogIn}
	wrongClock = problem.Problem{What: "AWS rejected the time of the request",
		Next: "set this machine's clock, or " + nextLogIn}
	wrongSecret    = problem.Problem{What: "the secret access key does not match the access key ID", Next: nextCheckKeys}
	disabledRegion = problem.Problem{What: "the region is not enabled in the account",
		Next: "enable the region in the account, or select another region with --region"}
	// A region that is not enabled does not recognize the account's keys:
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html
	unknownKey = problem.Problem{
		What: "AWS does not recognize the access key, or the region is not enabled in the account",
		Next: nextCheckKeys + "; if they are right, enable the region, or select another region with --region"}
)

// Next steps that more than one problem suggests.
const (
	nextLogIn        = "log in again, for example with `aws sso login`, or set new keys"
	nextCheckKeys    = "check the keys: `aws configure list` shows where they come from"
	nextSetRegion    = "set a region with --region or AWS_REGION, for example AWS_REGION=eu-central-1"
	nextCheckNetwork = "check the network, the region's name, and AWS_ENDPOINT_URL and HTTPS_PROXY if they are set"
	nextFixEndpoint  = "set AWS_ENDPOINT_URL or endpoint_url to a URL such as http://localhost:4566, or unset it"
	nextCheckProxy   = "check AWS_ENDPOINT_URL and HTTPS_PROXY if they are set: the response may not be from AWS"
)

// AccessLost reports whether every further call to AWS would fail for the same reason as the call
// that returned err.
func AccessLost(err error) bool {
	if credentialsErr := (*CredentialsError)(nil); errors.As(err, &credentialsErr) {
		return credentialsErr.permanent()
	}
	api := apiError(err)
	if api == nil {
		return false
	}
	_, fatal := fatalErrors[api.ErrorCode()]
	return fatal
}

// explained is the cause of a problem from Explain. It wraps the original error and has a shorter
// text.
type explained struct {
	text string
	err  error
}

func (e *explained) Error() string { return e.text }
func (e *explained) Unwrap() error { return e.err }

// cause marks err as explained, so that Explain does not change a problem that wraps err.
func cause(err error) error { return &explained{err.Error(), err} }

// connectionCause marks the error of a failed connection as explained, with a text in plain words.
func connectionCause(err error) error { return &explained{connectionReason(err), err} }

// Explain turns an error about access to AWS into a *problem.Problem. Such an error is about
// credentials, permissions, or an endpoint that does not respond or is not AWS. Explain returns
// every other error unchanged, including a problem from an earlier call of Explain. Denied,
// AccessLost and DeniedAction return the same result for the problem as for the original error.
func Explain(err error) error {
	if p := explain(err); p != nil {
		return p
	}
	return err
}

// AccessFailed reports whether Explain turns err into a problem.
func AccessFailed(err error) bool { return explain(err) != nil }

// explain returns the problem for an error about access to AWS, or nil for any other error.
func explain(err error) *problem.Problem {
	if done := (*explained)(nil); err == nil || errors.Is(err, context.Canceled) || errors.As(err, &done) {
		return nil
	}
	if credentialsErr := (*CredentialsError)(nil); errors.As(err, &credentialsErr) && credentialsErr.permanent() {
		return &problem.Problem{
			What: "the AWS credentials cannot be renewed",
			Next: cmp.Or(credentialsErr.Renewal, nextLogIn),
			Err:  &explained{credentialsErr.Error(), err},
		}
	}
	if api := apiError(err); api != nil {
		p, fatal := fatalErrors[api.ErrorCode()]
		if Denied(err) {
			p = denial(DeniedAction(err))
		} else if !fatal {
			return nil
		}
		p.Err = &explained{api.ErrorCode() + ": " + api.ErrorMessage(), err}
		return &p
	}
	if unreadable := (*UnreadableError)(nil); errors.As(err, &unreadable) {
		return &problem.Problem{What: "a response cannot be read", Next: nextCheckProxy,
			Err: &explained{unreadable.Error(), err}}
	}
	if send := (*smithyhttp.RequestSendError)(nil); errors.As(err, &send) {
		return explainSendError(send)
	}
	if lost := (*LostError)(nil); errors.As(err, &lost) {
		return lost.explain(err)
	}
	if incomplete := (*IncompleteListError)(nil); errors.As(err, &incomplete) {
		return incomplete.explain(err)
	}
	return nil
}

// denial returns the problem for a denied call. The action is empty if it is unknown.
func denial(action string) problem.Problem {
	if action == "" {
		return problem.Problem{
			What: "the credentials lack a required permission",
			Next: "ask an administrator for the permission, or use other credentials with --profile",
		}
	}
	return problem.Problem{What: "the credentials cannot call " + action,
		Next: "ask an administrator to allow " + action + ", or use other credentials with --profile"}
}

// explainSendError returns the problem for a request that could not be sent.
func explainSendError(send *smithyhttp.RequestSendError) *problem.Problem {
	failed := (*url.Error)(nil)
	if !errors.As(send, &failed) {
		return &problem.Problem{What: "AWS does not respond", Next: nextCheckNetwork, Err: connectionCause(send.Err)}
	}
	endpoint := "the endpoint"
	if parsed, err := url.Parse(failed.URL); err == nil {
		if !isEndpoint(parsed) { // the URL is from a profile: Load has already checked the environment
			return &problem.Problem{
				What: "the configured endpoint is not a valid URL: " + failed.URL,
				Next: nextFixEndpoint,
			}
		}
		endpoint = parsed.Scheme + "://" + parsed.Host
	}
	certificate, lookup := (*tls.CertificateVerificationError)(nil), (*net.DNSError)(nil)
	otherHost := x509.HostnameError{}
	switch {
	case errors.As(failed.Err, &otherHost):
		return &problem.Problem{What: "the certificate of " + endpoint + " belongs to another host", Next: nextCheckProxy,
			Err: connectionCause(failed.Err)}
	case errors.As(failed.Err, &certificate):
		return &problem.Problem{
			What: "the certificate of " + endpoint + " is not trusted",
			Err:  connectionCause(failed.Err),
			Next: "if a proxy replaces certificates, set AWS_CA_BUNDLE to a PEM file with the proxy's CA certificate",
		}
	case errors.As(failed.Err, &lookup) && lookup.IsNotFound:
		return &problem.Problem{What: "cannot find " + endpoint, Err: connectionCause(failed.Err),
			Next: "check the region's name and the network"}
	}
	return &problem.Problem{What: "no response from " + endpoint, Next: nextCheckNetwork, Err: connectionCause(failed.Err)}
}
