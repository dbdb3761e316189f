package cli

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"retrycatch/internal/picture"
	"retrycatch/internal/problem"
	"retrycatch/internal/report"
	"retrycatch/internal/session"
	"retrycatch/internal/workflow"
)

// reportFile is where a report goes if nobody says where.
const reportFile = "retrycatch-report.html"

type reportOptions struct {
	named []string // executions; the newest if there are none
	limit int
	out   string
}

func (a *app) report() *cobra.Command {
	o := reportOptions{}
	cmd := &cobra.Command{
		Use:   "report [EXECUTION...]",
		Short: "Write a page that shows executions: graphs, steps, events, all in one file",
		Long: "Write a page that shows executions: graphs, steps, events, all in one file.\n" +
			"EXECUTION is a name, an ARN, or " + latest + "; without any, the page shows the newest.",
		RunE: func(cmd *cobra.Command, args []string) error {
			o.named = args
			if len(args) > 0 && cmd.Flags().Changed("limit") {
				return &problem.Problem{What: "named executions and --limit exclude each other",
					Next: "use one of them"}
			}
			return a.runReport(cmd.Context(), o)
		},
	}
	a.accessFlags(cmd)
	cmd.Flags().IntVar(&o.limit, "limit", 20, fmt.Sprintf("how many executions to show, the newest, 1 to %d", maxListed))
	cmd.Flags().StringVarP(&o.out, "out", "o", reportFile, "write the page to this file")
	return cmd
}

func (a *app) runReport(ctx context.Context, o reportOptions) error {
	if o.limit < 1 || o.limit > maxListed {
		return &problem.Problem{What: fmt.Sprintf("--limit %d is not possible", o.limit), Next: fmt.Sprintf("give a number from 1 to %d", maxListed)}
	}
	t, stateMachine, err := a.openStateMachine(ctx)
	if err != nil {
		return err
	}
	var executions []*execution
	for _, named := range o.named {
		var e *execution
		if strings.HasPrefix(named, "arn:") {
			_, e, err = a.openExecutionARN(ctx, named)
		} else {
			e, err = t.execution(ctx, stateMachine, named)
		}
		if err != nil {
			return err
		}
		executions = append(executions, e)
	}
	if len(o.named) == 0 {
		if executions, err = t.newest(ctx, stateMachine, o.limit); err != nil {
			return err
		}
	}
	return a.writeReport(ctx, t, stateMachine, executions, o.out)
}

// newest reads the executions that were started last.
func (t *target) newest(ctx context.Context, stateMachine string, limit int) ([]*execution, error) {
	listed, err := workflow.List(ctx, t.Config, stateMachine, "", limit)
	if err != nil {
		return nil, session.Explain(err)
	}
	if len(listed) == 0 {
		return nil, &problem.Problem{What: "the state machine has no executions", Next: t.Command("run")}
	}
	var arns []string
	for _, item := range listed {
		arns = append(arns, *item.ExecutionArn)
	}
	read, err := workflow.ReadAll(ctx, t.Config, arns)
	if err != nil {
		return nil, session.Explain(err)
	}
	executions := make([]*execution, len(read))
	for i, e := range read {
		executions[i] = &execution{name: *listed[i].Name, arn: arns[i], Execution: e}
	}
	return executions, nil
}

// writeReport writes the page of executions, and prints where it is.
func (a *app) writeReport(ctx context.Context, t *target, stateMachine string, executions []*execution, file string) error {
	p := report.Page{StateMachine: stateMachine[strings.LastIndexByte(stateMachine, ':')+1:], Place: t.place(), Made: time.Now()}
	a.console.progress("Drawing %s.", counted(len(executions), "execution"))
	var drawer picture.Drawer
	for _, e := range executions {
		shown := report.Execution{Name: e.name, ARN: e.arn, Scenario: scenarioOf(e.name, e.Input), Execution: e.Execution}
		var err error
		shown.Graph, err = t.picture(ctx, &drawer, e, fmt.Sprintf("picture%d", len(p.Executions)+1))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil { // all else is worth showing without it
			shown.NoGraph = "There is no graph: " + err.Error()
			a.console.progress("There is no graph of %s: %s", e.name, printable(err.Error()))
		}
		p.Executions = append(p.Executions, shown)
	}
	var page bytes.Buffer
	if err := report.Write(&page, p); err != nil {
		return err
	}
	if err := replaceFile(file, page.Bytes()); err != nil {
		return notWritten("the report", file, err)
	}
	a.console.progress("%s The report of %s is written. Open it in a browser:", good.Render("✓"), counted(len(executions), "execution"))
	a.console.print("%s", file)
	return nil
}

// picture draws an execution on the definition that it ran by.
func (t *target) picture(ctx context.Context, drawer *picture.Drawer, e *execution, prefix string) ([]byte, error) {
	name, definition, err := workflow.DefinitionOf(ctx, t.Config, e.arn)
	if err != nil {
		return nil, session.Explain(err)
	}
	d, err := drawn(name, definition, e)
	if err != nil {
		return nil, err
	}
	return drawer.SVG(ctx, d.Trace, d.title, prefix)
}
