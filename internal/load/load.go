package load

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"retrycatch/internal/history"
	"retrycatch/internal/pace"
	"retrycatch/internal/problem"
	"retrycatch/internal/scenario"
	"retrycatch/internal/session"
	"retrycatch/internal/workflow"
)

// startTries is how often the SDK may give up on starting one execution, after its own retries.
const startTries = 10

// Outcome is what is known of an execution.
type Outcome int

const (
	Unbegun Outcome = iota // nothing was asked of AWS
	Running
	AsExpected
	NotAsExpected
	Lost // it could not be started, or not be followed to its end: Err says why
)

// Execution is one of a load.
type Execution struct {
	Scenario scenario.Scenario
	Name     string
	TraceID  string

	ARN        string // set once AWS has said that it is started
	Outcome    Outcome
	Result     history.Execution // of one that ended
	Deviations []string          // of one that is not as expected
	Err        error             // of a lost one
}

// MayRun says whether a lost execution may be running: it was started, or no answer says that it was not.
func (e *Execution) MayRun() bool {
	unanswered := (*session.LostError)(nil)
	return e.Outcome == Lost && (e.ARN != "" || errors.Is(e.Err, context.Canceled) || workflow.Transient(e.Err) ||
		errors.As(e.Err, &unanswered))
}

// Counts are how far a load has come.
type Counts struct {
	Total, Started, Running, Done, Failed, Lost int // failed: of those done, the ones that are not as expected
	Throttled                                   int // calls
}

// load is one call of Run.
type load struct {
	cfg          aws.Config // paced
	pacer        *pace.Pacer
	ends         *workflow.Ends
	stateMachine string
	changed      func(Counts)

	mu      sync.Mutex
	waiting []*Execution
	counts  Counts
	stopped error
	took    map[string]time.Duration // by the last execution of each scenario that ended
}

// Run starts the executions in their order, with no more than limit that are started and not ended, and fills in what
// becomes of each. It calls changed, one call at a time, whenever the counts have changed. An end of the context ends it
// early. So does an error that all executions would meet, such as a missing permission, which it returns: no other is
// started then, and those under way are followed as far as can be.
func Run(ctx context.Context, cfg aws.Config, stateMachine string, executions []*Execution, limit int, changed func(Counts)) (Counts, error) {
	watching, stop := context.WithCancel(ctx)
	defer stop()
	pacer := pace.New()
	cfg = pacer.Apply(cfg)
	l := &load{cfg: cfg, pacer: pacer, ends: workflow.WatchEnds(watching, cfg, stateMachine), stateMachine: stateMachine,
		changed: changed, waiting: executions, counts: Counts{Total: len(executions)}, took: map[string]time.Duration{}}
	var workers sync.WaitGroup
	for range min(limit, len(executions)) {
		workers.Go(func() {
			for e := l.next(ctx); e != nil; e = l.next(ctx) {
				l.carryOut(ctx, e)
			}
		})
	}
	workers.Wait()
	return l.counts, l.stopped
}

// next is the execution to start now, or nil when no more are to be.
func (l *load) next(ctx context.Context) *Execution {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) == 0 || l.stopped != nil || ctx.Err() != nil {
		return nil
	}
	e := l.waiting[0]
	l.waiting = l.waiting[1:]
	e.Outcome = Running
	return e
}

// carryOut starts an execution and waits for its end.
func (l *load) carryOut(ctx context.Context, e *Execution) {
	if e.ARN, e.Err = l.start(ctx, e); e.Err == nil {
		var expected time.Duration
		l.change(func() {
			l.counts.Started++
			l.counts.Running++
			expected = l.took[e.Scenario.Name]
		})
		e.Result, e.Err = l.ends.Await(ctx, e.ARN, expected)
		e.Result.Events = nil // of thousands of executions they would take a lot of memory, and nobody reads them
	}
	l.change(func() { l.settle(e) })
}

// start starts one execution, and retries when the SDK has given up on throttling or a broken
// connection. Its name makes a retry start the same execution. start does not wait between the
// tries: the SDK and the pacer do.
func (l *load) start(ctx context.Context, e *Execution) (arn string, err error) {
	for range startTries {
		arn, err = workflow.Start(ctx, l.cfg, l.stateMachine, e.Name, e.Scenario.Input(), e.TraceID)
		if err == nil || !workflow.Transient(err) {
			break
		}
	}
	return arn, err
}

// settle sets what has become of an execution.
func (l *load) settle(e *Execution) {
	if e.ARN != "" {
		l.counts.Running--
	}
	if e.Err != nil {
		e.Outcome = Lost
		l.counts.Lost++
		explained := session.Explain(e.Err)
		all, list := (*problem.Problem)(nil), (*workflow.ListError)(nil)
		if l.stopped == nil && (errors.As(explained, &all) || errors.As(explained, &list)) {
			l.stopped = explained
		}
		return
	}
	l.counts.Done++
	l.took[e.Scenario.Name] = e.Result.End.Sub(e.Result.Start)
	e.Outcome, e.Deviations = AsExpected, e.Scenario.Check(e.Result)
	if len(e.Deviations) > 0 {
		e.Outcome = NotAsExpected
		l.counts.Failed++
	}
}

func (l *load) change(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
	l.counts.Throttled = l.pacer.Throttled()
	l.changed(l.counts)
}
