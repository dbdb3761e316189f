package graph

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"retrycatch/internal/look"
)

// Mermaid writes the graph as a flowchart of Mermaid, which GitHub shows:
// https://mermaid.js.org/syntax/flowchart.html
func (t *Trace) Mermaid() string {
	m := &mermaid{writer{trace: t}}
	m.line("flowchart TB")
	m.depth++
	t.Walk(m)
	if t.Executed() {
		for _, outcome := range look.All() {
			m.line("classDef %s stroke:%s,stroke-width:3px", outcome.ID, outcome.Ink.Light)
		}
	}
	return m.String()
}

type mermaid struct{ writer }

func (m *mermaid) Terminal(id, label string) { m.line("%s((%s))", id, quoteMermaid([]string{label})) }

func (m *mermaid) Open(id string, _ *State) {
	m.line(`subgraph %s[" "]`, id)
	m.depth++
}

func (m *mermaid) Close(done string) {
	m.line(`%s((" "))`, done)
	m.depth--
	m.line("end")
}

func (m *mermaid) State(id string, s *State) {
	class := ""
	if status := m.trace.Tally(s).Outcome(); status != "" {
		class = ":::" + look.Of(status).ID
	}
	m.line("%s(%s)%s", id, quoteMermaid(m.lines(s)), class)
}

// lines are what stands in a state's box.
func (m *mermaid) lines(s *State) []string {
	lines := append([]string{s.Label(), s.Kind()}, s.Retry...)
	for _, note := range m.trace.Tally(s).Notes() {
		lines = append(lines, note.String())
	}
	return lines
}

func (m *mermaid) Edge(t *Transition, from, to string) {
	arrow, label := "-->", m.trace.Text(t)
	switch caught := t.Kind == Catch; {
	case m.trace.Count(t) > 0:
		arrow = "==>"
		if caught { // a thick arrow has no dashes
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

// listMark is how a list begins in Markdown, which Mermaid reads in a label, and refuses.
var listMark = regexp.MustCompile(`^ *[0-9]*[-+*.)]`)

// quoteMermaid makes a string of lines. Mermaid knows no escape but a character's number, so a sign
// that may mean anything to it or to HTML is written as that.
func quoteMermaid(lines []string) string {
	quoted := make([]string, len(lines))
	for i, line := range lines {
		list := listMark.FindStringIndex(line)
		var escaped strings.Builder
		for at, r := range line {
			harmless := r > unicode.MaxASCII || unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(" ,.:()/=+-_$", r)
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
