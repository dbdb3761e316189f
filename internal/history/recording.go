package history

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// recording holds the events of one execution as they are in a file: in any order, some twice.
type recording struct {
	arn    string // empty if the events do not contain it
	events []Event
	log    bool           // from CloudWatch Logs
	more   map[int64]bool // whether more events follow, by the ID of a page's last one
}

// pageEnds records the ID of a page's last event. A copy of the page without a token settles it.
func (r *recording) pageEnds(last int64, more bool) {
	known, seen := r.more[last]
	r.more[last] = more && (known || !seen)
}

// execution builds the execution. A log may lack any event, depending on its level. cut reports that
// the log goes on.
func (r *recording) execution(d description, cut bool) (Execution, error) {
	if err := r.unify(); err != nil {
		return Execution{}, err
	}
	d.arn = cmp.Or(d.arn, r.arn)
	d.name = cmp.Or(d.name, executionName(d.arn))
	e := build(r.events, known{description: d})
	last := e.Events[len(e.Events)-1]
	unsure := r.more[last.ID]
	if r.log && !e.Ended() {
		unsure = cut || len(e.Missing) > 0
	}
	if (unsure || e.Ended() && !holdsEnd(e.Events)) && last.ID > 0 {
		e.Missing = append(e.Missing, Span{First: last.ID + 1})
	}
	return e, nil
}

// holdsEnd reports whether the events contain the execution's end. Sometimes only a description does.
func holdsEnd(events []Event) bool {
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

// unify puts the events in order and keeps each once. Events without an ID stay as they are.
func (r *recording) unify() error {
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
			return mixed("it mixes the events of several executions: event %d is %s at %s, and %s at %s",
				event.ID, last.Type, clock(last.Time), event.Type, clock(event.Time))
		default:
			*last = united(*last, event)
		}
	}
	r.events = kept
	return nil
}

// mixed is the error of a file whose parts belong to several executions.
func mixed(format string, values ...any) error {
	return &FormatError{Kind: KindMixed, Reason: fmt.Sprintf(format, values...)}
}

// united returns the fuller of two records of one event, with the link and the finer time of either.
func united(a, b Event) Event {
	whole := a
	if len(b.json) > len(a.json) {
		whole = b
	}
	whole.Previous = max(a.Previous, b.Previous)
	if whole.Time = a.Time; a.Time.Nanosecond() == 0 {
		whole.Time = b.Time
	}
	return whole
}

func clock(at time.Time) string { return at.Format("2006-01-02 15:04:05.000 UTC") }

// sameEvent reports whether two records with one ID are of the same event. Tools differ in how much
// of a time they write, and a log in how much of the data.
func sameEvent(a, b Event) bool {
	within := time.Millisecond
	if a.Time.Nanosecond() == 0 || b.Time.Nanosecond() == 0 {
		within = time.Second
	}
	if a.Type != b.Type || a.Previous != b.Previous && a.Previous != 0 && b.Previous != 0 || a.Time.Sub(b.Time).Abs() > within {
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

// executionName returns the name in the ARN of an execution. After it, the ARN of an EXPRESS
// execution has an ID: arn:aws:states:REGION:ACCOUNT:express:STATEMACHINE:NAME:ID.
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
