// Package picture draws a state machine's graph as SVG and PNG. Graphviz, a separate program, only
// lays out each state machine, and receives no text of a definition. The package draws the shapes
// and texts, so that a picture looks the same in both formats and on every machine.
package picture
