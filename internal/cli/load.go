package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"retrycatch/internal/inventory"
	"retrycatch/internal/load"
	"retrycatch/internal/problem"
	"retrycatch/internal/safetext"
	"retrycatch/internal/session"
	"retrycatch/internal/workflow"
)

// maxCount is the most executions of one load. All of them with retries cost 1.75 USD.
const maxCount = 10000

// loadOptions are those of run for many executions.
type loadOptions struct {
	count, concurrency               int
	mix                              string
	hasCount, hasConcurrency, hasMix bool // on the command line
}

// asked says whether the command line is about many executions, if wrongly.
func (o loadOptions) asked() bool { return o.hasCount || o.hasConcurrency || o.hasMix }

// check returns a problem for each option that is wrong, or that does not go with another.
func (o runOptions) check() error {
	var problems []error
	wrong := func(condition bool, what, next string) {
		if condition {
			problems = append(problems, &problem.Problem{What: what, Next: next})
		}
	}
	wrong(o.load.hasConcurrency && !o.load.hasCount, "--concurrency is for many executions", "say how many with --count, or leave it out")
	wrong(o.load.hasMix && !o.load.hasCount, "--mix is for many executions", "say how many with --count, or leave it out")
	wrong(o.load.hasCount && (o.load.count < 1 || o.load.count > maxCount), fmt.Sprintf("--count is %d", o.load.count), fmt.Sprintf("give a number from 1 to %d", maxCount))
	wrong(o.load.concurrency < 1, fmt.Sprintf("--concurrency is %d", o.load.concurrency), "give a number from 1 on")
	wrong(o.hasInput, "many executions are of known scenarios, and --input is an input of your own", "leave out --input, or --count and what goes with it")
	wrong(o.load.hasMix && o.scenario != "", "a scenario and --mix exclude each other", "give one of them; a mix may be of one scenario")
	return errors.Join(problems...)
}

// shares is the mix that the options ask for.
func (o runOptions) shares() ([]load.Share, error) {
	if o.load.hasMix {
		return load.ParseMix(o.load.mix)
	}
	scenarios, err := chosen(o.scenario)
	var mix []load.Share
	for _, s := range scenarios {
		mix = append(mix, load.Share{Scenario: s, Weight: 1})
	}
	return mix, err
}

// runLoad starts many executions and prints how they ended.
func (a *app) runLoad(ctx context.Context, o runOptions) error {
	mix, err := o.shares()
	if err := errors.Join(o.check(), err); err != nil {
		return err
	}
	t, stack, stateMachine, err := a.openDeployed(ctx)
	if err != nil {
		return err
	}
	a.announce(t)
	r := newLoadReport(stateMachine, newSuffix(), mix, o.load.count, o.load.concurrency)
	first := opening{stateMachine, r.rename, func() (string, error) { return r.startFirst(ctx, t.Config) }}
	if err := a.awaitDefinition(ctx, t, stack, first); err != nil {
		return t.explainStart(ctx, stack, err)
	}
	return a.load(ctx, t, stack, r, o.output)
}

// load carries out what the report plans. When nothing could be started there is nothing to report, and that is the error.
func (a *app) load(ctx context.Context, t *target, stack *inventory.Stack, r *loadReport,
	output outputFlag) (err error) {
	progress := a.newMeter()
	a.console.redraw(progress.line)
	began := time.Now()
	r.counts, r.stopped = load.Run(ctx, t.Config, r.stateMachine, r.executions, r.concurrency, progress.show)
	a.console.redraw(nil)
	progress.end()
	r.took = time.Since(began)
	r.interrupted = ctx.Err()
	if r.stopped != nil {
		r.stopped = t.explainStart(ctx, stack, r.stopped)
	}
	if r.stopped != nil && r.counts.Started == 0 {
		return r.stopped
	}
	a.awaitListed(ctx, t, r.stateMachine, r.newest()...)
	if others := r.of(load.NotAsExpected); len(others) > 0 {
		r.advice = t.advise(ctx, stack, others[0].Name)
	}
	if output == outputJSON {
		err = a.console.json(r.document())
	} else {
		a.showLoad(r)
	}
	a.adviseConcurrency(r)
	return errors.Join(err, r.verdict(t, a.with()))
}

// loadReport is a load, and what came of it.
type loadReport struct {
	stateMachine, suffix string
	concurrency          int
	mix                  []load.Share
	executions           []*load.Execution

	counts      load.Counts
	took        time.Duration
	stopped     error // no more was started because of it
	interrupted error
	advice      advice // about the executions that did not behave as expected
}

