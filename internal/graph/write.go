package graph

import (
	"fmt"
	"strings"
)

// writer writes a graph as lines.
type writer struct {
	strings.Builder
	trace *Trace
	depth int // of indentation
}

func (w *writer) line(format string, values ...any) {
	fmt.Fprintf(w, strings.Repeat("  ", w.depth)+format+"\n", values...)
}
