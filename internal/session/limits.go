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

// answerLimit limits one attempt of a call, from the connection to the last byte of the answer. The
// SDK has no such limit: one lost answer would hang a command forever.
const answerLimit = time.Minute

// Limits bounds the calls of all clients of a configuration, so that none waits forever.
type Limits struct {
	answer time.Duration // of one attempt
	pages  int           // of one list
	notify func(string)

	mu        sync.Mutex
	endpoints map[string]endpoint // by scheme and host
	lists     map[*string]*list   // unfinished lists, by the token of their next page
}

// endpoint records how an endpoint answered earlier calls.
type endpoint struct {
	heard       time.Time // the last whole answer
	answered    bool      // a complete answer has come since it was last given up
	silentUntil time.Time // given up: no call waits for it until then
}

// NewLimits returns limits that give each attempt this much time for its answer. notify, if set,
// gets a line for each retry after a lost answer. Concurrent calls call it concurrently.
func NewLimits(answer time.Duration, notify func(string)) *Limits {
	if notify == nil {
		notify = func(string) {}
	}
	return &Limits{answer: answer, pages: maxPages, notify: notify,
		endpoints: map[string]endpoint{}, lists: map[*string]*list{}}
}

// Options returns the options to add to the APIOptions of an aws.Config, whose Retryer comes from
// Limits.Retryer.
func (l *Limits) Options() []func(*middleware.Stack) error {
	return []func(*middleware.Stack) error{
		func(stack *middleware.Stack) error {
			// This step is nearest to the connection, so that the others only see complete answers.
			return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("LimitAnswer", l.limitAnswer),
				middleware.After)
		},
		func(stack *middleware.Stack) error {
			return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("LimitCall", l.limitCall),
				middleware.After)
		},
	}
}

// limitAnswer limits one attempt.
func (l *Limits) limitAnswer(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
	out middleware.DeserializeOutput, metadata middleware.Metadata, err error,
) {
	request, isHTTP := in.Request.(*smithyhttp.Request)
	if !isHTTP {
		return next.HandleDeserialize(ctx, in)
	}
	lost := &LostError{Service: middleware.GetServiceID(ctx), Operation: middleware.GetOperationName(ctx),
		Endpoint: request.URL.Scheme + "://" + request.URL.Host}
	if l.look(lost.Endpoint).silentUntil.After(time.Now()) {
		lost.Reason, lost.unsent = "got no answer: the endpoint did not answer earlier calls", true
		return out, metadata, lost
	}
	attempt, cancel := context.WithTimeout(ctx, l.answer)
	defer cancel()
	out, metadata, err = next.HandleDeserialize(attempt, in)
	lost.Begun = err == nil
	if err == nil {
		err = readWhole(out.RawResponse)
	}
	send := (*smithyhttp.RequestSendError)(nil)
	switch {
	case err == nil:
		l.heard(lost.Endpoint)
		return out, metadata, nil
	case ctx.Err() != nil:
		return out, metadata, &smithy.CanceledError{Err: ctx.Err()}
	case attempt.Err() != nil: // only this attempt's limit: err looks like an interrupt by the user
		lost.Reason, lost.late = fmt.Sprintf("got no complete answer within %g s", l.answer.Seconds()), true
	case lost.Begun:
		lost.Reason, lost.Err = "got an incomplete answer", err
	case errors.As(err, &send):
		lost.Reason, lost.Err = "got no answer", err
	default:
		return out, metadata, err
	}
	lost.known = l.look(lost.Endpoint).answered
	return out, metadata, lost
}

// readWhole reads the body of an answer into memory. No answer to the project's calls is too large.
func readWhole(raw any) error {
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

// limitCall acts after the last attempt of a call. It gives up on a silent endpoint and checks the
// page of a list.
func (l *Limits) limitCall(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (
	out middleware.InitializeOutput, metadata middleware.Metadata, err error,
) {
	began := time.Now()
	out, metadata, err = next.HandleInitialize(ctx, in)
	lost := (*LostError)(nil)
	// EC2's metadata service may answer one kind of request and not another.
	if errors.As(err, &lost) && lost.timedOut() && !lost.unsent && lost.Service != metadataService {
		l.giveUp(lost.Endpoint, began)
	}
	if err == nil {
		err = l.turnPage(middleware.GetServiceID(ctx), middleware.GetOperationName(ctx), in.Parameters, out.Result)
	}
	return out, metadata, err
}

func (l *Limits) look(name string) endpoint {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.endpoints[name]
}

func (l *Limits) heard(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.endpoints[name] = endpoint{answered: true, heard: time.Now()}
}

// giveUp makes further calls to an endpoint fail at once, because each would wait as long. It does
// nothing if the endpoint has answered another call since the failed one began. After some time,
// the next call tries the endpoint like an unknown one.
func (l *Limits) giveUp(name string, began time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.endpoints[name].heard.Before(began) {
		l.endpoints[name] = endpoint{silentUntil: time.Now().Add(l.answer)}
	}
}
