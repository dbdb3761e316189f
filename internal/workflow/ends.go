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

// A poll calls ListExecutions. The account's quota for these calls allows a burst of 200 per
// region, and refills 5 a second. A short load test uses up to half of the burst. A long load test
// polls more slowly than the quota refills:
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const (
	minGap    = 100 * time.Millisecond // the gap after each of the first fastPolls polls
	fastPolls = 100
	steadyGap = 250 * time.Millisecond // the gap after each later poll
	maxGap    = time.Second            // both gaps grow up to maxGap while no execution ends

	extraEntries = 50 // extra entries per page, for executions that other clients started
)

// ListExecutions may return a stale list, so Await also checks each overdue execution at intervals
// of checkWait. A check reads the history. If the list shows the execution as running, Await skips
// most checks: it makes check number listedChecks, then check number 2*listedChecks, and so on. The
// number doubles each time.
const (
	checkWait       = 10 * time.Second
	listedChecks    = 6
	maxMissingReads = 3 // maximum number of reads of a history if the execution does not exist
)

// EndWatcher waits for executions of one state machine to end. It polls the list of executions,
// because the quotas of GetExecutionHistory and DescribeExecution are too low to poll each
// execution.
type EndWatcher struct {
	cfg          aws.Config
	stateMachine string
	changed      chan struct{} // signals that a caller has called Await; buffers one signal

	mu      sync.Mutex
	begun   int                 // number of calls to Await so far
	waiting map[string]*awaited // by ARN
	failed  error               // why the list cannot be read, or nil
}

// awaited is an execution that a caller waits for.
type awaited struct {
	number int       // number of the call to Await, from 1
	due    time.Time // when the execution is expected to end
	listed bool      // the list has contained the execution
	ended  chan types.ExecutionListItem
	failed chan error
}

// WatchEnds returns an EndWatcher. It polls while a caller waits, until the context ends.
func WatchEnds(ctx context.Context, cfg aws.Config, stateMachineARN string) *EndWatcher {
	w := &EndWatcher{cfg: cfg, stateMachine: stateMachineARN, changed: make(chan struct{}, 1),
		waiting: map[string]*awaited{}}
	go w.watch(ctx)
	return w
}

// Await waits until an execution that was just started has ended, and returns its history. It does
// not poll before the expected duration has passed. Zero means that the duration is unknown. Await
// does not call DescribeExecution, because the last event has the full status, output and error:
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEventExecutionDataDetails.html
func (w *EndWatcher) Await(ctx context.Context, arn string, expected time.Duration) (history.Execution, error) {
	a := w.add(arn, expected)
	defer w.remove(arn)
	missingReads, nextListedCheck := 0, listedChecks
	for checks := 1; ; checks++ {
		select {
		case <-ctx.Done():
			return history.Execution{}, ctx.Err()
		case err := <-a.failed:
			return history.Execution{}, err
		case item := <-a.ended:
			return w.readEnd(ctx, item)
		case <-time.After(time.Until(a.due) + checkWait*time.Duration(checks)):
		}
		if w.isListed(a) && checks < nextListedCheck {
			continue
		}
		nextListedCheck = 2 * checks
		e, err := w.read(ctx, arn)
		missing := (*types.ExecutionDoesNotExist)(nil)
		switch {
		case err == nil && e.Ended():
			return e, nil
		case errors.As(err, &missing) && missingReads < maxMissingReads-1:
			missingReads++
		case err != nil:
			return history.Execution{}, err
		}
	}
}

// maxEndReads limits how many times readEnd reads a history that does not contain the end yet. 60
// reads take about two minutes.
const maxEndReads = 60

// readEnd reads the history of an ended execution until the history contains the end. With an
// incomplete history, the execution would seem to have taken another path.
func (w *EndWatcher) readEnd(ctx context.Context, item types.ExecutionListItem) (history.Execution, error) {
	arn := aws.ToString(item.ExecutionArn)
	for attempt, wait := 0, minWait; attempt < maxEndReads; attempt, wait = attempt+1, min(2*wait, maxWait) {
		e, err := w.read(ctx, arn)
		missing := (*types.ExecutionDoesNotExist)(nil)
		switch {
		case err != nil && !errors.As(err, &missing):
			return history.Execution{}, err
		case e.Ended():
			return e, nil
		}
		if err := pause(ctx, wait); err != nil {
			return history.Execution{}, err
		}
	}
	return history.Execution{}, fmt.Errorf("the execution %s is %s, but its history is incomplete", arn, item.Status)
}

// ListError reports that an EndWatcher cannot list the executions, so no execution can be awaited.
type ListError struct{ Err error }

func (e *ListError) Error() string { return e.Err.Error() }

// Unwrap returns the error of the call.
func (e *ListError) Unwrap() error { return e.Err }

// read returns an execution with its events so far.
func (w *EndWatcher) read(ctx context.Context, arn string) (history.Execution, error) {
	events, err := eventsWithRetries(ctx, w.cfg, arn)
	return newExecution(arn, events), err
}

func (w *EndWatcher) add(arn string, expected time.Duration) *awaited {
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

func (w *EndWatcher) remove(arn string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.waiting, arn)
}

func (w *EndWatcher) isListed(a *awaited) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return a.listed
}

// watch polls the list while a due execution has not ended.
func (w *EndWatcher) watch(ctx context.Context) {
	gap, last := minGap, time.Time{}
	for polls := 0; ; {
		select {
		case <-w.changed:
			gap = gapAfter(polls)
		default:
		}
		due, found := w.nextDue()
		if !found {
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
		if !found {
			continue
		}
		var ends int
		err := retryTransient(ctx, func() (err error) {
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

// gapAfter returns the shortest gap before the next poll, given the number of polls so far. watch
// resets the gap to this value when a new execution is awaited or an execution has ended.
func gapAfter(polls int) time.Duration {
	if polls < fastPolls {
		return minGap
	}
	return steadyGap
}

// nextDue returns when the next execution is due, and whether any caller waits.
func (w *EndWatcher) nextDue() (next time.Time, found bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, a := range w.waiting {
		if !found || a.due.Before(next) {
			next, found = a.due, true
		}
	}
	return next, found
}

// fail makes all current and future calls of Await return err.
func (w *EndWatcher) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failed = err
	for _, a := range w.waiting {
		a.failed <- err
	}
}

// poll reads the list, newest first, back to the oldest due execution. It returns the number of
// awaited executions that have ended.
func (w *EndWatcher) poll(ctx context.Context) (ends int, err error) {
	unseen, depth := w.pending()
	pages := sfn.NewListExecutionsPaginator(sfn.NewFromConfig(w.cfg), &sfn.ListExecutionsInput{
		StateMachineArn: &w.stateMachine, MaxResults: int32(min(depth+extraEntries, pageSize))})
	for pagesLeft := depth/pageSize + 2; pagesLeft > 0 && len(unseen) > 0 && pages.HasMorePages(); pagesLeft-- {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return ends, err
		}
		ends += w.deliver(page.Executions, unseen)
	}
	return ends, nil
}

// pending returns the ARNs of the due executions. depth is the number of Await calls since the call
// for the oldest due execution, including that call.
func (w *EndWatcher) pending() (unseen map[string]bool, depth int) {
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

// deliver passes the ended executions on a page of the list to the waiting callers. It returns the
// number of these executions, and deletes each listed execution from unseen.
func (w *EndWatcher) deliver(page []types.ExecutionListItem, unseen map[string]bool) (ends int) {
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
