package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/spf13/cobra"

	"retrycatch/internal/history"
	"retrycatch/internal/view"
	"retrycatch/internal/workflow"
)

// maxListed limits how many executions a command lists or reports, because the command reads the
// history of each.
const maxListed = 1000

type executionsOptions struct {
	status statusFlag
	limit  int
	output outputFlag
}

// statusFlag holds the value of --status.
type statusFlag types.ExecutionStatus

// statuses lists the statuses that executions of a state machine can have. PENDING_REDRIVE is
// omitted: only child executions of a Map have this status, and ListExecutions does not list them:
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html
var statuses = []statusFlag{"RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}

func (s *statusFlag) String() string { return string(*s) }
func (s *statusFlag) Type() string   { return "status" }
func (s *statusFlag) Set(value string) error {
	status := statusFlag(strings.ToUpper(value))
	if !slices.Contains(statuses, status) {
		return fmt.Errorf("must be %s", alternatives(s.choices()))
	}
	*s = status
	return nil
}

func (s *statusFlag) choices() (names []string) {
	for _, status := range statuses {
		names = append(names, string(status))
	}
	return names
}

func (a *app) executions() *cobra.Command {
	o := executionsOptions{output: outputText}
	cmd := &cobra.Command{
		Use:   "executions",
		Short: "List executions, newest first",
		Example: example("List the 20 newest executions", "retrycatch executions",
			"List up to 50 failed executions", "retrycatch executions --status FAILED --limit 50"),
		GroupID: groupRun,
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.runExecutions(cmd.Context(), o) },
	}
	a.accessFlags(cmd)
	cmd.Flags().Var(&o.status, "status", "filter by `STATUS`: "+strings.Join(o.status.choices(), ", "))
	numberVar(cmd, &o.limit, "limit", 20, maxListed, fmt.Sprintf("list at most `N` executions (1-%d)", maxListed))
	completeFlag(cmd, "status", cobra.FixedCompletions(o.status.choices(), cobra.ShellCompDirectiveNoFileComp))
	outputVar(cmd, &o.output, "the executions")
	return cmd
}

func (a *app) runExecutions(ctx context.Context, o executionsOptions) error {
	if o.limit < 1 || o.limit > maxListed {
		return a.outOfRangeError("limit", o.limit, maxListed)
	}
	t, stateMachine, err := a.openStateMachine(ctx)
	if err != nil {
		return err
	}
	list, err := a.listExecutions(ctx, t, stateMachine, o)
	if err != nil {
		return err
	}
	if len(list.Executions) == 0 {
		message, next := "The state machine has no executions.", t.Command("run")
		if o.status != "" {
			message, next = "The state machine has no executions with the status "+string(o.status)+".", t.Command("executions")
		}
		a.console.Hint(message, next)
	}
	a.show(list, o.output)
	return nil
}

func (a *app) listExecutions(ctx context.Context, t *target, stateMachine string, o executionsOptions) (
	view.Executions, error) {
	listed, err := workflow.List(ctx, t.Config, stateMachine, types.ExecutionStatus(o.status), o.limit)
	if err != nil {
		return view.Executions{}, err
	}
	list := view.Executions{StateMachine: stateMachine, Executions: make([]view.ListedExecution, len(listed))}
	err = a.readHistories(ctx, t, listed, func(i int, e history.Execution) error {
		list.Executions[i] = view.NewListedExecution(e)
		return nil
	})
	return list, err
}
