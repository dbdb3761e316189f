package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"retrycatch/internal/history"
	"retrycatch/internal/pace"
	"retrycatch/internal/problem"
	"retrycatch/internal/safetext"
	"retrycatch/internal/view"
	"retrycatch/internal/workflow"
)

// selectExecutions returns the executions to report: those on the command line, or the newest.
func (a *app) selectExecutions(ctx context.Context, t *target, stateMachine string, o reportOptions) (
	[]types.ExecutionListItem, error) {
	limit := o.limit
	if len(o.named) > 0 {
		limit = maxListed // one call probably returns every named execution
	}
	newest, err := workflow.List(ctx, t.Config, stateMachine, "", limit)
	if err != nil {
		return nil, err
	}
	if len(newest) == 0 && (len(o.named) == 0 || slices.Contains(o.named, latest)) {
		return nil, &problem.Problem{What: "the state machine has no executions", Next: t.Command("run")}
	}
	if len(o.named) == 0 {
		return newest, nil
	}
	var found []types.ExecutionListItem
	for _, argument := range o.named {
		item, err := a.listedExecution(ctx, t, stateMachine, newest, argument)
		if err != nil {
			return nil, err
		}
		found = append(found, item)
	}
	return found, nil
}

// listedExecution returns the list item of the execution that the user's argument selects. The
// argument is a name, a unique prefix or suffix of a name, an ARN, or "latest". If the parameter
// "newest" does not contain the execution, listedExecution requests it from AWS.
func (a *app) listedExecution(ctx context.Context, t *target, stateMachine string, newest []types.ExecutionListItem,
	argument string) (types.ExecutionListItem, error) {
	if argument == latest {
		return newest[0], nil
	}
	executionARN, byARN := argument, strings.HasPrefix(argument, "arn:")
	if byARN {
		parsed, err := a.parseExecution(argument)
		if err != nil {
			return types.ExecutionListItem{}, err
		}
		if err := a.checkLocation(t, parsed); err != nil {
			return types.ExecutionListItem{}, err
		}
	} else {
		var err error
		if executionARN, err = workflow.ExecutionARN(stateMachine, argument); err != nil {
			return types.ExecutionListItem{}, err
		}
	}
	for _, item := range newest {
		if aws.ToString(item.ExecutionArn) == executionARN {
			return item, nil
		}
	}
	item, err := workflow.ListItem(ctx, t.Config, executionARN)
	switch {
	case isNotFound(err) && byARN:
		return item, t.notFoundError(argument)
	case isNotFound(err):
		return a.resolve(ctx, t, stateMachine, argument, newest)
	}
	return item, err
}

// readHistories reads the histories of executions as fast as the quota allows, and shows progress.
// It calls onDone with the index and history of each execution, in any order, but never
// concurrently.
func (a *app) readHistories(ctx context.Context, t *target, listed []types.ExecutionListItem,
	onDone func(int, history.Execution) error) error {
	pacer := pace.New()
	meter := a.console.NewReadMeter("executions read", len(listed), func(left int) time.Duration {
		return pacer.Estimate(pace.GetExecutionHistory, left)
	})
	defer meter.End()
	read := 0
	return workflow.ReadAll(ctx, pacer.Apply(t.Config), listed, func(i int, e history.Execution) error {
		read++
		meter.Show(read)
		return onDone(i, e)
	})
}

// readDefinitions reads the definition that each execution uses, and shows progress.
func (a *app) readDefinitions(ctx context.Context, t *target, listed []types.ExecutionListItem) (
	[]workflow.UsedDefinition, error) {
	pacer := pace.New()
	meter := a.console.NewReadMeter("definitions read", len(listed), func(left int) time.Duration {
		return pacer.Estimate(pace.DescribeStateMachineForExecution, left)
	})
	defer meter.End()
	return workflow.Definitions(ctx, pacer.Apply(t.Config), listed, meter.Show)
}

// maxTraceIDs limits how many trace IDs a report reads. DescribeExecution has a smaller quota than
// GetExecutionHistory, so a thousand trace IDs would take longer than a thousand histories.
const maxTraceIDs = 200

// traceResult holds the trace ID of an execution, or the reason why the ID is missing. Both are
// empty for an execution without a trace.
type traceResult struct{ id, missing string }

// readTraceIDs reads the trace IDs of the first maxTraceIDs executions. It prints why IDs are
// missing, but returns no error: the report is useful without them.
func (a *app) readTraceIDs(ctx context.Context, t *target, listed []types.ExecutionListItem) []traceResult {
	var arns []string
	for _, item := range listed[:min(maxTraceIDs, len(listed))] {
		arns = append(arns, aws.ToString(item.ExecutionArn))
	}
	pacer := pace.New()
	meter := a.console.NewReadMeter("trace IDs read", len(arns), func(left int) time.Duration {
		return pacer.Estimate(pace.DescribeExecution, left)
	})
	ids, err := workflow.TraceIDs(ctx, pacer.Apply(t.Config), arns, meter.Show)
	meter.End()
	switch {
	case ctx.Err() != nil:
	case err != nil:
		a.console.Progress("Trace IDs are missing: %s", safetext.Line(view.Reason(err)))
	case len(arns) < len(listed):
		a.console.Progress("The report shows trace IDs for the first %d executions only.", len(arns))
	}
	results := make([]traceResult, len(listed))
	for i := range results {
		switch {
		case i >= len(ids):
			results[i].missing = fmt.Sprintf("not read: a report has trace IDs for its first %d executions only", maxTraceIDs)
		case ids[i] == "" && err != nil:
			results[i].missing = "not readable: " + safetext.Line(view.Reason(err))
		default:
			results[i].id = ids[i]
		}
	}
	return results
}
