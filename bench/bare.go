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

// pause is the time between two lists of executions.
const pause = 100 * time.Millisecond

// bare measures the calls of a run without retrycatch, with the same concurrency. If awaited, it
// also waits for each execution and reads its history.
func (l *lab) bare(awaited bool) probe {
	return func(ctx context.Context) (float64, error) {
		b := &bareCalls{
			machine: fmt.Sprintf("arn:aws:states:%s:%s:stateMachine:MyAPIStateMachine", region, l.server.Account),
			client: sfn.NewFromConfig(aws.Config{
				Region:       region,
				BaseEndpoint: &l.server.Endpoint,
				Credentials:  credentials.NewStaticCredentialsProvider("test", "test", ""),
			}),
			ended: map[string]chan struct{}{},
		}
		all := scenario.All()
		began := time.Now()
		starts, starting := errgroup.WithContext(ctx)
		starts.SetLimit(atOnce)
		listing, stop := context.WithCancel(starting)
		defer stop()
		if awaited {
			go b.list(listing)
		}
		for i := range executions {
			starts.Go(func() error { return b.execute(starting, all[i%len(all)].Input(), awaited) })
		}
		err := starts.Wait()
		return time.Since(began).Seconds(), err
	}
}

// bareCalls starts and awaits executions with the SDK alone.
type bareCalls struct {
	client  *sfn.Client
	machine string
	mu      sync.Mutex
	ended   map[string]chan struct{} // by ARN
}

func (b *bareCalls) execute(ctx context.Context, input string, awaited bool) error {
	started, err := b.client.StartExecution(ctx, &sfn.StartExecutionInput{StateMachineArn: &b.machine, Input: &input})
	if err != nil || !awaited {
		return err
	}
	select {
	case <-b.end(*started.ExecutionArn):
	case <-ctx.Done():
		return ctx.Err()
	}
	_, err = b.client.GetExecutionHistory(ctx, &sfn.GetExecutionHistoryInput{ExecutionArn: started.ExecutionArn})
	return err
}

// end returns a channel that is closed when an execution ends.
func (b *bareCalls) end(arn string) chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended[arn] == nil {
		b.ended[arn] = make(chan struct{})
	}
	return b.ended[arn]
}

// list lists the newest executions until the context ends. It closes the channels of ended
// executions, and ignores errors.
func (b *bareCalls) list(ctx context.Context) {
	closed := map[string]bool{}
	for n := 1; ctx.Err() == nil; n++ {
		size := 2 * atOnce
		if n%10 == 0 { // for executions that take longer than the others
			size = executions
		}
		page, err := b.client.ListExecutions(ctx,
			&sfn.ListExecutionsInput{StateMachineArn: &b.machine, MaxResults: int32(size)})
		if err != nil {
			continue
		}
		for _, item := range page.Executions {
			if item.Status != types.ExecutionStatusRunning && !closed[*item.ExecutionArn] {
				closed[*item.ExecutionArn] = true
				close(b.end(*item.ExecutionArn))
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}
