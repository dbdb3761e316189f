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

// startTries limits the calls to start one execution, each with the SDK's own retries.
const startTries = 10

// MayRun reports whether a lost execution may be running: AWS has started it, or has not refused
// to.
func MayRun(r *scenario.Run) bool {
	unanswered := (*session.LostError)(nil)
	return r.Outcome == scenario.Lost && (r.ARN != "" || errors.Is(r.Err, context.Canceled) ||
		workflow.Transient(r.Err) || errors.As(r.Err, &unanswered))
}

// Counts holds the progress of a load. Failed counts the executions in Done that are not as
// expected.
type Counts struct {
	Total, Started, Running, Done, Failed, Lost int
	Throttled                                   int // calls
}

// load holds the state of one call of Run.
type load struct {
	cfg          aws.Config // paced
	pacer        *pace.Pacer
	ends         *workflow.Ends
	stateMachine string
	changed      func(Counts)

	mu      sync.Mutex
	counts  Counts
	stopped error
	took    map[string]time.Duration // by the last ended execution of each scenario
}

// Run starts the executions in their order, at most limit at a time, and records the result of
// each. It calls changed after each change of the counts, one call at a time. When the context
// ends, Run ends early. After an error that all executions would meet, such as a missing
// permission, it starts no more executions, follows the running ones as far as possible, and
// returns the error.
func Run(
	ctx context.Context,
	cfg aws.Config,
	stateMachine string,
	runs []*scenario.Run,
	limit int,
	changed func(Counts),
) (Counts, error) {
	watching, stop := context.WithCancel(ctx)
	defer stop()
	pacer := pace.New()
	cfg = pacer.Apply(cfg)
	l := &load{
		cfg:          cfg,
		pacer:        pacer,
		ends:         workflow.WatchEnds(watching, cfg, stateMachine),
		stateMachine: stateMachine,
		changed:      changed,
		counts:       Counts{Total: len(runs)},
		took:         map[string]time.Duration{},
	}
	group := errgroup.Group{}
	group.SetLimit(limit)
	for _, r := range runs {
		group.Go(func() error {
			if l.begin(ctx, r) {
				l.carryOut(ctx, r)
			}
			return nil // so that the others continue
		})
	}
	_ = group.Wait()
	return l.counts, l.stopped
}

// begin reports whether an execution may still be started, and if so, marks it as running.
func (l *load) begin(ctx context.Context, r *scenario.Run) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopped != nil || ctx.Err() != nil {
		return false
	}
	r.Outcome = scenario.Running
	return true
}

// carryOut starts an execution and waits for its end.
func (l *load) carryOut(ctx context.Context, r *scenario.Run) {
	arn, err := l.start(ctx, r)
	if err != nil {
		l.change(func() { l.lose(r, err) })
		return
	}
	var expected time.Duration
	l.change(func() {
		r.ARN = arn
		l.counts.Started++
		l.counts.Running++
		expected = l.took[r.Label()]
	})
	e, err := l.ends.Await(ctx, arn, expected)
	e.Events = nil // unused, and those of thousands of executions take a lot of memory
	l.change(func() {
		l.counts.Running--
		if err != nil {
			l.lose(r, err)
			return
		}
		r.Judge(e)
		l.counts.Done++
		l.took[r.Label()] = e.End.Sub(e.Start)
		if r.Outcome == scenario.NotAsExpected {
			l.counts.Failed++
		}
	})
}

// start starts one execution, and retries when the SDK has given up on throttling or a broken
// connection. Because of its name, a retry starts the same execution. The SDK and the pacer wait
// between the attempts.
func (l *load) start(ctx context.Context, r *scenario.Run) (arn string, err error) {
	for range startTries {
		arn, err = workflow.Start(ctx, l.cfg, l.stateMachine, r.Name, r.Input, r.SentTraceID)
		if err == nil || !workflow.Transient(err) {
			break
		}
	}
	return arn, err
}

// lose records a lost execution, and stops the load if every other execution would meet the error.
func (l *load) lose(r *scenario.Run, err error) {
	r.Lose(err)
	l.counts.Lost++
	if l.stopped == nil && meetsAll(err) {
		l.stopped = err
	}
}

// meetsAll reports whether every other execution would meet the error too.
func meetsAll(err error) bool {
	known, list := (*problem.Problem)(nil), (*workflow.ListError)(nil)
	return session.AccessFailed(err) || errors.As(err, &known) || errors.As(err, &list)
}

// change changes the counts and reports them.
func (l *load) change(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
	l.counts.Throttled = l.pacer.Throttled()
	l.changed(l.counts)
}
