package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"golang.org/x/sync/errgroup"

	"retrycatch/internal/scenario"
)

// listInterval is the pause between two calls to ListExecutions.
const listInterval = 100 * time.Millisecond

// bareSDK returns a probe that starts as many executions as the measured run, with the same
// concurrency, but only through the SDK. If await is set, the probe also waits for each execution
// and gets its history.
func (l *lab) bareSDK(await bool) probe {
	return func(ctx context.Context) (float64, error) {
		b := &bareCalls{
			machine: fmt.Sprintf("arn:aws:states:%s:%s:stateMachine:MyAPIStateMachine", region, l.server.Account),
			client: sfn.NewFromConfig(aws.Config{
				Region:       region,
				BaseEndpoint: &l.server.Endpoint,
				Credentials:  credentials.NewStaticCredentialsProvider("test", "test", ""),
			}),
			endings: map[string]chan struct{}{},
		}
		all := scenario.All()
		began := time.Now()
		starts, startContext := errgroup.WithContext(ctx)
		starts.SetLimit(concurrency)
		listContext, stop := context.WithCancel(startContext)
		defer stop()
		if await {
			go b.pollEndings(listContext)
		}
		for i := range loadExecutions {
			starts.Go(func() error { return b.execute(startContext, all[i%len(all)].Input(), await) })
		}
		err := starts.Wait()
		return time.Since(began).Seconds(), err
	}
}

// bareCalls makes the API calls of a run with the SDK alone.
type bareCalls struct {
	client  *sfn.Client
	machine string
	mu      sync.Mutex
	endings map[string]chan struct{} // key: the execution ARN
}

func (b *bareCalls) execute(ctx context.Context, input string, await bool) error {
	started, err := b.client.StartExecution(ctx, &sfn.StartExecutionInput{StateMachineArn: &b.machine, Input: &input})
	if err != nil || !await {
		return err
	}
	select {
	case <-b.ending(*started.ExecutionArn):
	case <-ctx.Done():
		return ctx.Err()
	}
	_, err = b.client.GetExecutionHistory(ctx, &sfn.GetExecutionHistoryInput{ExecutionArn: started.ExecutionArn})
	return err
}

// ending returns the channel that is closed when an execution ends.
func (b *bareCalls) ending(arn string) chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.endings[arn] == nil {
		b.endings[arn] = make(chan struct{})
	}
	return b.endings[arn]
}

// pollEndings lists the newest executions until the context is canceled. It closes the channels of
// executions that have ended. After an error, it tries again.
func (b *bareCalls) pollEndings(ctx context.Context) {
	closed := map[string]bool{}
	for n := 1; ctx.Err() == nil; n++ {
		size := 2 * concurrency
		if n%10 == 0 { // include older executions that are still running
			size = loadExecutions
		}
		page, err := b.client.ListExecutions(ctx,
			&sfn.ListExecutionsInput{StateMachineArn: &b.machine, MaxResults: int32(size)})
		if err != nil {
			continue
		}
		for _, item := range page.Executions {
			if item.Status != types.ExecutionStatusRunning && !closed[*item.ExecutionArn] {
				closed[*item.ExecutionArn] = true
				close(b.ending(*item.ExecutionArn))
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(listInterval):
		}
	}
}
