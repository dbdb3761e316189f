package history

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// none is an index of no step, and the number of no iteration.
const none = -1

// position says where an event belongs.
type position struct {
	step      int // none before the first state
	iteration int // of the step, where it is a Map and the event is about one of its items
	redriven  bool
	gap       bool // the event that led here is missing
}

// builder reads events one by one.
type builder struct {
	Execution
	progress  []progress         // of each step
	positions map[int64]position // of each event, by its ID
	last      position           // of the event before
	ends      []end              // of the execution; a redrive followed each but the last
	resumed   time.Time          // the last redrive
}

// end is an end of the execution.
type end struct {
	at     time.Time
	status types.ExecutionStatus
}

// progress is the builder's own record of a step.
type progress struct {
	exited   bool // also if its exit event is missing
	caught   bool
	aborted  bool
	failed   bool      // for good, and so did the steps around it
	over     bool      // a Parallel or a Map whose last attempt failed
	redriven bool      // since its last attempt
	replaced bool      // by another step in the same state, which a redrive entered
	ends     int       // how often the execution had ended when something last began in it
	stopped  time.Time // when it was aborted, or left without an exit event
	touched  time.Time // the last event in it, or in a step inside
	link     int64     // the ID of the event that led to it
	within   int       // the index of its parent's attempt, or none
	culprits []int     // of each attempt, as far as known: the step inside whose failure ended it, or none
	unfit    time.Time // the last evaluation that failed, if no attempt counts it yet
	counted  bool      // an attempt counts an evaluation that failed
	faulty   bool      // it has an error that no attempt has overcome
	err      string    // its name, if any event names it
	cause    Cause
}

// known holds facts about an execution that its events may lack.
type known struct {
	description description
	failure     func(state string) string // returns the error of a Fail state, or nil
}

// build makes the execution of events in any order: AWS gives the newest first when asked to, and their IDs say what came
// after what. Without IDs it is the order that they have.
func build(events []Event, also known) Execution {
	byID := func(a, b Event) int { return cmp.Compare(a.ID, b.ID) }
	numbered := !slices.ContainsFunc(events, func(e Event) bool { return e.ID < 1 })
	if numbered && !slices.IsSortedFunc(events, byID) {
		slices.SortStableFunc(events, byID)
	}
	b := builder{positions: make(map[int64]position, len(events)), last: position{step: none, iteration: none}}
	b.Status, b.Events = types.ExecutionStatusRunning, events
	for i := range events {
		b.add(&events[i])
	}
	b.describe(also.description)
	if also.failure != nil {
		b.define(also.failure)
	}
	b.conclude()
	if numbered {
		b.Missing = gaps(events)
	}
	return b.Execution
}

// gaps returns the IDs that are missing from sorted events.
func gaps(events []Event) (missing []Span) {
	next := int64(1)
	for _, event := range events {
		if event.ID > next {
			missing = append(missing, Span{First: next, Last: event.ID - 1})
		}
		next = event.ID + 1
	}
	return missing
}

// add reads one event. AWS links it to the one that led to it, which tells branches apart that run at the same time. Where
// there is no link, as in the first events and on some local servers, it is the event before.
func (b *builder) add(event *Event) {
	from, linked := b.positions[event.Previous]
	if !linked {
		from = b.last
		from.gap = event.Previous != 0
	}
	h := happening{Event: *event, kind: kindOf(event.Type), from: from, at: from}
	if h.container != "" {
		h.at = b.containerOf(h)
	}
	at := h.at
	if h.do != nil {
		at = h.do(b, h)
	}
	if !strings.HasPrefix(string(event.Type), "Execution") {
		if at.step != none {
			event.State = b.Steps[at.step].State
		} else {
			event.State = h.details().state
		}
		for step := at.step; step != none; step = b.Steps[step].Parent {
			b.progress[step].touched = event.Time
		}
	}
	b.positions[event.ID], b.last = at, at
}
