package history

import (
	"strings"

	"github.com/tidwall/gjson"
)

// caughtError is an error that a catcher put into the output of a state.
type caughtError struct {
	name  string
	cause Cause
	step  int // step that the cause names: the catching step or an inner step; none if it names neither
}

// caughtErrorOf returns the error that a catcher put into a step's output.
func (b *builder) caughtErrorOf(i int, output string) caughtError {
	c := caughtError{step: none}
	if !b.progress[i].hasError && !mentionsState(output) {
		return c
	}
	errorKnown := b.progress[i].hasError && b.progress[i].err != ""
	if errorKnown && !b.hasInnerError(i) {
		return c
	}
	found := errorsIn(gjson.Parse(b.Steps[i].Input), gjson.Parse(output), 0)
	if len(found) != 1 {
		return c
	}
	name := found[0].Get("Error").Str
	if errorKnown && !strings.HasPrefix(name, "States.") {
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

// hasInnerError reports whether a Map's error is the error of the inner step that ended the Map's
// last attempt. A Map may instead fail with its own error, such as
// States.ExceedToleratedFailureThreshold.
func (b *builder) hasInnerError(i int) bool {
	inner := b.lastFailedInner(i)
	return b.Steps[i].Type == "Map" && inner != none && b.progress[i].err == b.progress[inner].err
}

// maxErrorDepth is the number of levels of an output that errorsIn searches.
const maxErrorDepth = 8

// errorsIn returns the objects in an output that look like caught errors and are not in the input:
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
func errorsIn(input, output gjson.Result, depth int) (found []gjson.Result) {
	if !output.IsObject() || depth > maxErrorDepth || input.Raw == output.Raw {
		return nil
	}
	others := 0
	for name := range members(output) {
		if name != "Error" && name != "Cause" {
			others++
		}
	}
	// JSONata's $merge([$states.input, $states.errorOutput]) adds the error to other members.
	err := output.Get("Error")
	isAdded := output.Get("Cause").Type == gjson.String && input.Get("Error").Raw != err.Raw
	if err.Type == gjson.String && (others == 0 || isAdded) {
		return []gjson.Result{output}
	}
	old := input.Map()
	for name, value := range members(output) {
		found = append(found, errorsIn(old[name], value, depth+1)...)
	}
	return found
}
