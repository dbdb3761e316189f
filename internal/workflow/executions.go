package workflow

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"golang.org/x/sync/errgroup"

	"retrycatch/internal/history"
)

// pageSize is the maximum page size of ListExecutions:
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html
const pageSize = 1000

const (
	maxConcurrentReads = 8
	maxRereads         = 3 // for a history that is older than the list
)

// List returns up to limit executions of a state machine, newest first. The limit must be positive.
// An empty status selects executions with any status. The list is eventually consistent, so it may
// lack an execution that was just started.
func List(
	ctx context.Context,
	cfg aws.Config,
	stateMachineARN string,
	status types.ExecutionStatus,
	limit int,
) ([]types.ExecutionListItem, error) {
	var listed []types.ExecutionListItem
	pages := sfn.NewListExecutionsPaginator(sfn.NewFromConfig(cfg), &sfn.ListExecutionsInput{
		StateMachineArn: &stateMachineARN, StatusFilter: status, MaxResults: int32(min(limit, pageSize))})
	for pages.HasMorePages() && len(listed) < limit {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("cannot list the executions of %s: %w", stateMachineARN, err)
		}
		listed = append(listed, page.Executions...)
	}
	return listed[:min(limit, len(listed))], nil
}

// Search calls onPage with each page of a state machine's executions, newest first, until onPage
// returns false. It reports whether it has read all pages.
func Search(ctx context.Context, cfg aws.Config, stateMachineARN string,
	onPage func([]types.ExecutionListItem) bool) (complete bool, err error) {
	pages := sfn.NewListExecutionsPaginator(sfn.NewFromConfig(cfg), &sfn.ListExecutionsInput{
		StateMachineArn: &stateMachineARN, MaxResults: pageSize})
	for more := true; more && pages.HasMorePages(); {
		listed, err := pages.NextPage(ctx)
		if err != nil {
			return false, fmt.Errorf("cannot list the executions of %s: %w", stateMachineARN, err)
		}
		more = onPage(listed.Executions)
	}
	return !pages.HasMorePages(), nil
}

// ListItem returns an execution in the form of ListExecutions. It calls DescribeExecution, so it
// also finds executions that are too old or too new for the list.
func ListItem(ctx context.Context, cfg aws.Config, arn string) (types.ExecutionListItem, error) {
	d, err := describe(ctx, sfn.NewFromConfig(cfg), arn)
	if err != nil {
		return types.ExecutionListItem{}, err
	}
	return types.ExecutionListItem{
		ExecutionArn:           &arn,
		Name:                   aws.String(NameIn(arn)),
		Status:                 d.Status,
		StartDate:              d.StartDate,
		StopDate:               d.StopDate,
		RedriveCount:           d.RedriveCount,
		RedriveDate:            d.RedriveDate,
		StateMachineArn:        d.StateMachineArn,
		StateMachineAliasArn:   d.StateMachineAliasArn,
		StateMachineVersionArn: d.StateMachineVersionArn,
	}, nil
}

// newExecution returns an execution with this ARN and these events.
func newExecution(arn string, events []types.HistoryEvent) history.Execution {
	e := history.New(events)
	e.Name, e.ARN = NameIn(arn), arn
	return e
}

// NameIn returns the name at the end of an execution's ARN.
func NameIn(arn string) string { return arn[strings.LastIndexByte(arn, ':')+1:] }

// Read reads a running or ended execution. An ended execution has the status, output and error from
// DescribeExecution. If the execution does not exist, the error is a *types.ExecutionDoesNotExist.
func Read(ctx context.Context, cfg aws.Config, arn string) (history.Execution, error) {
	described, err := describe(ctx, sfn.NewFromConfig(cfg), arn)
	if err != nil {
		return history.Execution{}, err
	}
	events, err := Events(ctx, cfg, arn)
	if err != nil {
		return history.Execution{}, err
	}
	return described.complete(newExecution(arn, events)), nil
}

// ReadListed reads a listed execution. The list and the history are both eventually consistent. If
// the history is older than the list, ReadListed rereads it. If the two still differ, it calls
// DescribeExecution.
func ReadListed(ctx context.Context, cfg aws.Config, item types.ExecutionListItem) (history.Execution, error) {
	var e history.Execution
	for attempt, wait := 0, minWait; ; attempt, wait = attempt+1, 2*wait {
		events, err := eventsWithRetries(ctx, cfg, aws.ToString(item.ExecutionArn))
		unknown := (*types.ExecutionDoesNotExist)(nil)
		if err != nil && !errors.As(err, &unknown) {
			return history.Execution{}, err
		}
		e = newExecution(aws.ToString(item.ExecutionArn), events)
		if statusesAgree(item, e) {
			return e, nil
		}
		if attempt == maxRereads || !historyLags(item, e) {
			break
		}
		if err := pause(ctx, wait); err != nil {
			return history.Execution{}, err
		}
	}
	described, err := describe(ctx, sfn.NewFromConfig(cfg), aws.ToString(item.ExecutionArn))
	if err != nil {
		return history.Execution{}, err
	}
	return described.complete(e), nil
}

// statusesAgree reports whether the list and the history have the same status and redrive count.
func statusesAgree(item types.ExecutionListItem, e history.Execution) bool {
	return item.Status == e.Status && int(aws.ToInt32(item.RedriveCount)) == e.Redrives && !e.Start.IsZero()
}

// historyLags reports whether the history is older than the list.
func historyLags(item types.ExecutionListItem, e history.Execution) bool {
	return e.Start.IsZero() || e.Redrives < int(aws.ToInt32(item.RedriveCount)) || ended(item) && !e.Ended()
}

func ended(item types.ExecutionListItem) bool { return item.Status != types.ExecutionStatusRunning }

// eventsWithRetries reads a history. It retries after transient errors, even after the SDK has
// given up.
func eventsWithRetries(ctx context.Context, cfg aws.Config, arn string) (events []types.HistoryEvent, err error) {
	err = retryTransient(ctx, func() error {
		events, err = Events(ctx, cfg, arn)
		return err
	})
	return events, err
}

// ReadAll reads listed executions concurrently. For each execution, it calls onDone with its index
// and history, in any order, but never concurrently. ReadAll returns the first error of a read or
// of onDone.
func ReadAll(ctx context.Context, cfg aws.Config, listed []types.ExecutionListItem,
	onDone func(int, history.Execution) error) error {
	read := func(ctx context.Context, item types.ExecutionListItem) (history.Execution, error) {
		return ReadListed(ctx, cfg, item)
	}
	return readEach(ctx, listed, read, onDone)
}

// readEach reads items concurrently. Like ReadAll, it calls onDone and returns errors.
func readEach[Item, Read any](ctx context.Context, items []Item, read func(context.Context, Item) (Read, error),
	onDone func(int, Read) error) error {
	var mu sync.Mutex // serializes the calls to onDone
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxConcurrentReads)
	for i, item := range items {
		group.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err() // another read failed
			}
			result, err := read(ctx, item)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			return onDone(i, result)
		})
	}
	return group.Wait()
}

// complete returns e with the trace ID, and with the start and the end if the history lacks them.
// If the execution has ended, complete also sets the description's status, output and error.
func (d *description) complete(e history.Execution) history.Execution {
	e.TraceID = d.traceID()
	if e.Start.IsZero() { // the history lags behind
		e.Start, e.Input = aws.ToTime(d.StartDate), aws.ToString(d.Input)
	}
	if d.withEnd(e).Ended() {
		if e = d.withEnd(e); e.End.IsZero() {
			e.End = aws.ToTime(d.StopDate)
		}
	}
	return e
}
