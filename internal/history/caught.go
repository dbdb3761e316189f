package history

import "github.com/tidwall/gjson"

// report is an error as a catcher puts it into the output of a state.
type report struct {
	name  string
	cause Cause
	step  int // the one that the cause names: it or a step inside; or none
}

// reported returns the error that a catcher put into the output of a step.
func (b *builder) reported(i int, output string) report {
	c := report{step: none}
	if !b.progress[i].faulty && !mentionsState(output) {
		return c
	}
	if b.progress[i].faulty && b.progress[i].err != "" {
		return c
	}
	found := errorsIn(gjson.Parse(b.Steps[i].Input), gjson.Parse(output), 0)
	if len(found) != 1 {
		return c
	}
	c.name, c.cause = found[0].Get("Error").Str, NewCause(found[0].Get("Cause").Str)
	if state, id := stateIn(c.cause.Text); state != "" && id != 0 {
		at, known := b.positions[id]
		if known && (at.step == i || b.encloses(i, at.step) && !b.progress[at.step].exited) {
			c.step = at.step
		}
	}
	return c
}

// deepestReport is how deep in an output errorsIn looks.
const deepestReport = 8

// errorsIn returns what looks like a caught error in an output, and was not in the input:
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
func errorsIn(before, after gjson.Result, depth int) (found []gjson.Result) {
	if !after.IsObject() || depth > deepestReport || before.Raw == after.Raw {
		return nil
	}
	others := 0
	for name := range members(after) {
		if name != "Error" && name != "Cause" {
			others++
		}
	}
	if err := after.Get("Error"); others == 0 && err.Type == gjson.String {
		return []gjson.Result{after}
	}
	old := before.Map()
	for name, value := range members(after) {
		found = append(found, errorsIn(old[name], value, depth+1)...)
	}
	return found
}
