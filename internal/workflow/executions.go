package workflow

import (
	"context"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"retrycatch/internal/history"
)

// pageSize is the most that one call of ListExecutions gives:
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html
const pageSize = 1000

// reads is how many executions are read at the same time: GetExecutionHistory refills 20 calls a second.
const reads = 8

// List returns the latest executions of a state machine, the newest first, as ListExecutions sorts them, and no more than
// limit, which is from one on. An empty status means any. The list is eventually consistent: one just started may be missing.
func List(ctx context.Context, cfg aws.Config, stateMachineARN string, status types.ExecutionStatus, limit int) ([]types.ExecutionListItem, error) {
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

// Read reads an execution as far as it has come. Its status, output and error are those that states:DescribeExecution
// gives, once that says that it has ended. An execution that there is not is a types.ExecutionDoesNotExist.
func Read(ctx context.Context, cfg aws.Config, arn string) (history.Execution, error) {
	described, err := describe(ctx, sfn.NewFromConfig(cfg), arn)
	if err != nil {
		return history.Execution{}, err
	}
	events, err := Events(ctx, cfg, arn)
	if err != nil {
		return history.Execution{}, err
	}
	e := history.New(events)
	if e.Start.IsZero() { // the history lags behind
		e.Start, e.Input = aws.ToTime(described.StartDate), aws.ToString(described.Input)
	}
	if described.end(e).Ended() {
		if e = described.end(e); e.End.IsZero() {
			e.End = aws.ToTime(described.StopDate)
		}
	}
	return e, nil
}

// ReadAll reads several executions, in the order of their ARNs. The first that cannot be read is the error.
func ReadAll(ctx context.Context, cfg aws.Config, arns []string) ([]history.Execution, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	all := make([]history.Execution, len(arns))
	next := make(chan int)
	var reading sync.WaitGroup
	for range min(reads, len(arns)) {
		reading.Go(func() {
			for i := range next {
				e, err := Read(ctx, cfg, arns[i])
				if err != nil {
					cancel(err)
					return
				}
				all[i] = e
			}
		})
	}
	for i := range arns {
		select {
		case next <- i:
		case <-ctx.Done():
		}
	}
	close(next)
	reading.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return all, nil
}
