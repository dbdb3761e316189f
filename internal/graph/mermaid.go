package graph

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"retrycatch/internal/look"
)

// Mermaid returns the graph as a Mermaid flowchart, which GitHub shows:
// https://mermaid.js.org/syntax/flowchart.html
func (t *Trace) Mermaid() string {
	m := &mermaid{writer{trace: t}, map[*State]string{}}
	t.each(func(s *State) { m.ids[s] = strconv.Itoa(len(m.ids) + 1) })
	m.line("flowchart TB")
	m.depth++
	m.line(`finish(("End"))`)
	m.machines([]*Machine{&t.Machine}, "start", "finish", func() { m.line(`start(("Start"))`) })
	if t.Executed() {
		for _, outcome := range look.All() {
			m.line("classDef %s stroke:%s,stroke-width:3px", outcome.ID, outcome.Foreground.Light)
		}
	}
	return m.String()
}

type mermaid struct {
	writer
	ids map[*State]string // of the nodes; they do not depend on the states' names
}

// machines writes state machines that begin and end together. first writes the node where they
// begin.
//
// Mermaid lays out subgraphs before nodes, the last subgraph first. So if there are subgraphs, that
// node also gets a subgraph: otherwise, a loop through another one could turn the flow upside down.
func (m *mermaid) machines(all []*Machine, start, end string, first func()) {
	if !slices.ContainsFunc(all, (*Machine).hasGroup) {
		first()
		for _, of := range all {
			m.machine(of, start, end)
		}
		return
	}
	for _, of := range all {
		m.machine(of, "begin_"+start, end)
	}
	m.line(`subgraph begin_%s[" "]`, start)
	m.depth++
	first()
	m.depth--
	m.line("end")
	m.line("style begin_%s fill:none,stroke:none", start)
}

// hasGroup reports whether a state of the state machine has inner ones.
func (m *Machine) hasGroup() bool {
	return slices.ContainsFunc(m.States, func(s *State) bool { return len(s.Inner) > 0 })
}

// machine writes a state machine, always in the same order. A state with inner state machines is a
// subgraph with two nodes of its own: its box, and the point where all inner state machines are
// done. Transitions to it and from it use the subgraph. Otherwise, Mermaid would draw labels on its
// border.
func (m *mermaid) machine(of *Machine, start, end string) {
	for _, s := range of.States {
		id := m.ids[s]
		if len(s.Inner) == 0 {
			m.state(s)
			continue
		}
		m.line(`subgraph cluster%s[" "]`, id)
		m.depth++
		m.line("direction TB")
		m.machines(s.Inner, "s"+id, "done"+id, func() { m.state(s) })
		m.line(`done%s((" "))`, id)
		m.depth--
		m.line("end")
	}
	for _, t := range of.Transitions {
		from, to := start, end
		if t.From != nil {
			from = m.node(t.From)
		}
		if t.To != nil {
			to = m.node(t.To)
		}
		m.edge(t, from, to)
	}
}

// node returns the ID of a state, or of the subgraph around it and its inner state machines.
func (m *mermaid) node(s *State) string {
	if len(s.Inner) > 0 {
		return "cluster" + m.ids[s]
	}
	return "s" + m.ids[s]
}

func (m *mermaid) state(s *State) {
	class := ""
	if status := m.trace.Tally(s).Outcome(); status != "" {
		class = ":::" + look.OfStep(status).ID
	}
	m.line("s%s(%s)%s", m.ids[s], quoteMermaid(m.lines(s)), class)
}

// lines returns the text of a state's box.
func (m *mermaid) lines(s *State) []string {
	lines := slices.Concat([]string{s.Label()}, s.Facts(), s.Retry)
	for _, note := range m.trace.Tally(s).Notes() {
		lines = append(lines, note.String())
	}
	return lines
}

func (m *mermaid) edge(t *Transition, from, to string) {
	arrow, label := "-->", m.trace.Text(t)
	switch caught := t.Kind == Catch; {
	case m.trace.Count(t) > 0:
		arrow = "==>"
		if caught { // a thick arrow cannot have dashes
			label = append([]string{"caught"}, label...)
		}
	case caught:
		arrow = "-.->"
	}
	if len(label) > 0 {
		arrow += "|" + quoteMermaid(label) + "|"
	}
	m.line("%s %s %s", from, arrow, to)
}

// listMark matches the beginning of a list in Markdown. Mermaid refuses a list in a label.
var listMark = regexp.MustCompile(`^ *[0-9]*[-+*.)]`)

// quoteMermaid joins lines into a quoted string. It replaces every character that may have a
// meaning in Mermaid or HTML with Mermaid's only escape, the character's number.
func quoteMermaid(lines []string) string {
	quoted := make([]string, len(lines))
	for i, line := range lines {
		list := listMark.FindStringIndex(line)
		var escaped strings.Builder
		for at, r := range line {
			harmless := r > unicode.MaxASCII || unicode.IsLetter(r) || unicode.IsDigit(r) ||
				strings.ContainsRune(" ,.:()/=+-_$", r)
			if harmless && (list == nil || at != list[1]-1) {
				escaped.WriteRune(r)
			} else {
				fmt.Fprintf(&escaped, "#%d;", r)
			}
		}
		quoted[i] = escaped.String()
	}
	return `"` + strings.Join(quoted, "<br/>") + `"`
}
