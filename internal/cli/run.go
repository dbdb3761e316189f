package cli

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"retrycatch/internal/asl"
	"retrycatch/internal/deployment"
	"retrycatch/internal/history"
	"retrycatch/internal/inventory"
	"retrycatch/internal/problem"
	"retrycatch/internal/scenario"
	"retrycatch/internal/view"
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
	o := runOptions{output: outputText, load: loadOptions{concurrency: 50}}
	cmd := &cobra.Command{
		Use:   "run [SCENARIO]",
		Short: "Start executions, follow them live, and check their paths",
		Long: "Start executions, follow them live, and check their paths.\n\n" +
			"SCENARIO is " + alternatives(scenarioNames()) + " (default: " + all + ").",
		Example: example("Run every path", "retrycatch run all",
			"Run the retry path", "retrycatch run 429",
			"Start an execution with your own input", `retrycatch run --input '{"statuscode":"404"}'`,
			"Start 300 executions, 10% of them with a 503", "retrycatch run --count 300 --mix 200=70,429=20,503=10"),
		GroupID:           groupRun,
		Args:              atMost(1, "SCENARIO"),
		ValidArgsFunction: completeScenarios,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.scenario = strings.Join(args, "")
			o.hasInput = cmd.Flags().Changed("input")
			o.load.hasCount = cmd.Flags().Changed("count")
			o.load.hasConcurrency = cmd.Flags().Changed("concurrency")
			o.load.hasMix = cmd.Flags().Changed("mix")
			if o.load.isRequested() {
				return a.runLoad(cmd.Context(), o)
			}
			return a.runRun(cmd.Context(), o)
		},
	}
	a.accessFlags(cmd)
	cmd.Flags().StringVar(&o.input, "input", "", "start one execution with this `JSON` and do not check its path "+
		"(@FILE reads a file, - reads standard input)")
	numberVar(cmd, &o.load.count, "count", 0, maxCount,
		fmt.Sprintf("start `N` executions (1-%d) and print a summary", maxCount))
	cmd.Flags().Var((*numberFlag)(&o.load.concurrency), "concurrency",
		"with --count: run at most `N` executions at the same time")
	nameVar(cmd, &o.load.mix, "mix", "",
		"with --count: choose the scenarios by this `MIX` of weights, such as 200=70,429=30")
	completeFlag(cmd, "input", completeFiles)
	completeFlag(cmd, "concurrency", cobra.NoFileCompletions)
	completeFlag(cmd, "mix", completeMix)
	outputVar(cmd, &o.output, "the results")
	return cmd
}

func (a *app) runRun(ctx context.Context, o runOptions) error {
	runs, err := a.plan(ctx, o)
	if err != nil {
		return err
	}
	t, stack, stateMachine, err := a.openDeployed(ctx)
	if err != nil {
		return err
	}
	a.announce(t)
	first := firstExecution{stateMachine, func(suffix string) { rename(runs, suffix) },
		func() (string, error) { return t.start(ctx, stateMachine, runs[0]) }}
	if err := a.awaitDefinition(ctx, t, stack, first); err != nil {
		return t.explainStart(ctx, stack, err)
	}
	if err := t.startAll(ctx, stack, stateMachine, runs); err != nil {
		return err
	}
	a.follow(ctx, t, stateMachine, runs)
	a.awaitListed(ctx, t, stateMachine, startedARNs(runs)...)
	hint := advice{}
	if deviating := scenario.WithOutcome(runs, scenario.NotAsExpected); len(deviating) > 0 {
		hint = t.advise(ctx, stack, deviating[0].Name)
	}
	a.show(view.Runs{StateMachine: stateMachine, Runs: runs, Diagnosis: hint.Diagnosis}, o.output)
	a.success, a.next = success{"the executions have ended", t.Command("executions")}, t.suggestAfter(runs)
	return a.verdict(t, runs, hint)
}

// openStateMachine opens the target, and returns it with the ARN of its state machine.
func (a *app) openStateMachine(ctx context.Context) (*target, string, error) {
	t, _, stateMachine, err := a.openDeployed(ctx)
	return t, stateMachine, err
}

// openDeployed opens the target, and returns it with its stack and the ARN of its state machine.
func (a *app) openDeployed(ctx context.Context) (*target, *inventory.Stack, string, error) {
	t, err := a.openOne(ctx)
	if err != nil {
		return nil, nil, "", err
	}
	stack, err := a.stack(ctx, t)
	if err != nil {
		return nil, nil, "", err
	}
	stateMachine := stack.Outputs[deployment.OutputStateMachine]
	if stateMachine == "" {
		what := fmt.Sprintf("the stack %s has no state machine to run: its status is %s", stack.Name, stack.Status)
		return nil, nil, "", &problem.Problem{What: what, Next: t.Command("status")}
	}
	return t, stack, stateMachine, nil
}

// rename names each run after its label and the suffix.
func rename(runs []*scenario.Run, suffix string) {
	for _, r := range runs {
		r.Name = r.Label() + "-" + suffix
	}
}

