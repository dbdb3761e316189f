package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"retrycatch/internal/history"
	"retrycatch/internal/outfile"
	"retrycatch/internal/problem"
	"retrycatch/internal/view"
)

type inspectOptions struct {
	execution, file string
	step            string
	events          bool
	watch           bool
	logs, allLogs   bool
	output          outputFlag
}

func (a *app) inspect() *cobra.Command {
	o := inspectOptions{output: outputText}
	cmd := &cobra.Command{
		Use:   "inspect EXECUTION",
		Short: "Show the steps, attempts, waits and events of an execution",
		Long: "Show an execution: the steps, attempts and waits on a timeline, the events, the input and the output.\n\n" +
			"EXECUTION is a name, a unique prefix or suffix of a name, an ARN, or " + latest +
			". With --file, EXECUTION is optional and selects one of the executions in the file.",
		Example: example("Show the latest execution", "retrycatch inspect "+latest,
			"Show the input and output of a state", `retrycatch inspect latest --step "Call API"`,
			"Show an execution of any state machine, from its history", "retrycatch inspect --file history.json"),
		GroupID:           groupRun,
		Args:              atMost(1, "EXECUTION"),
		ValidArgsFunction: a.completeExecution,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.execution = strings.Join(args, "")
			return a.runInspect(cmd.Context(), o)
		},
	}
	a.accessFlags(cmd)
	nameVar(cmd, &o.file, "file", "", "read the history from `FILE` (- for standard input) instead of AWS; "+
		"FILE holds the output of aws stepfunctions get-execution-history, or events from CloudWatch Logs")
	cmd.Flags().BoolVar(&o.events, "events", false, "show every event; with --step, only the events of that state")
	cmd.Flags().BoolVar(&o.watch, "watch", false, "follow a running execution until it ends, then show it")
	cmd.Flags().BoolVar(&o.logs, "logs", false, "also show the function's log records, matched by X-Ray trace ID")
	cmd.Flags().BoolVar(&o.allLogs, "all-logs", false,
		"also show all log records that the function wrote during the execution, whoever called it")
	nameVar(cmd, &o.step, "step", "", "show the input and output of each visit to this `STATE`")
	completeFlag(cmd, "file", completeFiles)
	completeFlag(cmd, "step", completeStates)
	outputVar(cmd, &o.output, "the execution")
	return cmd
}

// check returns a problem for each conflict between the options.
func (o inspectOptions) check(a *app) error {
	var problems []error
	addProblem := func(condition bool, what, next string) {
		if condition {
			problems = append(problems, &problem.Problem{What: what, Next: next})
		}
	}
	addProblem(o.execution == "" && o.file == "",
		"the argument EXECUTION is missing: use a name, a unique prefix or suffix of a name, or "+latest,
		a.commandLine(append([]string{latest}, a.configuredFlags()...)...))
	// The user might have saved the output of inspect in a file with the execution's name. Such a
	// file rarely has an extension, so only a name with an extension counts as a file name.
	addProblem(o.file == "" && (o.execution == "-" || filepath.Ext(o.execution) != "" && isFile(o.execution)),
		"EXECUTION must name an execution, not a file; to read a history from a file, use --file",
		a.withArgumentAsFlag("file"))
	addProblem(o.file != "" && (o.watch || o.readsLogs()),
		"--watch, --logs and --all-logs need AWS, so they do not work with --file",
		a.withoutFlags("watch", "logs", "all-logs"))
	addProblem(o.output == outputJSON && (o.events || o.step != ""),
		"use --output json without --events and --step: the JSON has every event and step",
		a.withoutFlags("events", "step"))
	return errors.Join(problems...)
}

func (o inspectOptions) readsLogs() bool { return o.logs || o.allLogs }

func (a *app) runInspect(ctx context.Context, o inspectOptions) error {
	if err := o.check(a); err != nil {
		return err
	}
	i, err := a.readInspection(ctx, o)
	if err != nil {
		return err
	}
	if o.step != "" {
		if err := a.checkEntered(i.Execution, o.step); err != nil {
			return err
		}
	}
	switch {
	case o.events:
		view.Events{Execution: i.Execution, State: o.step, FullLinesCommand: a.pagerCommand(o.file)}.Text(a.console)
	case o.step != "":
		view.Visits{Execution: i.Execution, State: o.step}.Text(a.console)
	default:
		a.show(i, o.output)
	}
	if len(i.Logs) > 0 && o.output == outputText {
		view.Logs{Group: i.group, AllCallers: o.allLogs, Start: i.Start, Records: i.Logs}.Text(a.console)
	}
	if i.note != "" {
		a.console.Hint(i.note, i.next)
	}
	return asBadResult(i.logErr)
}

// pagerCommand returns this command line with a pager. If the history came from standard input or a
// pipe, it returns advice instead, because this command line alone cannot read the history again.
func (a *app) pagerCommand(file string) string {
	const pager = "| less -S"
	if file == "-" || file != "" && outfile.IsStream(file) {
		return "add " + pager + " to the end of the whole command line"
	}
	return a.commandLine() + " " + pager
}

// inspection holds an execution and its log records.
type inspection struct {
	view.Inspection
	group      string // the function's log group
	note, next string // why log records are missing, and the next step
	logErr     error  // an error in reading the log
}

// readInspection reads the execution that the options select.
func (a *app) readInspection(ctx context.Context, o inspectOptions) (i inspection, err error) {
	if o.file != "" {
		i.Execution, err = a.readHistory(ctx, o.file, o.execution)
		return i, err
	}
	t, e, err := a.openExecution(ctx, o.execution)
	if err != nil {
		return i, err
	}
	if o.watch && !e.Ended() {
		if e, err = a.watch(ctx, t, e, o.execution); err != nil {
			return i, err
		}
	}
	i.Execution, i.ConsoleURL = e, t.ExecutionURL(e.ARN)
	if o.readsLogs() {
		return i, a.readLog(ctx, t, &i, o.allLogs)
	}
	return i, nil
}

// checkEntered returns a problem if the execution did not enter the state.
func (a *app) checkEntered(e history.Execution, state string) error {
	var states []string
	for _, step := range e.Steps {
		if step.State == state {
			return nil
		}
		if !slices.Contains(states, step.State) {
			states = append(states, step.State)
		}
	}
	next := a.withoutFlags("step") // without --step, inspect shows every state
	if len(states) > 0 {
		next = a.withFlag("step", states[0])
	}
	return a.wrongChoiceError(fmt.Sprintf("the execution did not enter the state %q", state), state, states, next)
}
