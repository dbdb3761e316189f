package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"retrycatch/internal/inventory"
	"retrycatch/internal/load"
	"retrycatch/internal/problem"
	"retrycatch/internal/scenario"
	"retrycatch/internal/view"
)

// maxCount limits the executions of a load test. A load test of this size costs at most 1.75 USD.
const maxCount = 10000

// loadOptions holds the options of a load test.
type loadOptions struct {
	count, concurrency               int
	mix                              string
	hasCount, hasConcurrency, hasMix bool // set on the command line
}

// isRequested reports whether the command line has a load test option, even an invalid one.
func (o loadOptions) isRequested() bool { return o.hasCount || o.hasConcurrency || o.hasMix }

// check returns a problem for each invalid load test option, and for each conflict of options.
func (o runOptions) check(a *app) error {
	var problems []error
	rejectIf := func(condition bool, what, next string) {
		if condition {
			problems = append(problems, &problem.Problem{What: what, Next: next})
		}
	}
	withCount := a.commandLine("--count", "10")
	rejectIf(o.load.hasConcurrency && !o.load.hasCount,
		"--concurrency requires --count", withCount)
	rejectIf(o.load.hasMix && !o.load.hasCount, "--mix requires --count", withCount)
	if o.load.hasCount && (o.load.count < 1 || o.load.count > maxCount) {
		problems = append(problems, a.outOfRangeError("count", o.load.count, maxCount))
	}
	rejectIf(o.load.concurrency < 1, fmt.Sprintf("--concurrency must be at least 1, not %d", o.load.concurrency),
		a.withFlag("concurrency", "1"))
	rejectIf(o.hasInput, "--input starts a single execution and cannot be combined with --count, --concurrency or --mix",
		a.withoutFlags("input"))
	rejectIf(o.load.hasMix && o.scenario != "", "use SCENARIO or --mix, not both", a.withoutFlags("mix"))
	return errors.Join(problems...)
}

// selectMix returns the mix that the options select.
func (a *app) selectMix(o runOptions) ([]load.Share, error) {
	if o.load.hasMix {
		return load.ParseMix(o.load.mix)
	}
	scenarios, err := a.selectScenarios(o.scenario)
	var mix []load.Share
	for _, s := range scenarios {
		mix = append(mix, load.Share{Scenario: s, Weight: 1})
	}
	return mix, err
}

// runLoad runs a load test and prints its results.
func (a *app) runLoad(ctx context.Context, o runOptions) error {
	mix, err := a.selectMix(o)
	if err := errors.Join(o.check(a), err); err != nil {
		return err
	}
	t, stack, stateMachine, err := a.openDeployed(ctx)
	if err != nil {
		return err
	}
	a.announce(t)
	r := &loadResult{Load: view.Load{StateMachine: stateMachine, Concurrency: o.load.concurrency, Mix: mix}}
	r.plan(o.load.count)
	r.rename(newSuffix())
	// awaitDefinition starts the first execution if the stack was just updated. The load test then
	// starts it again under the same name, which has no effect.
	first := firstExecution{stateMachine, r.rename,
		func() (string, error) { return t.start(ctx, stateMachine, r.Runs[0]) }}
	if err := a.awaitDefinition(ctx, t, stack, first); err != nil {
		return t.explainStart(ctx, stack, err)
	}
	return a.performLoad(ctx, t, stack, r, o.output)
}

// loadResult holds a load test and its result.
type loadResult struct {
	view.Load
	tag         string // the part that all execution names share
	stopped     error  // why the remaining executions were not started; nil if all were
	interrupted error  // the error of the canceled context; nil without an interrupt
	advice      advice // for executions that did not behave as expected
}

// plan adds the given number of runs, in the proportions of the mix.
func (l *loadResult) plan(count int) {
	for _, s := range load.Draw(l.Mix, count) {
		l.Runs = append(l.Runs, newRun(&s, s.Input()))
	}
}

// rename builds each execution's name from its scenario, a tag that all names share, and a number.
func (l *loadResult) rename(tag string) {
	l.tag = tag
	for i, r := range l.Runs {
		r.Name = fmt.Sprintf("%s-%s-%05d", r.Label(), tag, i+1)
	}
}

// performLoad starts the executions, waits for them, and prints the results. It returns an error
// unless all of them were started and behaved as expected.
func (a *app) performLoad(ctx context.Context, t *target, stack *inventory.Stack, l *loadResult,
	output outputFlag) error {
	meter := a.console.NewMeter()
	began := time.Now()
	counts, stopped := load.Run(ctx, t.Config, l.StateMachine, l.Runs, l.Concurrency, meter.Show)
	meter.End()
	l.Took, l.Throttled, l.interrupted = time.Since(began), counts.Throttled, ctx.Err()
	if stopped != nil {
		l.stopped = t.explainStart(ctx, stack, stopped)
	}
	if l.stopped != nil && counts.Started == 0 {
		return l.stopped
	}
	a.awaitListed(ctx, t, l.StateMachine, l.newestARN()...)
	if deviating := scenario.WithOutcome(l.Runs, scenario.NotAsExpected); len(deviating) > 0 {
		l.advice = t.advise(ctx, stack, deviating[0].Name)
	}
	l.Diagnosis = l.advice.Diagnosis
	l.Inspect = func(name string) string { return t.inspectCommand(name) }
	a.show(l, output)
	a.success = success{"the executions have ended", t.Command("executions")}
	if slowest := l.Slowest(); slowest != nil {
		a.next = l.Inspect(slowest.Name)
	}
	a.adviseConcurrency(l)
	return l.verdict(t, a.commandLine())
}

// newestARN returns a list with the ARN of the last execution that was started, or an empty list if
// none was.
func (l *loadResult) newestARN() []string {
	for _, r := range slices.Backward(l.Runs) {
		if r.ARN != "" {
			return []string{r.ARN}
		}
	}
	return nil
}

// newAccountConcurrency is the concurrency limit of Lambda in a new account:
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const newAccountConcurrency = 10

// adviseConcurrency suggests a lower --concurrency if Lambda throttled the load test. The
// suggestion replaces any other next command.
func (a *app) adviseConcurrency(l *loadResult) {
	n := load.Summarize(l.Runs).LambdaRetries.Throttled
	if n == 0 || l.Concurrency < 2 {
		return
	}
	what := fmt.Sprintf("Lambda throttled %s: no concurrency was available. In a new account, the limit is %d.",
		view.Counted(n, "attempt"), newAccountConcurrency)
	a.console.Hint(what, a.withFlag("concurrency", fmt.Sprint(min(newAccountConcurrency, l.Concurrency/2))))
	a.next = ""
}
