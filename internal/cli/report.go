package cli

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/spf13/cobra"

	"retrycatch/internal/pace"
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
	listed, err := a.listed(ctx, t, stateMachine, o)
	if err != nil {
		return err
	}
	return a.writeReport(ctx, t, stateMachine, listed, o.out)
}

// writeReport writes the page of executions, and prints where it is.
func (a *app) writeReport(ctx context.Context, t *target, stateMachine string, listed []types.ExecutionListItem, file string) error {
	executions, uses, err := a.readWithDefinitions(ctx, t, listed)
	if err != nil {
		return session.Explain(err)
	}
	p := report.Page{StateMachine: stateMachine[strings.LastIndexByte(stateMachine, ':')+1:], Place: t.place(), Made: time.Now()}
	a.console.progress("Drawing %s.", counted(len(executions), "execution"))
	var drawer picture.Drawer
	for i, e := range executions {
		shown := report.Execution{Name: e.name, ARN: e.arn, Scenario: scenarioOf(e.name, e.Input), Execution: e.Execution}
		shown.Graph, err = depict(ctx, &drawer, e, uses[i], fmt.Sprintf("picture%d", i+1))
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

// readWithDefinitions reads executions and the definitions that they use.
func (a *app) readWithDefinitions(ctx context.Context, t *target, listed []types.ExecutionListItem) ([]*execution, []workflow.Use, error) {
	pacer := pace.New()
	cfg := pacer.Apply(t.Config)
	histories, err := a.readHistories(ctx, pacer, cfg, listed)
	if err != nil {
		return nil, nil, err
	}
	asking := a.newReading("executions with their definition", len(listed), func(left int) time.Duration {
		return pacer.Expect(pace.DescribeStateMachineForExecution, left)
	})
	uses, err := workflow.Definitions(ctx, cfg, listed, asking.show)
	asking.end()
	executions := make([]*execution, len(listed))
	for i, e := range histories {
		executions[i] = &execution{name: *listed[i].Name, arn: *listed[i].ExecutionArn, Execution: e}
	}
	return executions, uses, err
}

// depict draws an execution on the definition that it used.
func depict(ctx context.Context, drawer *picture.Drawer, e *execution, use workflow.Use, prefix string) ([]byte, error) {
	if use.Err != nil {
		return nil, session.Explain(use.Err)
	}
	d, err := drawn(use.Name, use.Definition, e)
	if err != nil {
		return nil, err
	}
	return drawer.SVG(ctx, d.Trace, d.title, prefix)
}
