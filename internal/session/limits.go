package session

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// attemptTimeout limits one attempt of a call, from the connection to the last byte of the
// response. The SDK does not limit attempts, so a command could wait for a lost response forever.
const attemptTimeout = time.Minute

// Limits bounds the calls that a configuration's clients make, so that no call waits forever.
type Limits struct {
	timeout  time.Duration // for one attempt
	maxPages int           // of one list
	notify   func(string)

	mu        sync.Mutex
	endpoints map[string]endpoint // keyed by scheme and host
	lists     map[*string]*list   // unfinished lists, each keyed by the pointer to the token for its next page
}

// endpoint records how an endpoint responded to earlier calls.
type endpoint struct {
	lastResponse   time.Time // when the last complete response arrived
	responded      bool      // a complete response has arrived since the last suspension
	suspendedUntil time.Time // before this time, calls fail without being sent
}

// NewLimits returns limits with a timeout for each attempt. If notify is not nil, it receives a
// line for each retry after a lost response. notify may be called concurrently.
func NewLimits(timeout time.Duration, notify func(string)) *Limits {
	if notify == nil {
		notify = func(string) {}
	}
	return &Limits{timeout: timeout, maxPages: maxPages, notify: notify,
		endpoints: map[string]endpoint{}, lists: map[*string]*list{}}
}

// Options returns functions for the APIOptions of an aws.Config. The configuration must also use
// Limits.Retryer.
func (l *Limits) Options() []func(*middleware.Stack) error {
	return []func(*middleware.Stack) error{
		func(stack *middleware.Stack) error {
			// Steps handle the response in reverse order, so the last step gets it first. It passes
			// only complete responses to the other steps.
			return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("LimitAttempt", l.limitAttempt),
				middleware.After)
		},
		func(stack *middleware.Stack) error {
			return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("LimitCall", l.limitCall),
				middleware.After)
		},
	}
}

// limitAttempt applies the timeout to one attempt, and reads the whole response.
func (l *Limits) limitAttempt(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
	out middleware.DeserializeOutput, metadata middleware.Metadata, err error,
) {
	request, isHTTP := in.Request.(*smithyhttp.Request)
	if !isHTTP {
		return next.HandleDeserialize(ctx, in)
	}
	lost := &LostError{Service: middleware.GetServiceID(ctx), Operation: middleware.GetOperationName(ctx),
		Endpoint: request.URL.Scheme + "://" + request.URL.Host}
	if l.endpoint(lost.Endpoint).suspendedUntil.After(time.Now()) {
		lost.Reason, lost.suspended = "was not sent: the endpoint did not respond to earlier calls", true
		return out, metadata, lost
	}
	attempt, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	out, metadata, err = next.HandleDeserialize(attempt, in)
	lost.HasHeaders = err == nil
	if err == nil {
		err = bufferBody(out.RawResponse)
	}
	send := (*smithyhttp.RequestSendError)(nil)
	switch {
	case err == nil:
		l.recordResponse(lost.Endpoint)
		return out, metadata, nil
	case ctx.Err() != nil:
		return out, metadata, &smithy.CanceledError{Err: ctx.Err()}
	case attempt.Err() != nil: // do not wrap err: it looks like an interrupt by the user
		lost.Reason = fmt.Sprintf("got no complete response within %g s", l.timeout.Seconds())
		lost.attemptTimedOut = true
	case lost.HasHeaders:
		lost.Reason, lost.Err = "got an incomplete response", err
	case errors.As(err, &send):
		lost.Reason, lost.Err = "got no response", err
	default:
		return out, metadata, err
	}
	lost.responded = l.endpoint(lost.Endpoint).responded
	return out, metadata, lost
}

// bufferBody reads the body of a response into memory. The program never requests a large object.
func bufferBody(raw any) error {
	response, isHTTP := raw.(*smithyhttp.Response)
	if !isHTTP || response.Body == nil || response.Body == http.NoBody {
		return nil
	}
	body, err := io.ReadAll(response.Body)
	if closeErr := response.Body.Close(); err == nil {
		err = closeErr
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	return err
}

// limitCall runs all attempts of a call. Then it suspends calls to an endpoint that timed out. If
// the output is a page of a list, limitCall also checks the page.
func (l *Limits) limitCall(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (
	out middleware.InitializeOutput, metadata middleware.Metadata, err error,
) {
	began := time.Now()
	out, metadata, err = next.HandleInitialize(ctx, in)
	lost := (*LostError)(nil)
	// EC2's metadata service may respond to some requests although it does not respond to others.
	if errors.As(err, &lost) && lost.timedOut() && !lost.suspended && lost.Service != metadataService {
		l.suspend(lost.Endpoint, began)
	}
	if err == nil {
		err = l.checkPage(middleware.GetServiceID(ctx), middleware.GetOperationName(ctx), in.Parameters, out.Result)
	}
	return out, metadata, err
}

func (l *Limits) endpoint(baseURL string) endpoint {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.endpoints[baseURL]
}

func (l *Limits) recordResponse(baseURL string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.endpoints[baseURL] = endpoint{responded: true, lastResponse: time.Now()}
}

// suspend makes calls to an endpoint fail immediately for the length of one timeout. Otherwise,
// each call would wait for its own timeout. suspend does nothing if the endpoint has responded to
// another call since the failed call began.
func (l *Limits) suspend(baseURL string, began time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.endpoints[baseURL].lastResponse.Before(began) {
		l.endpoints[baseURL] = endpoint{suspendedUntil: time.Now().Add(l.timeout)}
	}
}
