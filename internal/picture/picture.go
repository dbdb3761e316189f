// Package picture draws a state machine's graph: as SVG, for pages, and as PNG. Graphviz, which
// runs as a program of its own, lays each state machine out. The drawing is done here, so that it
// looks alike in both formats and on every machine, and so that no name or error of a definition
// gets to Graphviz.
package picture
