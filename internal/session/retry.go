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

// Attempts of a call. The SDK's own three end after a second or two.
const (
	patientAttempts = 12 // enough if an endpoint throttles one call in three, or is down for a moment
	firstAttempts   = 3  // while an endpoint has never answered
)

// LostError reports that an attempt of a call got no complete answer. AWS may have carried it out.
type LostError struct {
	Service, Operation string // by the SDK's names, for example "SFN" and "ListExecutions"
	Endpoint           string // for example "https://states.eu-west-1.amazonaws.com"
	Reason             string // for example "got no complete answer within 60 s"
	Begun              bool   // the answer began
	Err                error  // of the connection, or nil

	known  bool // the endpoint has answered before
	late   bool // the time limit has passed
	unsent bool // the endpoint was given up before
}

func (e *LostError) Error() string {
	text := Action(e.Service, e.Operation) + " " + e.Reason
	if e.Err != nil {
		text += ": " + connectionReason(e.Err)
	}
	return text
}

// Unwrap returns the error of the connection, or nil.
func (e *LostError) Unwrap() error { return e.Err }

// RetryableError tells the SDK's retryer whether to retry the call. A retry does not help against
// an unknown host name or a wrong certificate.
func (e *LostError) RetryableError() bool {
	host, certificate := (*net.DNSError)(nil), (*tls.CertificateVerificationError)(nil)
	absent := errors.As(e.Err, &host) && host.IsNotFound
	return !e.unsent && !absent && !errors.As(e.Err, &certificate)
}

// timedOut reports whether the attempt reached a time limit.
func (e *LostError) timedOut() bool {
	slow := net.Error(nil)
	return e.late || errors.As(e.Err, &slow) && slow.Timeout()
}

// explain returns the problem for err, which wraps e.
func (e *LostError) explain(err error) *problem.Problem {
	what := "nothing answers at " + e.Endpoint
	if e.Begun {
		what = "the answers of " + e.Endpoint + " are incomplete"
	}
	return &problem.Problem{What: what, Next: unreach, Err: &explained{e.Error(), err}}
}

// Retryer returns the Retryer of an aws.Config with the Options of these limits. attempts is the
// user's own limit, which AWS_MAX_ATTEMPTS or max_attempts sets, or 0.
func (l *Limits) Retryer(attempts int) func() aws.Retryer {
	known, unknown := attempts, attempts
	if attempts == 0 {
		known, unknown = patientAttempts, firstAttempts
	}
	return func() aws.Retryer {
		return &retryer{unknown: unknown, notify: l.notify, Standard: retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts = known
			o.RateLimiter = ratelimit.None // the default gives up on all calls once some have failed
		})}
	}
}

// retryer retries like the SDK's own. It gives up earlier on an endpoint that has never answered,
// and announces each retry after a lost answer.
type retryer struct {
	*retry.Standard
	unknown int // attempts at an endpoint that has never answered
	notify  func(string)
}

// RetryDelay returns the wait before the next attempt. An error ends the call.
func (r *retryer) RetryDelay(attempt int, err error) (time.Duration, error) {
	lost := (*LostError)(nil)
	if !errors.As(err, &lost) {
		return r.Standard.RetryDelay(attempt, err)
	}
	most := r.MaxAttempts()
	if !lost.known {
		most = min(most, r.unknown)
	}
	if attempt >= most {
		return 0, &retry.MaxAttemptsError{Attempt: attempt, Err: err}
	}
	r.notify(fmt.Sprintf("%v; attempt %d of %d", lost, attempt+1, most))
	return r.Standard.RetryDelay(attempt, err)
}
