package graph

import (
	"fmt"
	"strings"
)

// DOT writes the graph in the language of Graphviz: https://graphviz.org/doc/info/lang.html
func (t *Trace) DOT() string {
	d := &dot{writer{trace: t}}
	d.line("digraph {")
	d.depth++
	d.line("rankdir=TB")
	d.line(`node [shape=box style=rounded fontname="Helvetica,Arial,sans-serif" fontsize=12]`)
	d.line(`edge [fontname="Helvetica,Arial,sans-serif" fontsize=10]`)
	t.Walk(d)
	d.depth--
	d.line("}")
	return d.String()
}

type dot struct{ writer }

func (d *dot) Terminal(id, label string) {
	d.line("%s [label=%s shape=circle]", id, quoteDOT([]string{label}))
}

func (d *dot) Open(id string, _ *State) {
	d.line("subgraph %s {", id)
	d.depth++
	d.line("style=dashed")
}

func (d *dot) Close(done string) {
	d.line(`%s [label="" shape=point]`, done)
	d.depth--
	d.line("}")
}

func (d *dot) State(id string, s *State) {
	style := ""
	if outcome := d.trace.Tally(s).Outcome(); outcome != None {
		style = fmt.Sprintf(` penwidth=2.5 color="%s"`, colours[outcome])
	} else if d.trace.Executed() {
		style = " " + faintDOT
	}
	d.line("%s [label=%s%s]", id, quoteDOT(d.lines(s)), style)
}

// Edge tells errors by dashes, and what was taken by thickness.
func (d *dot) Edge(t *Transition, from, to string) {
	var attributes []string
	if label := d.trace.Text(t); len(label) > 0 {
		attributes = append(attributes, "label="+quoteDOT(label))
	}
	if t.Kind == Catch {
		attributes = append(attributes, "style=dashed")
	}
	if d.trace.Count(t) > 0 {
		attributes = append(attributes, "penwidth=2.5")
	} else if d.trace.Executed() {
		attributes = append(attributes, faintDOT)
	}
	style := ""
	if len(attributes) > 0 {
		style = " [" + strings.Join(attributes, " ") + "]"
	}
	d.line("%s -> %s%s", from, to, style)
}

// faintDOT is how that looks which an execution has not come to.
const faintDOT = `color="gray60" fontcolor="gray40"`

// quoteDOT makes a string of lines. A backslash begins an escape in DOT, and an ampersand one of HTML's entities.
func quoteDOT(lines []string) string {
	var escaped []string
	for _, line := range lines {
		escaped = append(escaped, strings.NewReplacer(`\`, `\\`, `"`, `\"`, "&", "&amp;").Replace(line))
	}
	return `"` + strings.Join(escaped, `\n`) + `"`
}
