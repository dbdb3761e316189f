package inventory

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"retrycatch/internal/resource"
)

// Event holds one event of a stack.
type Event struct {
	resource.Resource        // without an ID until the resource has one
	LogicalID         string // in an event of the stack itself, the stack's name
	Status            types.ResourceStatus
	Reason            string
	At                time.Time
	Token             string // of the request that caused the event; empty from an endpoint without tokens
	OfStack           bool
}

func (e Event) String() string {
	line := fmt.Sprintf("%-18s %-34s %s", e.Status, e.Kind, e.LogicalID)
	if e.Reason != "" {
		line += ": " + e.Reason
	}
	return line
}

// EventLog reads each event of a stack once.
type EventLog struct {
	client *cloudformation.Client
	stack  string // name or ARN
	seen   map[string]bool
	since  Mark
}

// NewEventLog returns a log that reads the events of a stack after a mark. An empty mark selects
// all events.
func NewEventLog(cfg aws.Config, stack string, since Mark) *EventLog {
	return &EventLog{client: cloudformation.NewFromConfig(cfg), stack: stack, seen: map[string]bool{}, since: since}
}

// News returns the events since the last call, oldest first. CloudFormation lists the newest first,
// so News stops at the first page with a known event. A stack that does not exist has no events.
func (l *EventLog) News(ctx context.Context) ([]Event, error) {
	var news []Event
	pages := cloudformation.NewDescribeStackEventsPaginator(l.client,
		&cloudformation.DescribeStackEventsInput{StackName: &l.stack})
	for known := false; pages.HasMorePages() && !known; {
		page, err := pages.NextPage(ctx)
		if saysAbsent(err) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("cannot read the events of the stack %s: %w", l.stack, err)
		}
		for _, event := range page.StackEvents {
			id := aws.ToString(event.EventId)
			if l.since != "" && Mark(id) == l.since {
				known = true
				break
			}
			if l.seen[id] {
				known = true
				continue
			}
			l.seen[id] = true
			news = append(news, Event{Resource: physical(event.ResourceType, event.PhysicalResourceId),
				LogicalID: aws.ToString(event.LogicalResourceId), Status: event.ResourceStatus,
				Reason: aws.ToString(event.ResourceStatusReason), At: aws.ToTime(event.Timestamp),
				Token: aws.ToString(event.ClientRequestToken), OfStack: ofStack(event)})
		}
	}
	slices.Reverse(news)
	return news, nil
}

// Follow passes new events to tell until the context ends, then returns nil.
func (l *EventLog) Follow(ctx context.Context, tell func(Event)) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(operationPoll):
		}
		news, err := l.News(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		for _, event := range news {
			tell(event)
		}
	}
}
