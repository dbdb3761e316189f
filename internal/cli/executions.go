package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/spf13/cobra"

	"retrycatch/internal/history"
	"retrycatch/internal/problem"
	"retrycatch/internal/session"
	"retrycatch/internal/workflow"
)

// maxListed is the most executions that the command lists: it reads the history of each.
const maxListed = 1000

type executionsOptions struct {
	status statusFlag
	limit  int
	output outputFlag
}

// statusFlag is the value of --status.
type statusFlag types.ExecutionStatus

// statuses are those that an execution of a state machine may have. PENDING_REDRIVE is one of a Map's child executions
// alone, which are not listed with those of the state machine:
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html
var statuses = []statusFlag{"RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}

func (s *statusFlag) String() string { return string(*s) }
func (s *statusFlag) Type() string   { return "status" }
func (s *statusFlag) Set(value string) error {
	status := statusFlag(strings.ToUpper(value))
	if !slices.Contains(statuses, status) {
		return fmt.Errorf("must be one of %s", joined(statuses))
	}
	*s = status
	return nil
}

func joined(statuses []statusFlag) string {
	var names []string
	for _, s := range statuses {
		names = append(names, string(s))
	}
	return strings.Join(names, ", ")
}

func (a *app) executions() *cobra.Command {
	o := executionsOptions{output: outputText}
	cmd := &cobra.Command{
		Use:   "executions",
		Short: "List the executions of the state machine, the newest first",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.runExecutions(cmd.Context(), o) },
	}
	a.accessFlags(cmd)
	cmd.Flags().Var(&o.status, "status", "only those of this status: "+joined(statuses))
	cmd.Flags().IntVar(&o.limit, "limit", 20, fmt.Sprintf("how many at most, 1 to %d", maxListed))
	cmd.Flags().Var(&o.output, "output", "how to print them: text or json")
	return cmd
}

// What --output json prints of executions. The README documents it: fields are added, never renamed.
type (
	executionsDocument struct {
		StateMachineARN string           `json:"stateMachineArn"`
		Executions      []listedDocument `json:"executions"`
	}
	listedDocument struct {
		Name     string    `json:"name"`
		ARN      string    `json:"arn"`
		Scenario string    `json:"scenario,omitempty"`
		Status   string    `json:"status"`
		Error    string    `json:"error,omitempty"`
		Started  time.Time `json:"started"`
		Seconds  *float64  `json:"seconds,omitempty"` // absent while it runs
		Attempts int       `json:"attempts"`
		Redrives int       `json:"redrives,omitempty"`
	}
)

func (a *app) runExecutions(ctx context.Context, o executionsOptions) error {
	if o.limit < 1 || o.limit > maxListed {
		return &problem.Problem{What: fmt.Sprintf("--limit is %d", o.limit), Next: fmt.Sprintf("give a number from 1 to %d", maxListed)}
	}
	t, stateMachine, err := a.openStateMachine(ctx)
	if err != nil {
		return err
	}
	document, err := a.listExecutions(ctx, t, stateMachine, o)
	if err != nil {
		return session.Explain(err)
	}
	if len(document.Executions) == 0 {
		none, next := "The state machine has no executions.", t.Command("run")
		if o.status != "" {
			none, next = "The state machine has no executions that are "+string(o.status)+".", t.Command("executions")
		}
		a.console.progress("%s\n  %s %s", none, strong.Render("next:"), next)
	}
	if o.output == outputJSON {
		return a.console.json(document)
	}
	a.showExecutions(document)
	return nil
}

func (a *app) listExecutions(ctx context.Context, t *target, stateMachine string, o executionsOptions) (
	executionsDocument, error) {
	document := executionsDocument{StateMachineARN: stateMachine, Executions: []listedDocument{}}
	listed, err := workflow.List(ctx, t.Config, stateMachine, types.ExecutionStatus(o.status), o.limit)
	if err != nil {
		return document, err
	}
	document.Executions = make([]listedDocument, len(listed))
	err = a.readHistories(ctx, t, listed, func(i int, e history.Execution) error {
		item, name := listed[i], aws.ToString(listed[i].Name)
		d := listedDocument{Name: name, ARN: aws.ToString(item.ExecutionArn), Scenario: scenarioOf(name, e.Input),
			Status: string(e.Status), Error: e.Error, Started: aws.ToTime(item.StartDate), Attempts: e.Attempts(),
			Redrives: e.Redrives}
		if e.Ended() {
			took := e.End.Sub(e.Start).Seconds()
			d.Seconds = &took
		}
		document.Executions[i] = d
		return nil
	})
	return document, err
}

func (a *app) showExecutions(document executionsDocument) {
	if len(document.Executions) == 0 {
		return
	}
	var rows [][]string
	for _, e := range document.Executions {
		took := "runs"
		if e.Seconds != nil {
			took = fmt.Sprintf("%.1f s", *e.Seconds)
		}
		outcome := e.Status
		if e.Error != "" {
			outcome += ": " + printable(e.Error)
		}
		rows = append(rows, []string{printable(e.Name), outcome, e.Scenario, e.Started.UTC().Format(time.DateTime), took, fmt.Sprint(e.Attempts)})
	}
	a.console.table([]string{"Name", "Status", "Scenario", "Started (UTC)", "Took", "Attempts"}, rows)
}
