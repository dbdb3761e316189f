package cli

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/spf13/cobra"

	"retrycatch/internal/asl"
	"retrycatch/internal/history"
	"retrycatch/internal/outfile"
	"retrycatch/internal/picture"
	"retrycatch/internal/problem"
	"retrycatch/internal/safetext"
	"retrycatch/internal/view"
	"retrycatch/internal/workflow"
)

// reportFile is where a report goes if nobody says where.
const reportFile = "retrycatch-report.html"

// reportMode is the mode of a new report, which has inputs of executions and may be secret.
const reportMode = 0o600

// noGraph begins the reason why an execution has no graph.
const noGraph = "There is no graph: "

type reportOptions struct {
	named []string // executions; the newest if there are none
	limit int
	out   string
	open  bool
}

func (a *app) report() *cobra.Command {
	o := reportOptions{}
	cmd := &cobra.Command{
		Use:   "report [EXECUTION...]",
		Short: "Write an HTML report of executions to a single file",
		Long: "Write an HTML report of executions, with graphs, steps and events, to a single file.\n\n" +
			"EXECUTION is its name, a unique beginning or end of it, its ARN, or " + latest +
			" (default: the newest executions).",
		Example: example("Report the 20 newest executions in "+reportFile, "retrycatch report",
			"Report the latest execution", "retrycatch report "+latest+" -o latest.html"),
		GroupID:           groupRun,
		ValidArgsFunction: a.completeExecutions,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.named = args
			if len(args) > 0 && cmd.Flags().Changed("limit") {
				return &problem.Problem{What: "named executions and --limit exclude each other",
					Next: a.omitting("limit")}
			}
			return a.runReport(cmd.Context(), o)
		},
	}
	a.accessFlags(cmd)
	numberVar(cmd, &o.limit, "limit", 20, maxListed, fmt.Sprintf("report the newest `N` executions (1-%d)", maxListed))
	cmd.Flags().StringVarP(&o.out, "out", "o", reportFile, "write the report to `FILE` (- for standard output)")
	cmd.Flags().BoolVar(&o.open, "open", false, "open the report in the browser")
	completeFlag(cmd, "out", completeFiles)
	return cmd
}

func (a *app) runReport(ctx context.Context, o reportOptions) error {
	if o.limit < 1 || o.limit > maxListed {
		return a.outOfRange("limit", o.limit, maxListed)
	}
	if o.open && (a.console.IsOutput(o.out) || outfile.IsStream(o.out)) {
		return &problem.Problem{What: "--open needs a file, and " + o.out + " is none",
			Next: a.omitting("out")}
	}
	if err := a.checkNamed("the report", o.out); err != nil {
		return err
	}
	t, stateMachine, err := a.openStateMachine(ctx)
	if err != nil {
		return err
	}
	listed, err := a.listed(ctx, t, stateMachine, o)
	if err != nil {
		return err
	}
	return a.writeReport(ctx, t, stateMachine, listed, o)
}

// writeReport writes the page of executions, opens it if the options say so, and prints its path.
func (a *app) writeReport(ctx context.Context, t *target, stateMachine string, listed []types.ExecutionListItem,
	o reportOptions) error {
	p, err := a.page(ctx, t, stateMachine, listed)
	if err != nil {
		return err
	}
	a.sayWithoutGraph(p.Executions)
	var page bytes.Buffer
	if err := p.Write(&page); err != nil {
		return err
	}
	if err := a.writeNamed(ctx, "the report", o.out, page.Bytes(), reportMode); err != nil {
		return err
	}
	if a.console.IsOutput(o.out) {
		return nil
	}
	done := "The report of %s is written. Open it in a browser:"
	if o.open && a.openPage(o.out) {
		done = "The report of %s is written and opened in the browser:"
	}
	a.console.Done(done, view.Counted(len(listed), "execution"))
	a.console.Print("%s", o.out)
	return nil
}

// page reads executions, and draws each. It draws while it waits for the quota of the histories: a
// thousand executions take half a minute.
func (a *app) page(ctx context.Context, t *target, stateMachine string, listed []types.ExecutionListItem) (
	view.Page, error) {
	p := view.Page{StateMachine: workflow.NameIn(stateMachine), Place: t.place(), Made: time.Now(),
		Executions: make([]view.PageExecution, len(listed))}
	a.console.Progress("Reading and drawing %s.", view.Counted(len(listed), "execution"))
	uses, err := a.definitions(ctx, t, listed)
	if err != nil {
		return p, err
	}
	traces := a.traces(ctx, t, listed)
	var drawer picture.Drawer
	err = a.readHistories(ctx, t, listed, func(i int, e history.Execution) error {
		shown := &p.Executions[i]
		e = e.WithFailures(failures(uses[i].Definition))
		e.TraceID = traces[i].id
		*shown = view.PageExecution{ConsoleURL: t.ExecutionURL(e.ARN), NoTrace: traces[i].missing, Execution: e}
		var err error
		shown.Graph, err = depict(ctx, &drawer, e, uses[i], fmt.Sprintf("picture%d", i+1))
		if err != nil && ctx.Err() == nil { // the rest is worth showing
			shown.NoGraph = noGraph + view.Explanation(err)
		}
		return ctx.Err()
	})
	return p, err
}

// sayWithoutGraph names the executions without a graph, once for each reason.
func (a *app) sayWithoutGraph(executions []view.PageExecution) {
	without := map[string][]string{} // names, by reason
	for _, e := range executions {
		if e.NoGraph != "" {
			without[e.NoGraph] = append(without[e.NoGraph], e.Name)
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(without)) {
		names := without[reason]
		which := names[0]
		if len(names) > 1 {
			which = fmt.Sprintf("%s, the first %s", view.Counted(len(names), "execution"), names[0])
		}
		a.console.Progress("There is no graph of %s: %s", which, safetext.Line(strings.TrimPrefix(reason, noGraph)))
	}
}

// failures returns the errors that a definition gives its Fail states, without those of expressions.
func failures(definition []byte) func(state string) string {
	read := sync.OnceValue(func() *asl.Definition {
		d, _ := asl.Parse(definition) // depict says what is wrong with it
		return d
	})
	return func(state string) string {
		if d := read(); d != nil && d.State(state) != nil && !strings.HasPrefix(d.State(state).Error, "{%") {
			return d.State(state).Error
		}
		return ""
	}
}

// depict draws an execution on the definition that it used.
func depict(ctx context.Context, drawer *picture.Drawer, e history.Execution, use workflow.Use, prefix string) (
	[]byte, error) {
	if use.Err != nil {
		return nil, use.Err
	}
	d, err := drawn(use.Name, use.Definition, e)
	if err != nil {
		return nil, err
	}
	return drawer.SVG(ctx, d.Trace, d.title(), prefix)
}
