package history

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// none stands for a missing index of a step, and for a missing iteration number.
const none = -1

// position locates an event.
type position struct {
	step      int // none before the first state
	iteration int // the item of a Map that the event belongs to, or none
	redriven  bool
	afterGap  bool // the preceding event is missing
}

// builder reads events one by one.
type builder struct {
	Execution
	progress  []progress         // per step
	positions map[int64]position // per event, by its ID
	last      position           // of the previous event
	ends      []end              // of the execution; a redrive followed each but the last
	resumed   time.Time          // when the last redrive began
}

// end records the time and status of one end of the execution.
type end struct {
	at     time.Time
	status types.ExecutionStatus
}

// progress holds what the builder knows about a step beyond its Step.
type progress struct {
	exited             bool // true even if the exit event is missing
	caught             bool
	aborted            bool
	failed             bool      // permanently; the steps around it failed too
	attemptFailed      bool      // the last attempt of a Parallel or Map failed
	redriven           bool      // since its last attempt
	replaced           bool      // a redrive entered the same state as another step
	endsBefore         int       // number of ends of the execution before the last start in this step
	stopped            time.Time // when it was aborted, or left without an exit event
	lastEvent          time.Time // time of the last event in it or in a step inside
	precedingEvent     int64     // ID of the preceding event
	parentAttempt      int       // index of the parent's attempt, or none
	failedInner        []int     // per attempt, if known: the inner step whose failure ended it, or none
	evaluationFailedAt time.Time // time of the last failed evaluation that no attempt includes yet
	countsEvaluations  bool      // an attempt includes a failed evaluation
	hasError           bool      // it has an error that no attempt has overcome
	err                string    // the error's name; empty if no event names it
	cause              Cause
}

// known holds facts about an execution that its events may lack.
type knownFacts struct {
	description description
	failure     func(state string) string // returns the error of a Fail state, or nil
}

// build constructs the execution from events in any order. It sorts them by ID, because AWS returns
// the newest first on request. Without IDs it keeps the given order.
func build(events []Event, facts knownFacts) Execution {
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
	b.applyDescription(facts.description)
	if facts.failure != nil {
		b.nameFailErrors(facts.failure)
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

// add processes one event. AWS links each event to the preceding one in its branch, which tells
// concurrent branches apart. The first events and those of some local servers have no link. For
// them, add uses the previous event in the list.
func (b *builder) add(event *Event) {
	from, linked := b.positions[event.Previous]
	if !linked {
		from = b.last
		from.afterGap = event.Previous != 0
	}
	ev := eventContext{Event: *event, eventKind: kindOf(event.Type), from: from, at: from}
	if ev.containerType != "" {
		ev.at = b.containerOf(ev)
	}
	at := ev.at
	if ev.apply != nil {
		at = ev.apply(b, ev)
	}
	if !strings.HasPrefix(string(event.Type), "Execution") {
		if at.step != none {
			event.State = b.Steps[at.step].State
		} else {
			event.State = ev.details().state
		}
		for step := at.step; step != none; step = b.Steps[step].Parent {
			b.progress[step].lastEvent = event.Time
		}
	}
	b.positions[event.ID], b.last = at, at
}