// newLoadReport plans a load.
func newLoadReport(stateMachine, suffix string, mix []load.Share, count, concurrency int) *loadReport {
	r := &loadReport{stateMachine: stateMachine, concurrency: concurrency, mix: mix}
	for _, s := range load.Draw(mix, count) {
		r.executions = append(r.executions, &load.Execution{Scenario: s, TraceID: workflow.NewTraceID()})
	}
	r.rename(suffix)
	return r
}

// rename calls each execution by its scenario, the suffix of the command and its number.
func (r *loadReport) rename(suffix string) {
	r.suffix = suffix
	for i, e := range r.executions {
		e.Name = fmt.Sprintf("%s-%s-%05d", e.Scenario.Name, suffix, i+1)
	}
}

// startFirst starts the first execution. The load starts it again, by its name, and finds it there.
func (r *loadReport) startFirst(ctx context.Context, cfg aws.Config) (string, error) {
	first := r.executions[0]
	return workflow.Start(ctx, cfg, r.stateMachine, first.Name, first.Scenario.Input(), first.TraceID)
}

// newest returns the execution that was started last, if any was.
func (r *loadReport) newest() []string {
	for _, e := range slices.Backward(r.executions) {
		if e.ARN != "" {
			return []string{e.ARN}
		}
	}
	return nil
}

// of are the executions of one outcome.
func (r *loadReport) of(outcome load.Outcome) []*load.Execution {
	var some []*load.Execution
	for _, e := range r.executions {
		if e.Outcome == outcome {
			some = append(some, e)
		}
	}
	return some
}

// asExpected reports whether every execution ended as its scenario must.
func (r *loadReport) asExpected() bool {
	return len(r.of(load.NotAsExpected))+len(r.of(load.Lost))+len(r.of(load.Unbegun)) == 0
}

// verdict returns nil when every execution ended as its scenario must. again is this very command
// line.
func (r *loadReport) verdict(t *target, again string) error {
	var faults []error
	fault := func(err error, next, what string, values ...any) {
		faults = append(faults, bad(&problem.Problem{What: fmt.Sprintf(what, values...), Next: next, Err: err}))
	}
	lost, unbegun, unwatched := r.of(load.Lost), r.of(load.Unbegun), 0
	for _, e := range lost {
		if e.MayRun() {
			unwatched++
		}
	}
	if others := r.of(load.NotAsExpected); len(others) > 0 {
		why := strings.Join(slices.Concat(others[0].Deviations, r.advice.causes), "; ")
		fault(nil, r.advice.next, "%s did not behave as expected, the first %s: %s",
			counted(len(others), "execution"), others[0].Name, why)
	}
	if len(unbegun) > 0 {
		err := r.stopped
		if r.interrupted != nil {
			err = r.interrupted
		}
		fault(err, nextOf(err, again), "%s not started", wasOrWere(len(unbegun)))
	}
	if unwatched > 0 {
		fault(r.interrupted, r.stopCommand(t), "up to %s may run on without being watched",
			counted(unwatched, "execution"))
	}
	if n := len(lost); n > 0 && r.interrupted == nil {
		err := session.Explain(lost[0].Err)
		fault(err, nextOf(err, t.Command("executions")), "%s lost, the first %s", wasOrWere(n), lost[0].Name)
	}
	return errors.Join(faults...)
}

func wasOrWere(n int) string {
	if n == 1 {
		return "1 execution was"
	}
	return counted(n, "execution") + " were"
}

// stopCommand stops the executions of this load that still run. Their names tell them from all
// others. It goes on after an execution that cannot be stopped. xargs would not: it ends when the
// AWS CLI fails with 255:
// https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-returncodes.html
func (r *loadReport) stopCommand(t *target) string {
	query := "executions[?contains(name, `\"" + r.suffix + "\"`)].[executionArn]"
	return t.AWS("aws stepfunctions list-executions --state-machine-arn "+safetext.Word(r.stateMachine)+
		" --status-filter RUNNING --query "+safetext.Word(query)+" --output text") +
		" | while read -r arn; do " + t.stopExecution() + `"$arn" </dev/null; done`
}

// stopExecution returns the AWS CLI's command line that stops one execution, without its ARN.
func (t *target) stopExecution() string {
	return t.AWS("aws stepfunctions stop-execution") + " --execution-arn "
}
