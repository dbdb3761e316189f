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

// Event holds an event of a stack.
type Event struct {
	resource.Resource        // ID is empty until CloudFormation knows it
	LogicalID         string // the stack's name in an event about the stack itself
	Status            types.ResourceStatus
	Reason            string
	At                time.Time
	Token             string // token of the request that caused the event; empty if the endpoint has no tokens
	OfStack           bool   // the event is about the stack itself
}

func (e Event) String() string {
	line := fmt.Sprintf("%-18s %-34s %s", e.Status, e.Kind, e.LogicalID)
	if e.Reason != "" {
		line += ": " + e.Reason
	}
	return line
}

// EventLog reads the events of a stack, each event once.
type EventLog struct {
	client *cloudformation.Client
	stack  string // name or ARN
	seen   map[string]bool
	since  Mark
}

// NewEventLog returns a log of the events after a mark. With an empty mark, the log has all events.
func NewEventLog(cfg aws.Config, stack string, since Mark) *EventLog {
	return &EventLog{client: cloudformation.NewFromConfig(cfg), stack: stack, seen: map[string]bool{}, since: since}
}

// NewEvents returns the events since the last call, oldest first. CloudFormation lists the newest
// events first, so NewEvents stops at the first page with a known event. If the stack does not
// exist, it returns none.
func (l *EventLog) NewEvents(ctx context.Context) ([]Event, error) {
	var events []Event
	pages := cloudformation.NewDescribeStackEventsPaginator(l.client,
		&cloudformation.DescribeStackEventsInput{StackName: &l.stack})
	for known := false; pages.HasMorePages() && !known; {
		page, err := pages.NextPage(ctx)
		if isStackMissing(err) {
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
			events = append(events, Event{Resource: physical(event.ResourceType, event.PhysicalResourceId),
				LogicalID: aws.ToString(event.LogicalResourceId), Status: event.ResourceStatus,
				Reason: aws.ToString(event.ResourceStatusReason), At: aws.ToTime(event.Timestamp),
				Token: aws.ToString(event.ClientRequestToken), OfStack: isStackEvent(event)})
		}
	}
	slices.Reverse(events)
	return events, nil
}

// Follow passes new events to handle until the context ends. Then it returns nil.
func (l *EventLog) Follow(ctx context.Context, handle func(Event)) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pollInterval):
		}
		events, err := l.NewEvents(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		for _, event := range events {
			handle(event)
		}
	}
}
