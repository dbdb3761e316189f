package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"retrycatch/internal/deployment"
	"retrycatch/internal/history"
	"retrycatch/internal/problem"
	"retrycatch/internal/scenario"
	"retrycatch/internal/session"
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
	cmd.Flags().StringVar(&o.input, "input", "", `start one execution with any JSON, for example '{"statuscode":"404"}'; nothing is expected of its path`)
	cmd.Flags().IntVar(&o.load.count, "count", 0, fmt.Sprintf("start so many executions, 1 to %d, and show how they ended in numbers", maxCount))
	cmd.Flags().IntVar(&o.load.concurrency, "concurrency", 50, "with --count: how many run at the same time, at most")
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
	t, stateMachine, err := a.openStateMachine(ctx)
	if err != nil {
		return err
	}
	if err := startAll(ctx, t, stateMachine, runs); err != nil {
		return err
	}
	a.follow(ctx, t, stateMachine, runs)
	if o.output == outputJSON {
		err = a.console.json(runsJSON(stateMachine, runs))
	} else {
		a.showRuns(runs)
	}
	return errors.Join(err, verdict(runs))
}

// openStateMachine opens the access to the deployed state machine, and returns its ARN too.
func (a *app) openStateMachine(ctx context.Context) (*target, string, error) {
	t, err := a.openOne(ctx)
	if err != nil {
		return nil, "", err
	}
	stack, err := t.stack(ctx)
	if err != nil {
		return nil, "", err
	}
	stateMachine := stack.Outputs[deployment.OutputStateMachine]
	if stateMachine == "" {
		return nil, "", &problem.Problem{What: fmt.Sprintf("the stack %s is %s and has no state machine to run", stack.Name, stack.Status),
			Next: "run retrycatch deploy"}
	}
	return t, stateMachine, nil
}

// startAll starts the runs one after the other. When the first cannot be started nothing has happened, and that is the error.
// When a later one cannot, it and the rest carry the reason, and those before are followed all the same.
func startAll(ctx context.Context, t *target, stateMachine string, runs []*run) error {
	for i, r := range runs {
		arn, err := workflow.Start(ctx, t.Config, stateMachine, r.name, r.input, r.traceID)
		if err != nil && i == 0 {
			return session.Explain(err)
		}
		if err != nil {
			for _, rest := range runs[i:] {
				rest.err = session.Explain(err)
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
		return []*run{{label: "input", name: "input-" + suffix, input: o.input, traceID: workflow.NewTraceID()}}, nil
	}
	scenarios, err := chosen(o.scenario)
	if err != nil {
		return nil, err
	}
	var runs []*run
	for _, s := range scenarios {
		runs = append(runs, &run{scenario: &s, label: s.Name, name: s.Name + "-" + suffix, input: s.Input(), traceID: workflow.NewTraceID()})
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

// verdict is nil when every execution ended, and as its scenario must.
func verdict(runs []*run) error {
	var faults []error
	for _, r := range runs {
		switch {
		case r.err != nil && r.arn == "":
			faults = append(faults, bad(&problem.Problem{What: "the execution " + r.name + " was not started", Err: r.err, Next: "run this again"}))
		case errors.Is(r.err, context.Canceled):
			faults = append(faults, bad(&problem.Problem{What: "the execution " + r.name + " goes on without being watched", Err: r.err,
				Next: "stop it with `aws stepfunctions stop-execution --execution-arn " + r.arn + "`, or let it end"}))
		case r.err != nil:
			faults = append(faults, bad(r.err))
		case len(r.deviations) > 0:
			faults = append(faults, bad(&problem.Problem{What: fmt.Sprintf("the scenario %s did not take its course: %s", r.label, strings.Join(r.deviations, "; ")),
				Next: "see its history above, and its attempts' errors; retrycatch deploy restores the definition and the function"}))
		}
	}
	return errors.Join(faults...)
}
