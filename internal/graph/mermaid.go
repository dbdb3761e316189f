package graph

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// Mermaid writes the graph as a flowchart of Mermaid, which GitHub shows: https://mermaid.js.org/syntax/flowchart.html
func (t *Trace) Mermaid() string {
	m := &mermaid{writer{trace: t}}
	m.line("flowchart TB")
	m.depth++
	t.Walk(m)
	for _, outcome := range []Outcome{Succeeded, Caught, Stopped, Running, Failed} {
		if t.Executed() {
			m.line("classDef %s stroke:%s,stroke-width:3px", outcome, colours[outcome])
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
	if outcome := m.trace.Tally(s).Outcome(); outcome != None {
		class = ":::" + outcome.String()
	}
	m.line("%s(%s)%s", id, quoteMermaid(m.lines(s)), class)
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

// quoteMermaid makes a string of lines. Mermaid knows no escape but a character's number, so a sign that may mean anything to
// it or to HTML is written as that.
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
