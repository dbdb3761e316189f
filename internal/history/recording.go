package history

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// recording holds the events of one execution as a file contains them: in any order and possibly
// duplicated.
type recording struct {
	arn     string // empty if the events do not contain it
	events  []Event
	fromLog bool           // the events were written to CloudWatch Logs
	hasMore map[int64]bool // by the ID of a page's last event: whether another page follows
}

// addPageEnd records the ID of a page's last event. If a file has two copies of a page, a copy
// without a token proves that no more events follow.
func (r *recording) addPageEnd(last int64, more bool) {
	hadMore, seen := r.hasMore[last]
	r.hasMore[last] = more && (hadMore || !seen)
}

// execution builds the execution. A log may lack events, depending on its log level. logContinues
// means that the file lacks the log's last pages.
func (r *recording) execution(d description, logContinues bool) (Execution, error) {
	if err := r.sortAndMerge(); err != nil {
		return Execution{}, err
	}
	d.arn = cmp.Or(d.arn, r.arn)
	d.name = cmp.Or(d.name, executionName(d.arn))
	e := build(r.events, knownFacts{description: d})
	last := e.Events[len(e.Events)-1]
	endUnknown := r.hasMore[last.ID]
	if r.fromLog && !e.Ended() {
		endUnknown = logContinues || len(e.Missing) > 0
	}
	if (endUnknown || e.Ended() && !containsEnd(e.Events)) && last.ID > 0 {
		e.Missing = append(e.Missing, Span{First: last.ID + 1})
	}
	return e, nil
}

// containsEnd reports whether an event ended the execution. Without such an event, only the
// execution's description can report the end.
func containsEnd(events []Event) bool {
	for _, event := range slices.Backward(events) {
		switch {
		case kindOf(event.Type).status != "":
			return true
		case event.Type == types.HistoryEventTypeExecutionRedriven:
			return false
		}
	}
	return false
}

// sortAndMerge sorts the events by ID and merges duplicates. It does nothing if an event lacks an
// ID.
func (r *recording) sortAndMerge() error {
	if slices.ContainsFunc(r.events, func(e Event) bool { return e.ID < 1 }) {
		return nil
	}
	byID := func(a, b Event) int { return cmp.Compare(a.ID, b.ID) }
	if !slices.IsSortedFunc(r.events, byID) {
		slices.SortStableFunc(r.events, byID)
	}
	kept := r.events[:1]
	for _, event := range r.events[1:] {
		last := &kept[len(kept)-1]
		switch {
		case event.ID != last.ID:
			kept = append(kept, event)
		case !sameEvent(*last, event):
			return mixedError("it mixes events of different executions: event %d is both %s at %s and %s at %s",
				event.ID, last.Type, formatTime(last.Time), event.Type, formatTime(event.Time))
		default:
			*last = mergeEvents(*last, event)
		}
	}
	r.events = kept
	return nil
}

// mixedError returns the error for a file that mixes executions.
func mixedError(format string, values ...any) error {
	return &FormatError{Kind: KindMixed, Reason: fmt.Sprintf(format, values...)}
}

// mergeEvents merges two copies of one event. It keeps the longer details, the link to the
// preceding event, and the more precise time.
func mergeEvents(a, b Event) Event {
	merged := a
	if len(b.json) > len(a.json) {
		merged = b
	}
	merged.Previous = max(a.Previous, b.Previous)
	if merged.Time = a.Time; a.Time.Nanosecond() == 0 {
		merged.Time = b.Time
	}
	return merged
}

func formatTime(at time.Time) string { return at.Format("2006-01-02 15:04:05.000 UTC") }

// sameEvent reports whether two events with the same ID are copies of one event. Tools round times
// differently, and a log may omit input and output.
func sameEvent(a, b Event) bool {
	within := time.Millisecond
	if a.Time.Nanosecond() == 0 || b.Time.Nanosecond() == 0 {
		within = time.Second
	}
	if a.Type != b.Type || a.Previous != b.Previous && a.Previous != 0 && b.Previous != 0 ||
		a.Time.Sub(b.Time).Abs() > within {
		return false
	}
	if string(a.json) == string(b.json) {
		return true
	}
	one, other := a.details(), b.details()
	agree := func(x, y string) bool { return x == "" || y == "" || x == y }
	return one.index == other.index && agree(one.name, other.name) && agree(one.input, other.input) &&
		agree(one.output, other.output) && agree(one.err, other.err) && agree(one.cause, other.cause)
}

// executionName returns the execution's name from its ARN. In the ARN of an EXPRESS execution, an
// ID follows the name:
// arn:aws:states:REGION:ACCOUNT:express:STATEMACHINE:NAME:ID
func executionName(arn string) string {
	parts := strings.Split(arn, ":")
	switch {
	case len(parts) < 8:
		return ""
	case parts[5] == "express":
		return parts[7]
	}
	return strings.Join(parts[7:], ":")
}
