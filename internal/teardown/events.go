package teardown

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"retrycatch/internal/inventory"
)

// events tracks a stack's deletion through the stack's events.
type events struct {
	*inventory.EventLog
	token  string
	joined bool // another request's deletion was already in progress
	begun  bool // the deletion has begun
	failed []inventory.Event
	reason string    // reason for the deletion's final status
	last   time.Time // when new events were last read, or else when follow was called
}

// openEvents opens a stack's event log. It reads the past events, so that read handles only new
// ones.
func openEvents(ctx context.Context, cfg aws.Config, stackARN string) (*events, error) {
	log := &events{EventLog: inventory.NewEventLog(cfg, stackARN, "")}
	past, err := log.NewEvents(ctx)
	for _, event := range past {
		if event.OfStack {
			log.joined = event.Status == types.ResourceStatusDeleteInProgress
			log.begun = log.joined
		}
	}
	return log, err
}

// follow sets the token of the request whose deletion the log tracks. All events of an operation
// have the token of the request that started it:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackEvent.html
func (l *events) follow(token string) { l.token, l.last = token, time.Now() }

// read passes new events to progress. It returns the deletion's final status, or "" before the
// deletion has ended. Events with another request's token do not count, unless CloudFormation has
// merged this request into a deletion that was already in progress. Events that have no token do
// count, because some AWS-compatible servers write no tokens. The final status can also be the
// stack's earlier status, for example UPDATE_COMPLETE: CloudFormation restores it if another stack
// imports an output.
func (l *events) read(ctx context.Context, progress Progress) (end types.ResourceStatus, err error) {
	added, err := l.NewEvents(ctx)
	if err != nil {
		return "", err
	}
	if len(added) > 0 {
		l.last = time.Now()
	}
	for _, event := range added {
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
