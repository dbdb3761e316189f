package workflow

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"retrycatch/internal/history"
)

// Gaps between two reads of the list. ListExecutions has a quota of 200 calls at once and 5 a
// second, for the account and region. A short load uses half of the 200; a long one slows down to
// the refill:
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const (
	minGap    = 100 * time.Millisecond // for the first polls
	fastPolls = 100
	steadyGap = 250 * time.Millisecond // for the others
	maxGap    = time.Second            // while no execution ends

	foreignEntries = 50 // extra entries per page, for executions of other clients
)

// Limits of trust in the list. It is eventually consistent, so it may lack an execution.
const (
	doubtWait    = 10 * time.Second // between reads of the history of an unlisted execution
	listedDoubts = 6                // the same for an execution that is listed as running, in doubts
	maxUnknown   = 3                // reads of the history of an execution that does not exist
)

// Ends waits for executions of one state machine to end. It lists all of them with one call,
// because the quotas of GetExecutionHistory and DescribeExecution do not allow polling each
// execution.
type Ends struct {
	cfg          aws.Config
	stateMachine string
	changed      chan struct{} // signals a new wait; holds one signal

	mu      sync.Mutex
	begun   int // number of executions so far
	waiting map[string]*awaited
	failed  error // the list cannot be read
}

// awaited is an execution that a caller waits for.
type awaited struct {
	number int       // counts the executions, from 1
	due    time.Time // of the first read of the list
	listed bool      // as running
	ended  chan types.ExecutionListItem
	failed chan error
}

// WatchEnds returns Ends, which polls the list while a caller waits, until the context ends.
func WatchEnds(ctx context.Context, cfg aws.Config, stateMachineARN string) *Ends {
	w := &Ends{cfg: cfg, stateMachine: stateMachineARN, changed: make(chan struct{}, 1), waiting: map[string]*awaited{}}
	go w.watch(ctx)
	return w
}

// Await waits for the end of an execution that was just started, and reads its history. It does not
// poll before the expected duration has passed; zero means unknown. The history's last event has
// the full status, output and error:
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEventExecutionDataDetails.html
func (w *Ends) Await(ctx context.Context, arn string, expected time.Duration) (history.Execution, error) {
	a := w.add(arn, expected)
	defer w.remove(arn)
	unknown, believed := 0, listedDoubts
	for doubts := 1; ; doubts++ {
		select {
		case <-ctx.Done():
			return history.Execution{}, ctx.Err()
		case err := <-a.failed:
			return history.Execution{}, err
		case item := <-a.ended:
			return w.readEnd(ctx, item)
		case <-time.After(time.Until(a.due) + doubtWait*time.Duration(doubts)):
		}
		if w.isListed(a) && doubts < believed {
			continue
		}
		believed = 2 * doubts
		e, err := w.read(ctx, arn)
		none := (*types.ExecutionDoesNotExist)(nil)
		switch {
		case err == nil && e.Ended():
			return e, nil
		case errors.As(err, &none) && unknown < maxUnknown-1:
			unknown++
		case err != nil:
			return history.Execution{}, err
		}
	}
}

// endReads limits the reads of a history that lags behind the end of its execution: about two
// minutes.
const endReads = 60

// readEnd reads the history of an ended execution until it contains the end. An incomplete history
// would look like another path.
func (w *Ends) readEnd(ctx context.Context, item types.ExecutionListItem) (history.Execution, error) {
	arn := aws.ToString(item.ExecutionArn)
	for attempt, wait := 0, minWait; attempt < endReads; attempt, wait = attempt+1, min(2*wait, maxWait) {
		e, err := w.read(ctx, arn)
		none := (*types.ExecutionDoesNotExist)(nil)
		switch {
		case err != nil && !errors.As(err, &none):
			return history.Execution{}, err
		case e.Ended():
			return e, nil
		}
		if err := pause(ctx, wait); err != nil {
			return history.Execution{}, err
		}
	}
	return history.Execution{}, fmt.Errorf("the execution %s is %s, but its history lacks the end", arn, item.Status)
}

// ListError reports that Ends cannot list the executions, and so cannot wait for any.
type ListError struct{ Err error }

