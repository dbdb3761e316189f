// Package picture draws the graph of a state machine as SVG or PNG. Graphviz runs in a separate
// program and only computes layouts: it receives sizes, but no text from a definition. The package
// draws the shapes and texts itself. A graph has the same layout in both formats and on every
// machine.
package picture
