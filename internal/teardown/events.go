package teardown

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"retrycatch/internal/inventory"
)

// events follows the deletion of one stack through the stack's events.
type events struct {
	*inventory.EventLog
	token  string
	joined bool // the deletion of another request was in progress at the start
	begun  bool // the deletion has begun
	failed []inventory.Event
	reason string
	last   time.Time // of the newest event
}

// openEvents skips all events up to now.
func openEvents(ctx context.Context, cfg aws.Config, stackARN string) (*events, error) {
	log := &events{EventLog: inventory.NewEventLog(cfg, stackARN, "")}
	past, err := log.News(ctx)
	for _, event := range past {
		if event.OfStack {
			log.joined = event.Status == types.ResourceStatusDeleteInProgress
			log.begun = log.joined
		}
	}
	return log, err
}

// follow sets the request to follow. All events of an operation have the request's token:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackEvent.html
func (l *events) follow(token string) { l.token, l.last = token, time.Now() }

// read reports new events to progress. It returns the status at the end of the deletion, or ""
// before the end. An event without a token comes from an endpoint without tokens. If another
// deletion was in progress, CloudFormation merges this one into it, and any end counts. If
// CloudFormation rejects the deletion before it changes anything, the stack returns to its earlier
// status. An example is UPDATE_COMPLETE if another stack imports an output.
func (l *events) read(ctx context.Context, progress Progress) (end types.ResourceStatus, err error) {
	news, err := l.News(ctx)
	if err != nil {
		return "", err
	}
	if len(news) > 0 {
		l.last = time.Now()
	}
	for _, event := range news {
		progress.Event(event)
		if event.Token != "" && event.Token != l.token && !l.joined {
			continue
		}
		switch {
		case event.OfStack && strings.HasSuffix(string(event.Status), "_IN_PROGRESS"):
			l.begun, end = true, ""
		case event.OfStack && (l.begun || strings.HasPrefix(string(event.Status), "DELETE_")):
			end, l.reason = event.Status, event.Reason
		case event.Status == types.ResourceStatusDeleteFailed:
			l.failed = append(l.failed, event)
		}
	}
	return end, nil
}
