package graph

import (
	"fmt"
	"strings"
)

// writer is what the languages for graphs have in common.
type writer struct {
	strings.Builder
	trace  *Trace
	number map[*State]int // names may hold anything, and are no identifiers
}

func newWriter(t *Trace) writer {
	w := writer{trace: t, number: map[*State]int{}}
	t.each(func(s *State) { w.number[s] = len(w.number) + 1 })
	return w
}

func (w *writer) line(depth int, format string, values ...any) {
	fmt.Fprintf(w, strings.Repeat("  ", depth)+format+"\n", values...)
}

// ends are the nodes that a transition joins. A state with inner state machines has two: it is entered, and left by an
// error, where its name stands, and left otherwise where all of them are done.
func (w *writer) ends(t *Transition, start, end string) (from, to string) {
	from, to = start, end
	if s := t.From; s != nil {
		from = fmt.Sprintf("s%d", w.number[s])
		if len(s.Inner) > 0 && !t.caught() {
			from = fmt.Sprintf("done%d", w.number[s])
		}
	}
	if t.To != nil {
		to = fmt.Sprintf("s%d", w.number[t.To])
	}
	return from, to
}

// lines are what stands in a state's box.
func (w *writer) lines(s *State) []string {
	lines := append([]string{s.Label(), s.Kind()}, s.Retry...)
	for _, note := range w.trace.Tally(s).Notes() {
		lines = append(lines, note.String())
	}
	return lines
}

// colours are those of the outcomes, in CSS's form.
var colours = map[Outcome]string{Succeeded: "#1d8102", Caught: "#b45309", Stopped: "#5f6b7a", Running: "#0972d3", Failed: "#d13212"}
