package teardown

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"retrycatch/internal/inventory"
)

// events follows one deletion through a stack's events.
type events struct {
	*inventory.EventLog
	token  string
	joined bool // the deletion of another request was in progress at the beginning
	begun  bool // the deletion has begun
	failed []inventory.Event
	reason string
	last   time.Time // of the newest event
}

// openEvents skips the events so far.
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

// follow sets the request to follow. All events of an operation carry the request's token:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackEvent.html
func (l *events) follow(token string) { l.token, l.last = token, time.Now() }

// read reports new events to progress. It returns the status with which the deletion ended, or ""
// if it has not ended. An event without a token comes from an endpoint without tokens. If somebody
// else's deletion was in progress, CloudFormation joins ours to it, and any end counts. If
// CloudFormation gives up before it changes anything, the stack returns to its earlier status, for
// example UPDATE_COMPLETE when another stack imports an output.
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
