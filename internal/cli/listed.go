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

// listed returns the executions of a report as ListExecutions lists them: the newest, or those that
// are named.
func (a *app) listed(ctx context.Context, t *target, stateMachine string, o reportOptions) (
	[]types.ExecutionListItem, error) {
	limit := o.limit
	if len(o.named) > 0 {
		limit = maxListed // one call, which probably has them all
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
	for _, named := range o.named {
		item, err := a.find(ctx, t, stateMachine, newest, named)
		if err != nil {
			return nil, err
		}
		found = append(found, item)
	}
	return found, nil
}

// find returns the execution that the user names: by its name or a part of it, by its ARN, or as the
// latest. It reads an execution that is not among the newest separately.
func (a *app) find(ctx context.Context, t *target, stateMachine string, newest []types.ExecutionListItem,
	named string) (types.ExecutionListItem, error) {
	if named == latest {
		return newest[0], nil
	}
	executionARN, byARN := named, strings.HasPrefix(named, "arn:")
	if byARN {
		parsed, err := a.parseExecution(named)
		if err != nil {
			return types.ExecutionListItem{}, err
		}
		if err := a.within(t, parsed); err != nil {
			return types.ExecutionListItem{}, err
		}
	} else {
		var err error
		if executionARN, err = workflow.ExecutionARN(stateMachine, named); err != nil {
			return types.ExecutionListItem{}, err
		}
	}
	for _, item := range newest {
		if aws.ToString(item.ExecutionArn) == executionARN {
			return item, nil
		}
	}
	item, err := workflow.Listed(ctx, t.Config, executionARN)
	switch {
	case notThere(err) && byARN:
		return item, t.noARN(named)
	case notThere(err):
		return a.resolve(ctx, t, stateMachine, named, newest)
	}
	return item, err
}

// readHistories reads listed executions at the pace of the quotas, and shows its progress. It calls
// done with the index and the history of each, one at a time, in any order.
func (a *app) readHistories(ctx context.Context, t *target, listed []types.ExecutionListItem,
	done func(int, history.Execution) error) error {
	pacer := pace.New()
	reading := a.console.NewReading("executions read", len(listed), func(left int) time.Duration {
		return pacer.Expect(pace.GetExecutionHistory, left)
	})
	defer reading.End()
	read := 0
	return workflow.ReadAll(ctx, pacer.Apply(t.Config), listed, func(i int, e history.Execution) error {
		read++
		reading.Show(read)
		return done(i, e)
	})
}

// definitions reads the definitions that listed executions use, and shows its progress.
func (a *app) definitions(ctx context.Context, t *target, listed []types.ExecutionListItem) ([]workflow.Use, error) {
	pacer := pace.New()
	asking := a.console.NewReading("definitions known", len(listed), func(left int) time.Duration {
		return pacer.Expect(pace.DescribeStateMachineForExecution, left)
	})
	defer asking.End()
	return workflow.Definitions(ctx, pacer.Apply(t.Config), listed, asking.Show)
}

// maxTraced is how many trace IDs a report asks for. The quota of DescribeExecution is smaller than
// that of the histories, and one for each of a thousand executions would take longer than these.
const maxTraced = 200

// listedTrace is the ID of an execution's trace, or why it is unknown. Both are empty if the
// execution has no trace.
type listedTrace struct{ id, missing string }

// traces asks for the trace IDs of the first executions of a list. It says which are missing: an
// execution is worth showing without one.
func (a *app) traces(ctx context.Context, t *target, listed []types.ExecutionListItem) []listedTrace {
	var arns []string
	for _, item := range listed[:min(maxTraced, len(listed))] {
		arns = append(arns, aws.ToString(item.ExecutionArn))
	}
	pacer := pace.New()
	asking := a.console.NewReading("trace IDs known", len(arns), func(left int) time.Duration {
		return pacer.Expect(pace.DescribeExecution, left)
	})
	ids, err := workflow.TraceIDs(ctx, pacer.Apply(t.Config), arns, asking.Show)
	asking.End()
	switch {
	case ctx.Err() != nil:
	case err != nil:
		a.console.Progress("Trace IDs are missing: %s", safetext.Line(view.Reason(err)))
	case len(arns) < len(listed):
		a.console.Progress("Only the first %d executions have their trace IDs.", len(arns))
	}
	traces := make([]listedTrace, len(listed))
	for i := range traces {
		switch {
		case i >= len(ids):
			traces[i].missing = fmt.Sprintf("not read: a report reads the trace IDs of its first %d executions", maxTraced)
		case ids[i] == "" && err != nil:
			traces[i].missing = "not readable: " + safetext.Line(view.Reason(err))
		default:
			traces[i].id = ids[i]
		}
	}
	return traces
}
