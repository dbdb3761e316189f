package history

import (
	"strings"

	"github.com/tidwall/gjson"
)

// report holds an error that a catcher put into the output of a state.
type caughtError struct {
	name  string
	cause Cause
	step  int // the step that the cause names: this one, one inside, or none
}

// reported returns the error that a catcher put into a step's output.
func (b *builder) caughtErrorOf(i int, output string) caughtError {
	c := caughtError{step: none}
	if !b.progress[i].hasError && !mentionsState(output) {
		return c
	}
	named := b.progress[i].hasError && b.progress[i].err != ""
	if named && !b.hasInnerError(i) {
		return c
	}
	found := errorsIn(gjson.Parse(b.Steps[i].Input), gjson.Parse(output), 0)
	if len(found) != 1 {
		return c
	}
	name := found[0].Get("Error").Str
	if named && !strings.HasPrefix(name, "States.") {
		return c
	}
	c.name, c.cause = name, NewCause(found[0].Get("Cause").Str)
	if state, id := stateIn(c.cause.Text); state != "" && id != 0 {
		at, known := b.positions[id]
		if known && (at.step == i || b.encloses(i, at.step) && !b.progress[at.step].exited) {
			c.step = at.step
		}
	}
	return c
}

// inherited reports whether a Map's error is only that of the step that ended its last attempt. The
// Map itself may have failed with another error, such as States.ExceedToleratedFailureThreshold.
func (b *builder) hasInnerError(i int) bool {
	inner := b.lastFailedInner(i)
	return b.Steps[i].Type == "Map" && inner != none && b.progress[i].err == b.progress[inner].err
}

// deepestReport limits how deep errorsIn searches an output.
const maxErrorDepth = 8

// errorsIn returns the objects in an output that look like caught errors and were not in the input:
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
func errorsIn(before, after gjson.Result, depth int) (found []gjson.Result) {
	if !after.IsObject() || depth > maxErrorDepth || before.Raw == after.Raw {
		return nil
	}
	others := 0
	for name := range members(after) {
		if name != "Error" && name != "Cause" {
			others++
		}
	}
	// JSONata's $merge([$states.input, $states.errorOutput]) mixes the error with other members.
	err, addedCause := after.Get(
		"Error",
	), after.Get("Cause").Type == gjson.String &&
		before.Get("Error").Raw != after.Get("Error").Raw
	if err.Type == gjson.String && (others == 0 || addedCause) {
		return []gjson.Result{after}
	}
	old := before.Map()
	for name, value := range members(after) {
		found = append(found, errorsIn(old[name], value, depth+1)...)
	}
	return found
}
