package graph

import (
	"fmt"
	"strings"
)

// writer is what the languages for graphs have in common.
type writer struct {
	strings.Builder
	trace *Trace
	depth int
}

func (w *writer) line(format string, values ...any) {
	fmt.Fprintf(w, strings.Repeat("  ", w.depth)+format+"\n", values...)
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
