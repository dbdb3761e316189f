package load

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"golang.org/x/sync/errgroup"

	"retrycatch/internal/pace"
	"retrycatch/internal/problem"
	"retrycatch/internal/scenario"
	"retrycatch/internal/session"
	"retrycatch/internal/workflow"
)

// maxStartCalls is the maximum number of StartExecution calls for one execution. The SDK also
// retries each call.
const maxStartCalls = 10

// MayBeRunning reports whether a lost execution might be running: AWS confirmed its start, or the
// outcome of the start is unknown.
func MayBeRunning(r *scenario.Run) bool {
	lostResponse := (*session.LostError)(nil)
	return r.Outcome == scenario.Lost && (r.ARN != "" || errors.Is(r.Err, context.Canceled) ||
		workflow.Transient(r.Err) || errors.As(r.Err, &lostResponse))
}

// Counts holds the progress of a load. Done counts the executions that ended. Failed counts the
// ended executions that deviate from their scenario.
type Counts struct {
	Total, Started, Running, Done, Failed, Lost int
	Throttled                                   int // number of throttled calls
}

// load holds the state of one Run call.
type load struct {
	cfg          aws.Config // its clients wait for the pacer
	pacer        *pace.Pacer
	ends         *workflow.EndWatcher
	stateMachine string
	onChange     func(Counts)

	mu            sync.Mutex
	counts        Counts
	stopErr       error
	lastDurations map[string]time.Duration // by scenario: how long its last ended execution took
}

// Run starts the executions in order, and records the result of each. At most limit of them run at
// the same time. Run calls onChange after each change of the counts, never concurrently. If the
// context ends, Run stops early and returns no error. After an error that affects all executions,
// such as a missing permission, Run starts no more executions. It waits for the running executions
// if possible, and returns the error.
func Run(
	ctx context.Context,
	cfg aws.Config,
	stateMachine string,
	runs []*scenario.Run,
	limit int,
	onChange func(Counts),
) (Counts, error) {
	watchCtx, stop := context.WithCancel(ctx)
	defer stop()
	pacer := pace.New()
	cfg = pacer.Apply(cfg)
	l := &load{
		cfg:           cfg,
		pacer:         pacer,
		ends:          workflow.WatchEnds(watchCtx, cfg, stateMachine),
		stateMachine:  stateMachine,
		onChange:      onChange,
		counts:        Counts{Total: len(runs)},
		lastDurations: map[string]time.Duration{},
	}
	group := errgroup.Group{}
	group.SetLimit(limit)
	for _, r := range runs {
		group.Go(func() error {
			if l.markRunning(ctx, r) {
				l.runOne(ctx, r)
			}
			return nil // l.stopErr stops the load; an error returned here would not
		})
	}
	_ = group.Wait()
	return l.counts, l.stopErr
}

// markRunning marks an execution as running. It returns false if the load has stopped.
func (l *load) markRunning(ctx context.Context, r *scenario.Run) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopErr != nil || ctx.Err() != nil {
		return false
	}
	r.Outcome = scenario.Running
	return true
}

// runOne starts an execution and waits for its end.
func (l *load) runOne(ctx context.Context, r *scenario.Run) {
	arn, err := l.start(ctx, r)
	if err != nil {
		l.update(func() { l.recordLoss(r, err) })
		return
	}
	var expected time.Duration
	l.update(func() {
		r.ARN = arn
		l.counts.Started++
		l.counts.Running++
		expected = l.lastDurations[r.Label()]
	})
	e, err := l.ends.Await(ctx, arn, expected)
	e.Events = nil // unused, and the events of thousands of executions need a lot of memory
	l.update(func() {
		l.counts.Running--
		if err != nil {
			l.recordLoss(r, err)
			return
		}
		r.Judge(e)
		l.counts.Done++
		l.lastDurations[r.Label()] = e.End.Sub(e.Start)
		if r.Outcome == scenario.NotAsExpected {
			l.counts.Failed++
		}
	})
}

// start starts one execution. It retries after throttling and broken connections, even if the SDK
// has given up. A retry cannot start a second execution, because it uses the same name. The SDK and
// the pacer wait between the attempts.
func (l *load) start(ctx context.Context, r *scenario.Run) (arn string, err error) {
	for range maxStartCalls {
		arn, err = workflow.Start(ctx, l.cfg, l.stateMachine, r.Name, r.Input, r.SentTraceID)
		if err == nil || !workflow.Transient(err) {
			break
		}
	}
	return arn, err
}

// recordLoss records a lost execution. It stops the load if the error affects all executions.
func (l *load) recordLoss(r *scenario.Run, err error) {
	r.MarkLost(err)
	l.counts.Lost++
	if l.stopErr == nil && affectsAllRuns(err) {
		l.stopErr = err
	}
}

// affectsAllRuns reports whether every other execution would fail with the same error.
func affectsAllRuns(err error) bool {
	known, list := (*problem.Problem)(nil), (*workflow.ListError)(nil)
	return session.AccessFailed(err) || errors.As(err, &known) || errors.As(err, &list)
}

// update changes the counts and reports them.
func (l *load) update(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
	l.counts.Throttled = l.pacer.Throttled()
	l.onChange(l.counts)
}
