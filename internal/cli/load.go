package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"retrycatch/internal/load"
	"retrycatch/internal/problem"
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
	t, stateMachine, err := a.openStateMachine(ctx)
	if err != nil {
		return err
	}
	return a.load(ctx, t.Config, newLoadReport(stateMachine, newSuffix(), mix, o.load.count, o.load.concurrency), o.output)
}

// load carries out what the report plans. When nothing could be started there is nothing to report, and that is the error.
func (a *app) load(ctx context.Context, cfg aws.Config, r *loadReport, output outputFlag) (err error) {
	progress := a.newMeter()
	began := time.Now()
	r.counts, r.stopped = load.Run(ctx, cfg, r.stateMachine, r.executions, r.concurrency, progress.show)
	progress.end()
	r.took = time.Since(began)
	r.interrupted = ctx.Err()
	if r.stopped != nil && r.counts.Started == 0 {
		return r.stopped
	}
	if output == outputJSON {
		err = a.console.json(r.document())
	} else {
		a.showLoad(r)
	}
	return errors.Join(err, r.verdict())
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
}

// newLoadReport plans a load. An execution is called by its scenario, the suffix of the command and its number.
func newLoadReport(stateMachine, suffix string, mix []load.Share, count, concurrency int) *loadReport {
	r := &loadReport{stateMachine: stateMachine, suffix: suffix, concurrency: concurrency, mix: mix}
	for i, s := range load.Draw(mix, count) {
		r.executions = append(r.executions, &load.Execution{Scenario: s, Name: fmt.Sprintf("%s-%s-%05d", s.Name, suffix, i+1), TraceID: workflow.NewTraceID()})
	}
	return r
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

// verdict is nil when every execution ended as its scenario must.
func (r *loadReport) verdict() error {
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
		fault(nil, "see the list above, and the function's log by their traces; retrycatch deploy restores the definition and the function",
			"%s did not take the course of the scenario, the first %s: %s", counted(len(others), "execution"), others[0].Name, strings.Join(others[0].Deviations, "; "))
	}
	if len(unbegun) > 0 {
		err := r.stopped
		if r.interrupted != nil {
			err = r.interrupted
		}
		fault(err, "run this again", "%s not started", wasOrWere(len(unbegun)))
	}
	if unwatched > 0 {
		fault(r.interrupted, "stop them with `"+r.stopCommand()+"`, or let them end", "up to %s may run on without being watched", counted(unwatched, "execution"))
	}
	if n := len(lost); n > 0 && r.interrupted == nil {
		fault(session.Explain(lost[0].Err), "see the list above, and run this again", "%s lost, the first %s", wasOrWere(n), lost[0].Name)
	}
	return errors.Join(faults...)
}

func wasOrWere(n int) string {
	if n == 1 {
		return "1 execution was"
	}
	return counted(n, "execution") + " were"
}

// stopCommand stops what runs of this load. The names tell its executions from all others.
func (r *loadReport) stopCommand() string {
	return "aws stepfunctions list-executions --state-machine-arn " + r.stateMachine + " --status-filter RUNNING" +
		" --query 'executions[?contains(name, `" + `"` + r.suffix + `"` + "`)].[executionArn]' --output text" +
		" | xargs -n 1 aws stepfunctions stop-execution --execution-arn"
}
