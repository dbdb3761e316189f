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
	reads   = 8 // histories read at the same time
	rereads = 3 // of a stale history
)

// List returns up to limit executions of a state machine, the latest ones, newest first. The limit
// must be positive. An empty status means any. The list is eventually consistent: it may lack an
// execution that was just started.
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

// Search pages through the executions of a state machine, newest first, until page returns false.
// It reports whether that was the last page.
func Search(ctx context.Context, cfg aws.Config, stateMachineARN string,
	page func([]types.ExecutionListItem) bool) (complete bool, err error) {
	pages := sfn.NewListExecutionsPaginator(sfn.NewFromConfig(cfg), &sfn.ListExecutionsInput{
		StateMachineArn: &stateMachineARN, MaxResults: pageSize})
	for more := true; more && pages.HasMorePages(); {
		listed, err := pages.NextPage(ctx)
		if err != nil {
			return false, fmt.Errorf("cannot list the executions of %s: %w", stateMachineARN, err)
		}
		more = page(listed.Executions)
	}
	return !pages.HasMorePages(), nil
}

// Listed returns an execution as ListExecutions would list it. It calls DescribeExecution, so it
// also finds executions that are too old or too new for the list.
func Listed(ctx context.Context, cfg aws.Config, arn string) (types.ExecutionListItem, error) {
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

// named returns an execution with its ARN and events.
func named(arn string, events []types.HistoryEvent) history.Execution {
	e := history.New(events)
	e.Name, e.ARN = NameIn(arn), arn
	return e
}

// NameIn returns the name at the end of an ARN.
func NameIn(arn string) string { return arn[strings.LastIndexByte(arn, ':')+1:] }

// Read reads a running or ended execution. An ended one has the status, output and error of
// DescribeExecution. For an unknown execution, the error is a *types.ExecutionDoesNotExist.
func Read(ctx context.Context, cfg aws.Config, arn string) (history.Execution, error) {
	described, err := describe(ctx, sfn.NewFromConfig(cfg), arn)
	if err != nil {
		return history.Execution{}, err
	}
	events, err := Events(ctx, cfg, arn)
	if err != nil {
		return history.Execution{}, err
	}
	return described.complete(named(arn, events)), nil
}

// ReadListed reads a listed execution. The list and the history are both eventually consistent. If
// the history is older than the list, ReadListed rereads it. If the two still differ, it calls
// DescribeExecution.
func ReadListed(ctx context.Context, cfg aws.Config, item types.ExecutionListItem) (history.Execution, error) {
	var e history.Execution
	for attempt, wait := 0, minWait; ; attempt, wait = attempt+1, 2*wait {
		events, err := patientEvents(ctx, cfg, aws.ToString(item.ExecutionArn))
		unknown := (*types.ExecutionDoesNotExist)(nil)
		if err != nil && !errors.As(err, &unknown) {
			return history.Execution{}, err
		}
		e = named(aws.ToString(item.ExecutionArn), events)
		if agree(item, e) {
			return e, nil
		}
		if attempt == rereads || !lags(item, e) {
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

// agree reports whether the list and the history have the same status and redrives.
func agree(item types.ExecutionListItem, e history.Execution) bool {
	return item.Status == e.Status && int(aws.ToInt32(item.RedriveCount)) == e.Redrives && !e.Start.IsZero()
}

// lags reports whether the history is older than the list.
func lags(item types.ExecutionListItem, e history.Execution) bool {
	return e.Start.IsZero() || e.Redrives < int(aws.ToInt32(item.RedriveCount)) || ended(item) && !e.Ended()
}

func ended(item types.ExecutionListItem) bool { return item.Status != types.ExecutionStatusRunning }

// patientEvents reads a history, and retries after the SDK has given up on throttling or a broken
// connection.
func patientEvents(ctx context.Context, cfg aws.Config, arn string) (events []types.HistoryEvent, err error) {
	err = persist(ctx, func() error {
		events, err = Events(ctx, cfg, arn)
		return err
	})
	return events, err
}

// ReadAll reads listed executions, and calls done with the index and the history of each, one at a
// time, in any order. It returns the first error of a read or of done.
func ReadAll(ctx context.Context, cfg aws.Config, listed []types.ExecutionListItem,
	done func(int, history.Execution) error) error {
	read := func(ctx context.Context, item types.ExecutionListItem) (history.Execution, error) {
		return ReadListed(ctx, cfg, item)
	}
	return readEach(ctx, listed, read, done)
}

// readEach calls read for each item, several at the same time. It calls done and returns errors as
// ReadAll does.
func readEach[Item, Read any](ctx context.Context, items []Item, read func(context.Context, Item) (Read, error),
	done func(int, Read) error) error {
	var turn sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(reads)
	for i, item := range items {
		group.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err() // another read failed
			}
			result, err := read(ctx, item)
			if err != nil {
				return err
			}
			turn.Lock()
			defer turn.Unlock()
			return done(i, result)
		})
	}
	return group.Wait()
}

// complete adds the start and the end to a history that lacks them.
func (d *description) complete(e history.Execution) history.Execution {
	e.TraceID = d.traceID()
	if e.Start.IsZero() { // the history lags behind
		e.Start, e.Input = aws.ToTime(d.StartDate), aws.ToString(d.Input)
	}
	if d.end(e).Ended() {
		if e = d.end(e); e.End.IsZero() {
			e.End = aws.ToTime(d.StopDate)
		}
	}
	return e
}
