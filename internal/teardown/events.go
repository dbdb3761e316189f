package teardown

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// Event is one line of a stack's log.
type Event struct {
	Resource string // its logical ID
	Kind     string
	Status   types.ResourceStatus
	Reason   string
}

func (e Event) String() string {
	line := fmt.Sprintf("%-18s %-34s %s", e.Status, e.Kind, e.Resource)
	if e.Reason != "" {
		line += ": " + e.Reason
	}
	return line
}

// events reads a stack's log from a moment on.
type events struct {
	client *cloudformation.Client
	stack  string
	seen   map[string]bool
	failed []Event
}

// openEvents passes over what has happened so far.
func openEvents(ctx context.Context, client *cloudformation.Client, stackARN string) (*events, error) {
	log := &events{client: client, stack: stackARN, seen: map[string]bool{}}
	_, err := log.news(ctx)
	log.failed = nil
	return log, err
}

// news returns the events since the last call, oldest first. CloudFormation lists the newest first, so the reading ends
// at the first page that holds a known one.
func (l *events) news(ctx context.Context) ([]Event, error) {
	var news []Event
	pages := cloudformation.NewDescribeStackEventsPaginator(l.client, &cloudformation.DescribeStackEventsInput{StackName: &l.stack})
	for known := false; pages.HasMorePages() && !known; {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("cannot read the events of the stack: %w", err)
		}
		for _, event := range page.StackEvents {
			id := aws.ToString(event.EventId)
			if l.seen[id] {
				known = true
				continue
			}
			l.seen[id] = true
			news = append(news, Event{Resource: aws.ToString(event.LogicalResourceId), Kind: aws.ToString(event.ResourceType),
				Status: event.ResourceStatus, Reason: aws.ToString(event.ResourceStatusReason)})
		}
	}
	slices.Reverse(news)
	for _, event := range news {
		if event.Status == types.ResourceStatusDeleteFailed && event.Kind != "AWS::CloudFormation::Stack" {
			l.failed = append(l.failed, event)
		}
	}
	return news, nil
}
