package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"retrycatch/internal/deployment"
	"retrycatch/internal/history"
	"retrycatch/internal/inventory"
	"retrycatch/internal/problem"
	"retrycatch/internal/safetext"
	"retrycatch/internal/scenario"
	"retrycatch/internal/workflow"
)

type runOptions struct {
	scenario string
	input    string
	hasInput bool
	output   outputFlag
	load     loadOptions
}

func (a *app) run() *cobra.Command {
	o := runOptions{output: outputText}
	cmd := &cobra.Command{
		Use:   "run [200|503|429|999|all]",
		Short: "Start executions, follow them live, and check the path of each",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.scenario = strings.Join(args, "")
			o.hasInput = cmd.Flags().Changed("input")
			o.load.hasCount = cmd.Flags().Changed("count")
			o.load.hasConcurrency = cmd.Flags().Changed("concurrency")
			o.load.hasMix = cmd.Flags().Changed("mix")
			if o.load.asked() {
				return a.runLoad(cmd.Context(), o)
			}
			return a.runRun(cmd.Context(), o)
		},
	}
	a.accessFlags(cmd)
	cmd.Flags().StringVar(&o.input, "input", "", `start one execution with any JSON, for example '{"statuscode":"404"}'; the path is not checked`)
	cmd.Flags().IntVar(&o.load.count, "count", 0, fmt.Sprintf("number of executions to start (1-%d); prints a summary", maxCount))
	cmd.Flags().IntVar(&o.load.concurrency, "concurrency", 50,
		"with --count: the most executions that run at the same time")
	cmd.Flags().StringVar(&o.load.mix, "mix", "", "with --count: the scenarios with their weights, for example 200=70,429=20,503=7,999=3")
	cmd.Flags().Var(&o.output, "output", "how to print what happened: text or json")
	return cmd
}

// run is one execution that the command has started.
type run struct {
	scenario *scenario.Scenario // nil for an input of the user's own
	label    string
	name     string
	input    string
	traceID  string
	arn      string

	execution  history.Execution
	deviations []string
	err        error // it could not be followed to its end
}

func (a *app) runRun(ctx context.Context, o runOptions) error {
	runs, err := plan(o)
	if err != nil {
		return err
	}
	t, stack, stateMachine, err := a.openDeployed(ctx)
	if err != nil {
		return err
	}
	a.announce(t)
	first := opening{stateMachine, func(suffix string) {
		for _, r := range runs {
			r.rename(suffix)
		}
	}, func() (string, error) { return runs[0].start(ctx, t, stateMachine) }}
	if err := a.awaitDefinition(ctx, t, stack, first); err != nil {
		return t.explainStart(ctx, stack, err)
	}
	if err := startAll(ctx, t, stack, stateMachine, runs); err != nil {
		return err
	}
	a.follow(ctx, t, stateMachine, runs)
	a.awaitListed(ctx, t, stateMachine, started(runs)...)
	if o.output == outputJSON {
		err = a.console.json(runsJSON(stateMachine, runs))
	} else {
		a.showRuns(runs)
	}
	return errors.Join(err, verdict(runs, a.adviseOn(ctx, t, stack, runs)))
}

// openStateMachine opens the target, and returns the ARN of its deployed state machine too.
func (a *app) openStateMachine(ctx context.Context) (*target, string, error) {
	t, _, stateMachine, err := a.openDeployed(ctx)
	return t, stateMachine, err
}

// openDeployed opens the target, and returns its stack and the ARN of its state machine too.
func (a *app) openDeployed(ctx context.Context) (*target, *inventory.Stack, string, error) {
	t, err := a.openOne(ctx)
	if err != nil {
		return nil, nil, "", err
	}
	stack, err := t.stack(ctx)
	if err != nil {
		return nil, nil, "", err
	}
	stateMachine := stack.Outputs[deployment.OutputStateMachine]
	if stateMachine == "" {
		what := fmt.Sprintf("the stack %s is %s and has no state machine to run", stack.Name, stack.Status)
		return nil, nil, "", &problem.Problem{What: what, Next: t.Command("status")}
	}
	return t, stack, stateMachine, nil
}

// rename changes the name of a run that is not started yet.
func (r *run) rename(suffix string) { r.name = r.label + "-" + suffix }

func (r *run) start(ctx context.Context, t *target, stateMachine string) (string, error) {
	return workflow.Start(ctx, t.Config, stateMachine, r.name, r.input, r.traceID)
}

// started lists the executions of the started runs.
func started(runs []*run) []string {
	var arns []string
	for _, r := range runs {
		if r.arn != "" {
			arns = append(arns, r.arn)
		}
	}
	return arns
}

