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

// reportFile is the default file of a report.
const reportFile = "retrycatch-report.html"

// reportMode is the file mode of a new report. Only the user can read the report, because inputs
// and outputs can be confidential.
const reportMode = 0o600

// noGraph is the beginning of the note for an execution without a graph.
const noGraph = "There is no graph: "

type reportOptions struct {
	named []string // the executions on the command line; if empty, the newest
	limit int
	out   string // a file, or - for standard output
	open  bool
}

func (a *app) report() *cobra.Command {
	o := reportOptions{out: reportFile}
	cmd := &cobra.Command{
		Use:   "report [EXECUTION...]",
		Short: "Write an HTML report of executions to a single file",
		Long: "Write an HTML report of executions, with graphs, steps and events, to a single file.\n\n" +
			"EXECUTION is a name, a unique prefix or suffix of a name, an ARN, or " + latest +
			" (default: the newest executions).",
		Args: notBlank("EXECUTION"),
		Example: example("Write a report of the 20 newest executions to "+reportFile, "retrycatch report",
			"Write a report of the latest execution", "retrycatch report "+latest+" -o latest.html"),
		GroupID:           groupRun,
		ValidArgsFunction: a.completeExecutions,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.named = args
			if len(args) > 0 && cmd.Flags().Changed("limit") {
				return &problem.Problem{What: "use EXECUTION or --limit, not both",
					Next: a.withoutFlags("limit")}
			}
			return a.runReport(cmd.Context(), o)
		},
	}
	a.accessFlags(cmd)
	numberVar(cmd, &o.limit, "limit", 20, maxListed, fmt.Sprintf("report the newest `N` executions (1-%d)", maxListed))
	nameVar(cmd, &o.out, "out", "o", "write the report to `FILE` (- for standard output)")
	cmd.Flags().BoolVar(&o.open, "open", false, "open the report in the browser")
	completeFlag(cmd, "out", completeFiles)
	return cmd
}

func (a *app) runReport(ctx context.Context, o reportOptions) error {
	if o.limit < 1 || o.limit > maxListed {
		return a.outOfRangeError("limit", o.limit, maxListed)
	}
	if o.open && (a.console.IsOutput(o.out) || outfile.IsStream(o.out)) {
		return &problem.Problem{What: "--open needs a file, but --out " + o.out + " is not a file",
			Next: a.withoutFlags("out")}
	}
	if err := a.checkWritable("the report", o.out); err != nil {
		return err
	}
	t, stateMachine, err := a.openStateMachine(ctx)
	if err != nil {
		return err
	}
	listed, err := a.selectExecutions(ctx, t, stateMachine, o)
	if err != nil {
		return err
	}
	return a.writeReport(ctx, t, stateMachine, listed, o)
}

// writeReport writes the report and prints its path. With --open, it opens the report.
func (a *app) writeReport(ctx context.Context, t *target, stateMachine string, listed []types.ExecutionListItem,
	o reportOptions) error {
	p, err := a.buildPage(ctx, t, stateMachine, listed)
	if err != nil {
		return err
	}
	a.reportMissingGraphs(p.Executions)
	var page bytes.Buffer
	if err := p.Write(&page); err != nil {
		return err
	}
	if err := a.writeFileOrStdout(ctx, "the report", o.out, page.Bytes(), reportMode); err != nil {
		return err
	}
	if a.console.IsOutput(o.out) {
		return nil
	}
	done := "Wrote the report of %s. Open it in a browser:"
	if o.open && a.openPage(o.out) {
		done = "Wrote the report of %s and opened it in the browser:"
	}
	a.console.Done(done, view.Counted(len(listed), "execution"))
	a.console.Print("%s", o.out)
	return nil
}

// buildPage reads executions and draws their graphs. Because of the quota of GetExecutionHistory,
// reading a thousand histories takes half a minute, so buildPage draws while it reads.
func (a *app) buildPage(ctx context.Context, t *target, stateMachine string, listed []types.ExecutionListItem) (
	view.Page, error) {
	p := view.Page{StateMachine: workflow.NameIn(stateMachine), Location: t.place(), Created: time.Now(),
		Executions: make([]view.PageExecution, len(listed))}
	a.console.Progress("Reading and drawing %s.", view.Counted(len(listed), "execution"))
	uses, err := a.readDefinitions(ctx, t, listed)
	if err != nil {
		return p, err
	}
	traces := a.readTraceIDs(ctx, t, listed)
	var drawer picture.Drawer
	err = a.readHistories(ctx, t, listed, func(i int, e history.Execution) error {
		entry := &p.Executions[i]
		e = e.WithFailures(failErrors(uses[i].Definition))
		e.TraceID = traces[i].id
		*entry = view.PageExecution{ConsoleURL: t.ExecutionURL(e.ARN), NoTrace: traces[i].missing, Execution: e}
		var err error
		entry.Graph, err = drawExecution(ctx, &drawer, e, uses[i], fmt.Sprintf("picture%d", i+1))
		if err != nil && ctx.Err() == nil { // the execution stays in the report, without a graph
			entry.NoGraph = noGraph + view.Explanation(err)
		}
		return ctx.Err()
	})
	return p, err
}

// reportMissingGraphs prints which executions have no graph, in one line per reason.
func (a *app) reportMissingGraphs(executions []view.PageExecution) {
	namesByReason := map[string][]string{}
	for _, e := range executions {
		if e.NoGraph != "" {
			namesByReason[e.NoGraph] = append(namesByReason[e.NoGraph], e.Name)
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(namesByReason)) {
		names := namesByReason[reason]
		subject := names[0]
		if len(names) > 1 {
			subject += " and " + view.Counted(len(names)-1, "other execution")
		}
		a.console.Progress("There is no graph of %s: %s", subject, safetext.Line(strings.TrimPrefix(reason, noGraph)))
	}
}

// failErrors returns a function that looks up the error name of a Fail state in the definition. The
// name is empty if the state computes it.
func failErrors(definition []byte) func(state string) string {
	read := sync.OnceValue(func() *asl.Definition {
		d, _ := asl.Parse(definition) // drawExecution reports the error
		return d
	})
	return func(state string) string {
		if d := read(); d != nil && d.State(state) != nil && !strings.HasPrefix(d.State(state).Error, "{%") {
			return d.State(state).Error
		}
		return ""
	}
}

// drawExecution draws the execution's path through the definition that the execution used.
func drawExecution(
	ctx context.Context, drawer *picture.Drawer, e history.Execution, used workflow.UsedDefinition, prefix string,
) ([]byte, error) {
	if used.Err != nil {
		return nil, used.Err
	}
	d, err := newExecutionDrawing(used.Name, used.Definition, e)
	if err != nil {
		return nil, err
	}
	return drawer.SVG(ctx, d.Trace, d.title(), prefix)
}
