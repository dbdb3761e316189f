package load

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go/middleware"
)

const (
	slowest = 0.5 // calls a second that are made however much is throttled
	raise   = 2.0 // calls a second that a second of calls without throttling adds
)

// Limiter spaces calls out. AWS lets many through at once, and then so many a second as its quota refills. Nobody can tell
// how many an account has left, so a limiter begins at its highest rate, falls to the sustained one when AWS throttles,
// halves it when it does again, and raises it slowly while calls pass.
type Limiter struct {
	turn chan struct{} // held by the call that waits for its time; the others queue behind it
	next time.Time     // when the next call may be made; of whoever holds the turn

	mu        sync.Mutex
	rate      float64 // calls a second, as the next two
	highest   float64
	sustained float64
	cuts      int // times that the rate was lowered
	throttled int
}

// NewLimiter returns a limiter of at most so many calls a second, which the first throttling lowers to sustained or less.
func NewLimiter(highest, sustained float64) *Limiter {
	return &Limiter{turn: make(chan struct{}, 1), rate: highest, highest: highest, sustained: sustained}
}

// Throttled is how many calls AWS has throttled.
func (l *Limiter) Throttled() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.throttled
}

// Apply returns a configuration whose clients wait for the limiter before each try of a call. The limiter is inside of
// the SDK's own retries: it sees, and spaces out, those too.
func (l *Limiter) Apply(cfg aws.Config) aws.Config {
	limit := middleware.FinalizeMiddlewareFunc("AdaptiveLimit", func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
		middleware.FinalizeOutput, middleware.Metadata, error) {
		cuts, err := l.wait(ctx)
		if err != nil {
			return middleware.FinalizeOutput{}, middleware.Metadata{}, err
		}
		out, metadata, err := next.HandleFinalize(ctx, in)
		l.learn(err, cuts)
		return out, metadata, err
	})
	cfg = cfg.Copy()
	cfg.APIOptions = append(slices.Clone(cfg.APIOptions), func(stack *middleware.Stack) error {
		return stack.Finalize.Insert(limit, (*retry.Attempt)(nil).ID(), middleware.After)
	})
	return cfg
}

// wait returns when a call may be made, with the number of cuts until then.
func (l *Limiter) wait(ctx context.Context) (cuts int, err error) {
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	select {
	case <-time.After(time.Until(l.next)):
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next = time.Now().Add(time.Duration(float64(time.Second) / l.rate))
	return l.cuts, nil
}

// learn sets the rate by the result of a call. Calls that were under way together are throttled together: only the first
// of them lowers the rate, as the others say nothing of the rate since.
func (l *Limiter) learn(err error, cuts int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err == nil:
		l.rate = min(l.rate+raise/l.rate, l.highest)
	case retry.IsErrorThrottles(retry.DefaultThrottles).IsErrorThrottle(err).Bool():
		l.throttled++
		if cuts != l.cuts {
			return
		}
		l.rate = max(l.rate/2, slowest)
		if l.cuts == 0 {
			l.rate = min(l.rate, l.sustained)
		}
		l.cuts++
	}
}
