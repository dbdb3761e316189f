package history

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// none is the index that stands for no step, no attempt or no iteration.
const none = -1

// position says which step and which Map item an event belongs to.
type position struct {
	step      int  // none before the first state
	iteration int  // index of the event's Map item, or none
	redriven  bool // there was a redrive, and no attempt has started since
	afterGap  bool // the preceding event is missing
}

// builder builds an execution by reading its events one by one.
type builder struct {
	Execution
	progress  []progress         // one per step
	positions map[int64]position // by event ID
	last      position           // position of the previous event
	ends      []end              // in order; a redrive followed each end except possibly the last
	resumed   time.Time          // when the last redrive began
}

// end records when and how the execution ended. A redriven execution can end several times.
type end struct {
	at     time.Time
	status types.ExecutionStatus
}

// progress holds what the builder knows about a step beyond the fields of Step.
type progress struct {
	exited              bool // the execution left the step, with or without an exit event
	caught              bool
	aborted             bool
	failed              bool      // the step failed and is not retried
	attemptFailed       bool      // the last attempt of a Parallel or Map failed
	redriven            bool      // a redrive followed the step's last attempt
	replaced            bool      // a redrive entered the state again, as a new step
	priorEnds           int       // how often the execution had ended when the step last started or resumed
	stopped             time.Time // when the step was aborted, or the execution left it without an exit event
	lastEvent           time.Time // time of the last event in the step or in an inner step
	precedingEvent      int64     // ID of the event before the entry event
	parentAttempt       int       // index of the enclosing Parallel's or Map's attempt, or none
	failedInner         []int     // by attempt: the inner step whose failure ended the attempt, or none
	evaluationFailedAt  time.Time // when an expression last failed to evaluate; zero once an attempt records it
	hasFailedEvaluation bool      // an attempt of the step ended with a failed evaluation
	hasError            bool      // the step has an error that no later attempt has cleared
	err                 string    // name of the error; empty if no event names it
	cause               Cause
}

// knownFacts holds facts about an execution that its events may lack.
type knownFacts struct {
	description description
	failure     func(state string) string // returns the error of a Fail state; nil if no definition is known
}

// build builds the execution from events in any order. It sorts them by ID, because AWS can return
// the newest event first. If an event lacks an ID, build keeps the given order.
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
		b.setFailStateErrors(facts.failure)
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

// add processes one event. AWS links each event to the preceding event in its branch. These links
// tell concurrent branches apart. An execution's first events, and events from some local servers,
// have no link. For such an event, add assumes that the previous event in the list precedes it.
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
