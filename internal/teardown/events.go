package teardown

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// Event is one event of a stack.
type Event struct {
	Resource string // its logical ID
	Kind     string
	Status   types.ResourceStatus
	Reason   string
	token    string
	ofStack  bool
}

func (e Event) String() string {
	line := fmt.Sprintf("%-18s %-34s %s", e.Status, e.Kind, e.Resource)
	if e.Reason != "" {
		line += ": " + e.Reason
	}
	return line
}

// events follows one deletion through a stack's events.
type events struct {
	client *cloudformation.Client
	stack  string // ARN
	seen   map[string]bool
	token  string
	joined bool // the deletion of another request was in progress at the beginning
	begun  bool // the deletion has begun
	failed []Event
	reason string
	last   time.Time // of the newest event
}

// openEvents skips the events so far.
func openEvents(ctx context.Context, client *cloudformation.Client, stackARN string) (*events, error) {
	log := &events{client: client, stack: stackARN, seen: map[string]bool{}}
	past, err := log.news(ctx)
	for _, event := range past {
		if event.ofStack {
			log.joined = event.Status == types.ResourceStatusDeleteInProgress
			log.begun = log.joined
		}
	}
	return log, err
}

// follow sets the request to follow. All events of an operation carry the request's token:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackEvent.html
func (l *events) follow(token string) { l.token, l.last = token, time.Now() }

// read reports new events to progress. It returns the status with which the deletion ended, or ""
// if it has not ended. An event without a token comes from an endpoint without tokens. If somebody
// else's deletion was in progress, CloudFormation joins ours to it, and any end counts. If
// CloudFormation gives up before it changes anything, the stack returns to its earlier status, for
// example UPDATE_COMPLETE when another stack imports an output.
func (l *events) read(ctx context.Context, progress Progress) (end types.ResourceStatus, err error) {
	news, err := l.news(ctx)
	if err != nil {
		return "", err
	}
	if len(news) > 0 {
		l.last = time.Now()
	}
	for _, event := range news {
		progress(event.String())
		if event.token != "" && event.token != l.token && !l.joined {
			continue
		}
		switch {
		case event.ofStack && strings.HasSuffix(string(event.Status), "_IN_PROGRESS"):
			l.begun, end = true, ""
		case event.ofStack && (l.begun || strings.HasPrefix(string(event.Status), "DELETE_")):
			end, l.reason = event.Status, event.Reason
		case event.Status == types.ResourceStatusDeleteFailed:
			l.failed = append(l.failed, event)
		}
	}
	return end, nil
}

// news returns the events since the last call, the oldest first. CloudFormation lists the newest
// first, so news stops at the first page with a known event.
func (l *events) news(ctx context.Context) ([]Event, error) {
	var news []Event
	pages := cloudformation.NewDescribeStackEventsPaginator(l.client,
		&cloudformation.DescribeStackEventsInput{StackName: &l.stack})
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
				Status: event.ResourceStatus, Reason: aws.ToString(event.ResourceStatusReason),
				token:   aws.ToString(event.ClientRequestToken),
				ofStack: aws.ToString(event.PhysicalResourceId) == l.stack})
		}
	}
	slices.Reverse(news)
	return news, nil
}
