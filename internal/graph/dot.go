package graph

import (
	"fmt"
	"strings"
)

// DOT writes the graph in the language of Graphviz: https://graphviz.org/doc/info/lang.html
func (t *Trace) DOT() string {
	d := &dot{newWriter(t)}
	d.line(0, "digraph {")
	d.line(1, "rankdir=TB")
	d.line(1, `fontname="Helvetica,Arial,sans-serif"`)
	d.line(1, `node [shape=box style=rounded fontname="Helvetica,Arial,sans-serif" fontsize=12]`)
	d.line(1, `edge [fontname="Helvetica,Arial,sans-serif" fontsize=10]`)
	d.line(1, `start [label="Start" shape=circle]`)
	d.line(1, `finish [label="End" shape=circle]`)
	d.machine(&t.Machine, 1, "start", "finish")
	d.line(0, "}")
	return d.String()
}

type dot struct{ writer }

// machine writes one state machine, between the nodes that stand for its start and its end.
func (d *dot) machine(m *Machine, depth int, start, end string) {
	for _, s := range m.States {
		if len(s.Inner) == 0 {
			d.state(s, depth)
			continue
		}
		d.line(depth, "subgraph cluster%d {", d.number[s])
		d.line(depth+1, "style=dashed")
		d.state(s, depth+1)
		d.line(depth+1, `done%d [label="" shape=point]`, d.number[s])
		for _, inner := range s.Inner {
			d.machine(inner, depth+1, fmt.Sprintf("s%d", d.number[s]), fmt.Sprintf("done%d", d.number[s]))
		}
		d.line(depth, "}")
	}
	for _, transition := range m.Transitions {
		from, to := d.ends(transition, start, end)
		d.line(depth, "%s -> %s%s", from, to, d.edge(transition))
	}
}

// edge are the attributes of a transition: errors are told by dashes, and what was taken by thickness.
func (d *dot) edge(t *Transition) string {
	var attributes []string
	if label := d.trace.Text(t); len(label) > 0 {
		attributes = append(attributes, "label="+quoteDOT(label))
	}
	if t.caught() {
		attributes = append(attributes, "style=dashed")
	}
	if d.trace.Count(t) > 0 {
		attributes = append(attributes, "penwidth=2.5")
	} else if d.trace.Executed() {
		attributes = append(attributes, faintDOT)
	}
	if len(attributes) == 0 {
		return ""
	}
	return " [" + strings.Join(attributes, " ") + "]"
}

func (d *dot) state(s *State, depth int) {
	style := ""
	if outcome := d.trace.Tally(s).Outcome(); outcome != None {
		style = fmt.Sprintf(` penwidth=2.5 color="%s"`, colours[outcome])
	} else if d.trace.Executed() {
		style = " " + faintDOT
	}
	d.line(depth, "s%d [label=%s%s]", d.number[s], quoteDOT(d.lines(s)), style)
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