func (e *ListError) Error() string { return e.Err.Error() }

// Unwrap returns the error of the call.
func (e *ListError) Unwrap() error { return e.Err }

// read returns the available part of an execution's history.
func (w *Ends) read(ctx context.Context, arn string) (history.Execution, error) {
	events, err := patientEvents(ctx, w.cfg, arn)
	return named(arn, events), err
}

func (w *Ends) add(arn string, expected time.Duration) *awaited {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.begun++
	a := &awaited{number: w.begun, due: time.Now().Add(expected),
		ended: make(chan types.ExecutionListItem, 1), failed: make(chan error, 1)}
	if w.failed != nil {
		a.failed <- w.failed
	}
	w.waiting[arn] = a
	select {
	case w.changed <- struct{}{}:
	default:
	}
	return a
}

func (w *Ends) remove(arn string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.waiting, arn)
}

func (w *Ends) isListed(a *awaited) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return a.listed
}

// watch polls the list while an execution is due.
func (w *Ends) watch(ctx context.Context) {
	gap, last := minGap, time.Time{}
	for polls := 0; ; {
		select {
		case <-w.changed:
			gap = gapAfter(polls)
		default:
		}
		due, some := w.due()
		if !some {
			due = time.Now().Add(time.Hour)
		}
		if next := last.Add(gap); due.Before(next) {
			due = next
		}
		select {
		case <-ctx.Done():
			return
		case <-w.changed: // the new execution may be due first
			gap = gapAfter(polls)
			continue
		case <-time.After(time.Until(due)):
		}
		if !some {
			continue
		}
		var ends int
		err := persist(ctx, func() (err error) {
			ends, err = w.poll(ctx)
			return err
		})
		if ctx.Err() != nil {
			return
		}
		if err != nil && !Transient(err) {
			w.fail(&ListError{err})
			return
		}
		polls++
		last, gap = time.Now(), min(gap*3/2, maxGap)
		if ends > 0 {
			gap = gapAfter(polls)
		}
	}
}

// gapAfter returns the gap after a change.
func gapAfter(polls int) time.Duration {
	if polls < fastPolls {
		return minGap
	}
	return steadyGap
}

// due returns when the next execution is due.
func (w *Ends) due() (next time.Time, some bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, a := range w.waiting {
		if !some || a.due.Before(next) {
			next, some = a.due, true
		}
	}
	return next, some
}

// fail ends all present and future waits.
func (w *Ends) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failed = err
	for _, a := range w.waiting {
		a.failed <- err
	}
}

// poll reads the list, newest first, back to the oldest execution that is due. It returns the
// number of due executions that have ended.
func (w *Ends) poll(ctx context.Context) (ends int, err error) {
	unseen, depth := w.pending()
	pages := sfn.NewListExecutionsPaginator(sfn.NewFromConfig(w.cfg), &sfn.ListExecutionsInput{
		StateMachineArn: &w.stateMachine, MaxResults: int32(min(depth+foreignEntries, pageSize))})
	for left := depth/pageSize + 2; left > 0 && len(unseen) > 0 && pages.HasMorePages(); left-- {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return ends, err
		}
		ends += w.deliver(page.Executions, unseen)
	}
	return ends, nil
}

// pending returns the executions that are due, and the number of executions started since the
// oldest of them.
func (w *Ends) pending() (unseen map[string]bool, depth int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	unseen, oldest := map[string]bool{}, w.begun
	for arn, a := range w.waiting {
		if !a.due.After(time.Now()) {
			unseen[arn] = true
			oldest = min(oldest, a.number)
		}
	}
	return unseen, w.begun - oldest + 1
}

// deliver passes the statuses on a page of the list to the waiting callers.
func (w *Ends) deliver(page []types.ExecutionListItem, unseen map[string]bool) (ends int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, item := range page {
		arn := aws.ToString(item.ExecutionArn)
		delete(unseen, arn)
		a := w.waiting[arn]
		if a == nil {
			continue
		}
		a.listed = true
		if ended(item) {
			a.ended <- item
			delete(w.waiting, arn)
			ends++
		}
	}
	return ends
}
