package history

import (
	"slices"
	"strconv"
	"strings"
)

// stateIn parses the cause of an AWS error. It returns the state that the cause names and the ID of
// the event that entered the state. A cause without a state yields "" and 0.
func stateIn(cause string) (state string, entered int64) {
	rest, ok := strings.CutPrefix(cause, "An error occurred while ")
	if !ok {
		return "", 0
	}
	if _, rest, ok = strings.Cut(rest, " the state '"); !ok {
		return "", 0
	}
	if name, id, ok := strings.Cut(rest, enteredAt); ok {
		digits, _, _ := strings.Cut(id, ")")
		entered, _ = strconv.ParseInt(digits, 10, 64)
		return name, entered
	}
	state, _, _ = strings.Cut(rest, "'")
	return state, 0
}

// enteredAt is the text in a cause between the state's name and the ID of the event that entered
// the state.
const enteredAt = "' (entered at the event id #"

func mentionsState(output string) bool { return strings.Contains(output, enteredAt) }

// findStep searches the steps of the named state for the step that an event is about. If it finds
// no step, it returns none. It prefers the step that the cause names, then the preceding event's
// step or one that encloses it. Next come a step that was entered after the same event, and the
// last step in progress.
func (b *builder) findStep(state, cause string, ev eventContext) int {
	if name, id := stateIn(cause); id != 0 && name == state {
		if at, known := b.positions[id]; known && at.step != none && b.Steps[at.step].State == state {
			return at.step
		}
	}
	for i := ev.from.step; i != none; i = b.Steps[i].Parent {
		if b.Steps[i].State == state && !b.progress[i].exited {
			return i
		}
	}
	last := none
	for i, step := range slices.Backward(b.Steps) {
		if step.State != state || b.progress[i].exited || b.progress[i].failed || !b.isInProgress(i) {
			continue
		}
		if b.progress[i].precedingEvent == ev.Previous {
			return i
		}
		if last == none {
			last = i
		}
	}
	return last
}

// failedStep returns the step whose failure ended the execution. A preceding Fail state comes
// first, because its cause may repeat the cause of a caught error. The step that the cause names
// comes second. Last comes the preceding step, or the last top-level step in progress if the
// execution has already left the preceding step.
func (b *builder) failedStep(ev eventContext, d details) int {
	if from := ev.at.step; from != none && b.Steps[from].Type == "Fail" && !b.progress[from].exited {
		return from
	}
	if state, id := stateIn(d.cause); state != "" {
		at, known := b.positions[id]
		if !known {
			at.step = b.findStep(state, "", ev)
		}
		if at.step != none && b.Steps[at.step].State == state && b.isInProgress(at.step) {
			return at.step
		}
	}
	if i := ev.at.step; i == none || b.progress[i].exited {
		return b.lastTopLevelStep()
	}
	return ev.at.step
}

// lastTopLevelStep returns the last step in progress outside every Parallel and Map, or none.
func (b *builder) lastTopLevelStep() int {
	for i, step := range slices.Backward(b.Steps) {
		if step.Parent == none && b.isInProgress(i) {
			return i
		}
	}
	return none
}

// encloses reports whether container encloses step, at any depth.
func (b *builder) encloses(container, step int) bool {
	for i := step; i > container; {
		if i = b.Steps[i].Parent; i == container {
			return true
		}
	}
	return false
}

// isInProgress reports whether a step is in progress, or was when the execution last ended.
func (b *builder) isInProgress(i int) bool {
	for ; i != none; i = b.Steps[i].Parent {
		p := b.progress[i]
		if p.exited || p.priorEnds < len(b.ends)-1 {
			return false
		}
		parent := b.Steps[i].Parent
		if parent != none && p.parentAttempt != none && p.parentAttempt != len(b.Steps[parent].Attempts)-1 {
			return false
		}
	}
	return true
}

// containerOf returns the Parallel or Map that an event is about: the innermost one that encloses
// the event and is still running. An event about a Map item names the Map. For an event that starts
// or ends an attempt, containerOf skips steps that failed without a retry. If no step matches, it
// returns an enclosing step that has a different name or whose last attempt already failed.
func (b *builder) containerOf(ev eventContext) position {
	name := ""
	if !ev.endsOrStartsAttempt {
		name = ev.details().name
	}
	attemptFailed, otherName := none, none
	for i := ev.from.step; i != none; i = b.Steps[i].Parent {
		p := b.progress[i]
		switch {
		case b.Steps[i].Type != ev.containerType || p.exited || ev.endsOrStartsAttempt && p.failed:
		case name != "" && b.Steps[i].State != name:
			otherName = max(otherName, i)
		case ev.endsOrStartsAttempt && p.attemptFailed:
			attemptFailed = max(attemptFailed, i)
		default:
			return position{step: i, iteration: none}
		}
	}
	if i := max(attemptFailed, otherName); i != none {
		return position{step: i, iteration: none}
	}
	return ev.from
}

// abortStep records that a step was aborted. If a failure in another branch caused the abort, the
// event is linked to that failure and does not name the aborted step.
func (b *builder) abortStep(ev eventContext) position {
	kind := strings.TrimSuffix(string(ev.Type), "StateAborted")
	at := b.abortedStep(kind, ev)
	if at == none {
		return ev.at
	}
	if p := &b.progress[at]; !p.failed {
		p.aborted, p.stopped = true, ev.Time
	}
	return position{step: at, iteration: none}
}

// abortedStep returns the step of the given state type that an event aborts. In order of
// preference, it returns a step in the item that the previous event named, the preceding step,
// another running step, or a step that encloses the event.
func (b *builder) abortedStep(kind string, ev eventContext) int {
	from := ev.from.step
	abortable := func(i int) bool { return b.Steps[i].Type == kind && !b.progress[i].aborted && b.isInProgress(i) }
	if item := b.last; item.iteration != none && item.step != none && item.step != from {
		for i := len(b.Steps) - 1; i > item.step; i-- {
			if b.Steps[i].Parent == item.step && b.Steps[i].Iteration == item.iteration && abortable(i) {
				return i
			}
		}
	}
	if from != none && abortable(from) && !b.progress[from].hasError {
		return from
	}
	enclosing := map[int]bool{}
	for i := from; i != none; i = b.Steps[i].Parent {
		enclosing[i] = true
	}
	for i, step := range slices.Backward(b.Steps) {
		if !enclosing[i] && step.Parent != none && !b.progress[i].hasError && abortable(i) {
			return i
		}
	}
	for i := from; i != none; i = b.Steps[i].Parent {
		if abortable(i) {
			return i
		}
	}
	return none
}
