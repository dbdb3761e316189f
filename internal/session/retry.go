package session

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"retrycatch/internal/problem"
)

// Attempts per call. The SDK's default, three attempts, lasts only a second or two.
const (
	patientAttempts = 12 // enough for an endpoint that throttles every third call or is down briefly
	initialAttempts = 3  // for an endpoint that has not responded yet
)

// LostError reports that an attempt got no complete response. AWS may have carried out the call.
type LostError struct {
	Service, Operation string // the SDK's names, for example "SFN" and "ListExecutions"
	Endpoint           string // for example "https://states.eu-west-1.amazonaws.com"
	Reason             string // for example "got no complete response within 60 s"
	HasHeaders         bool   // the headers of the response arrived
	Err                error  // error of the connection, or nil

	responded       bool // the endpoint has responded before
	attemptTimedOut bool // the timeout of Limits ended the attempt
	suspended       bool // calls to the endpoint were suspended
}

func (e *LostError) Error() string {
	text := Action(e.Service, e.Operation) + " " + e.Reason
	if e.Err != nil {
		text += ": " + connectionReason(e.Err)
	}
	return text
}

// Unwrap returns the connection error, or nil.
func (e *LostError) Unwrap() error { return e.Err }

// RetryableError tells the SDK's retryer whether to retry the call. After an unknown host name or a
// wrong certificate, a retry would fail too.
func (e *LostError) RetryableError() bool {
	lookup, certificate := (*net.DNSError)(nil), (*tls.CertificateVerificationError)(nil)
	unknownHost := errors.As(e.Err, &lookup) && lookup.IsNotFound
	return !e.suspended && !unknownHost && !errors.As(e.Err, &certificate)
}

// timedOut reports whether the attempt or its connection timed out.
func (e *LostError) timedOut() bool {
	network := net.Error(nil)
	return e.attemptTimedOut || errors.As(e.Err, &network) && network.Timeout()
}

// explain returns the problem for err, which wraps e.
func (e *LostError) explain(err error) *problem.Problem {
	what := "no response from " + e.Endpoint
	if e.HasHeaders {
		what = "incomplete responses from " + e.Endpoint
	}
	return &problem.Problem{What: what, Next: nextCheckNetwork, Err: &explained{e.Error(), err}}
}

// Retryer returns the Retryer for an aws.Config. The configuration must also use Limits.Options.
// The parameter attempts is the user's limit from AWS_MAX_ATTEMPTS or max_attempts, or 0 if there
// is no limit.
func (l *Limits) Retryer(attempts int) func() aws.Retryer {
	maxAttempts, initial := attempts, attempts
	if attempts == 0 {
		maxAttempts, initial = patientAttempts, initialAttempts
	}
	return func() aws.Retryer {
		return &retryer{initial: initial, notify: l.notify, Standard: retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts = maxAttempts
			o.RateLimiter = ratelimit.None // the SDK's default stops the retries of all calls after a few failures
		})}
	}
}

// retryer is the SDK's retryer with two changes. It makes fewer attempts at an endpoint that has
// not responded yet, and it reports each retry after a lost response.
type retryer struct {
	*retry.Standard
	initial int // attempts at an endpoint that has not responded yet
	notify  func(string)
}

// RetryDelay returns the wait before the next attempt, or an error that ends the call.
func (r *retryer) RetryDelay(attempt int, err error) (time.Duration, error) {
	lost := (*LostError)(nil)
	if !errors.As(err, &lost) {
		return r.Standard.RetryDelay(attempt, err)
	}
	maxAttempts := r.MaxAttempts()
	if !lost.responded {
		maxAttempts = min(maxAttempts, r.initial)
	}
	if attempt >= maxAttempts {
		return 0, &retry.MaxAttemptsError{Attempt: attempt, Err: err}
	}
	r.notify(fmt.Sprintf("%v; attempt %d of %d", lost, attempt+1, maxAttempts))
	return r.Standard.RetryDelay(attempt, err)
}