func (t *target) start(ctx context.Context, stateMachine string, r *scenario.Run) (string, error) {
	return workflow.Start(ctx, t.Config, stateMachine, r.Name, r.Input, r.SentTraceID)
}

// startedARNs returns the ARNs of the executions that were started.
func startedARNs(runs []*scenario.Run) []string {
	var arns []string
	for _, r := range runs {
		if r.ARN != "" {
			arns = append(arns, r.ARN)
		}
	}
	return arns
}

// startAll starts the runs in order. If the first run cannot be started, it returns the error. If a
// later run cannot be started, it records the error in that run and all runs after it.
func (t *target) startAll(ctx context.Context, stack *inventory.Stack, stateMachine string,
	runs []*scenario.Run) error {
	for i, r := range runs {
		arn, err := t.start(ctx, stateMachine, r)
		if err != nil {
			err = t.explainStart(ctx, stack, err)
			if i == 0 {
				return err
			}
			for _, pending := range runs[i:] {
				pending.Err = err
			}
			return nil
		}
		r.ARN, r.Outcome = arn, scenario.Running
	}
	return nil
}

// plan returns the runs to start. Their names are unique, so a retry after a lost response does not
// start a second execution.
func (a *app) plan(ctx context.Context, o runOptions) ([]*scenario.Run, error) {
	suffix := newSuffix()
	if o.hasInput {
		if o.scenario != "" {
			return nil, &problem.Problem{What: "use SCENARIO or --input, not both", Next: a.withoutFlags("input")}
		}
		input, err := a.readInput(ctx, o.input)
		if err != nil {
			return nil, err
		}
		runs := []*scenario.Run{newRun(nil, input)}
		rename(runs, suffix)
		return runs, nil
	}
	scenarios, err := a.selectScenarios(o.scenario)
	if err != nil {
		return nil, err
	}
	var runs []*scenario.Run
	for _, s := range scenarios {
		runs = append(runs, newRun(&s, s.Input()))
	}
	rename(runs, suffix)
	return runs, nil
}

// newRun returns a run that is not started yet. s is nil for custom input.
func newRun(s *scenario.Scenario, input string) *scenario.Run {
	return &scenario.Run{Execution: history.Execution{Input: input}, Scenario: s, SentTraceID: workflow.NewTraceID()}
}

// newSuffix returns a suffix that makes a command's execution names unique.
func newSuffix() string {
	return time.Now().UTC().Format("20060102T150405Z") + "-" + strings.ToLower(rand.Text()[:6])
}

// selectScenarios returns the scenarios that SCENARIO selects.
func (a *app) selectScenarios(argument string) ([]scenario.Scenario, error) {
	scenarios := scenario.All()
	if argument == "" || argument == all {
		return scenarios, nil
	}
	for _, s := range scenarios {
		if s.Name == argument {
			return []scenario.Scenario{s}, nil
		}
	}
	what, names := fmt.Sprintf("there is no scenario %q", argument), scenarioNames()
	if len(similarNames(argument, names)) > 1 { // for example, 500 is another status code, not a typo
		return nil, &problem.Problem{What: what + "; choose " + alternatives(names), Next: "retrycatch run --help"}
	}
	return nil, a.wrongChoiceError(what, argument, names, "retrycatch run --help")
}

// all selects every scenario.
const all = "all"

// scenarioNames returns the valid values of SCENARIO.
func scenarioNames() (names []string) {
	for _, s := range scenario.All() {
		names = append(names, s.Name)
	}
	return append(names, all)
}

// follow follows the runs in parallel, shows their progress, and judges each one when it ends.
func (a *app) follow(ctx context.Context, t *target, stateMachine string, runs []*scenario.Run) {
	live := a.console.NewLive(runs, a.deployedWaitEnds(ctx, t, stateMachine))
	defer live.End()
	var following sync.WaitGroup
	for _, r := range runs {
		if r.Outcome != scenario.Running {
			continue
		}
		following.Go(func() {
			e, err := workflow.Follow(ctx, t.Config, r.ARN, func(now history.Execution) { live.Update(r, now) })
			if err != nil {
				r.MarkLost(err)
				return
			}
			r.Judge(e)
		})
	}
	following.Wait()
}

// deployedWaitEnds returns the function that waitEnds creates for the deployed definition. It
// returns nil if the console cannot redraw lines.
func (a *app) deployedWaitEnds(ctx context.Context, t *target, stateMachine string) func(history.Step) time.Time {
	if !a.console.CanRedraw() {
		return nil
	}
	_, text, _ := workflow.Definition(ctx, t.Config, stateMachine)
	return waitEnds(text)
}

// waitEnds returns a function that computes when a waiting step of the definition resumes.
func waitEnds(text []byte) func(history.Step) time.Time {
	definition, _ := asl.Parse(text) // nil for an invalid definition, so every time is unknown
	return func(step history.Step) time.Time { return workflow.ResumesAt(definition, step) }
}
