package graph

import (
	"fmt"
	"strings"
)

// writer writes a graph as indented lines.
type writer struct {
	strings.Builder
	trace *Trace
	depth int // the indentation, in levels
}

func (w *writer) writeLine(format string, values ...any) {
	fmt.Fprintf(w, strings.Repeat("  ", w.depth)+format+"\n", values...)
}
