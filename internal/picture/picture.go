// Package picture draws a state machine's graph as SVG and as PNG. Graphviz, a separate program,
// lays out each state machine. The package draws by itself, so a picture looks the same in both
// formats and on every machine, and Graphviz receives no text of a definition.
package picture