// startAll starts the runs one after the other. When the first cannot be started nothing has happened, and that is the error.
// When a later one cannot, it and the rest carry the reason, and those before are followed all the same.
func startAll(ctx context.Context, t *target, stack *inventory.Stack, stateMachine string, runs []*run) error {
	for i, r := range runs {
		arn, err := r.start(ctx, t, stateMachine)
		if err != nil {
			err = t.explainStart(ctx, stack, err)
			if i == 0 {
				return err
			}
			for _, rest := range runs[i:] {
				rest.err = err
			}
			return nil
		}
		r.arn = arn
	}
	return nil
}

// plan says what to start. Each execution gets a name of its own, so that a call repeated after a lost answer starts
// nothing twice.
func plan(o runOptions) ([]*run, error) {
	suffix := newSuffix()
	if o.hasInput {
		if o.scenario != "" {
			return nil, &problem.Problem{What: "a scenario and --input exclude each other", Next: "give one of them"}
		}
		if err := parseInput(o.input); err != nil {
			return nil, err
		}
		r := &run{label: "input", input: o.input, traceID: workflow.NewTraceID()}
		r.rename(suffix)
		return []*run{r}, nil
	}
	scenarios, err := chosen(o.scenario)
	if err != nil {
		return nil, err
	}
	var runs []*run
	for _, s := range scenarios {
		r := &run{scenario: &s, label: s.Name, input: s.Input(), traceID: workflow.NewTraceID()}
		r.rename(suffix)
		runs = append(runs, r)
	}
	return runs, nil
}

// newSuffix ends the names of the executions of one command, and of no other.
func newSuffix() string {
	return time.Now().UTC().Format("20060102T150405Z") + "-" + strings.ToLower(rand.Text()[:6])
}

// chosen are the scenarios that the argument names.
func chosen(argument string) ([]scenario.Scenario, error) {
	all := scenario.All()
	if argument == "" || argument == "all" {
		return all, nil
	}
	var names []string
	for _, s := range all {
		if s.Name == argument {
			return []scenario.Scenario{s}, nil
		}
		names = append(names, s.Name)
	}
	return nil, &problem.Problem{What: fmt.Sprintf("there is no scenario %q", argument),
		Next: "name one of " + strings.Join(names, ", ") + " or all, or give any input with --input"}
}

// follow follows all runs at once, shows what they do, and checks each at its end.
func (a *app) follow(ctx context.Context, t *target, stateMachine string, runs []*run) {
	view := a.newLiveView(ctx, t, stateMachine, runs)
	defer view.end()
	if live, ok := view.(redrawn); ok {
		a.console.redraw(live)
		defer a.console.redraw(nil)
	}
	var following sync.WaitGroup
	for _, r := range runs {
		if r.err != nil {
			continue // it was not started
		}
		following.Go(func() {
			r.execution, r.err = workflow.Follow(ctx, t.Config, r.arn, func(now history.Execution) { view.changed(r, now) })
			if r.err == nil && r.scenario != nil {
				r.deviations = r.scenario.Check(r.execution)
			}
		})
	}
	following.Wait()
}

// verdict returns nil if every execution ended as its scenario must. The advice is about the
// others.
func verdict(runs []*run, advice advice) error {
	var faults []error
	for _, r := range runs {
		switch {
		case r.err != nil && r.arn == "":
			faults = append(faults, bad(&problem.Problem{What: "the execution " + r.name + " was not started",
				Err:  r.err,
				Next: nextOf(r.err, advice.again)}))
		case errors.Is(r.err, context.Canceled):
			faults = append(faults, bad(&problem.Problem{What: "the execution " + r.name + " goes on without being watched", Err: r.err,
				Next: advice.stop + safetext.Word(r.arn)}))
		case r.err != nil:
			faults = append(faults, bad(r.err))
		case len(r.deviations) > 0:
			why := strings.Join(slices.Concat(r.deviations, advice.causes), "; ")
			faults = append(faults, bad(&problem.Problem{
				What: fmt.Sprintf("the scenario %s did not behave as expected: %s", r.label, why), Next: advice.next}))
		}
	}
	return errors.Join(faults...)
}

// adviseOn looks for the reason if a run did not behave as expected.
func (a *app) adviseOn(ctx context.Context, t *target, stack *inventory.Stack, runs []*run) advice {
	look := advice{}
	for _, r := range runs {
		if len(r.deviations) > 0 {
			look = t.advise(ctx, stack, r.name)
			break
		}
	}
	look.again, look.stop = a.with(), t.stopExecution()
	return look
}
