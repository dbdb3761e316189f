package graph

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"retrycatch/internal/look"
)

// Mermaid writes the graph as a flowchart of Mermaid, which GitHub shows:
// https://mermaid.js.org/syntax/flowchart.html
func (t *Trace) Mermaid() string {
	m := &mermaid{writer{trace: t}, map[*State]string{}}
	t.each(func(s *State) { m.ids[s] = strconv.Itoa(len(m.ids) + 1) })
	m.line("flowchart TB")
	m.depth++
	m.line(`start(("Start"))`)
	m.line(`finish(("End"))`)
	m.machine(&t.Machine, "start", "finish")
	if t.Executed() {
		for _, outcome := range look.All() {
			m.line("classDef %s stroke:%s,stroke-width:3px", outcome.ID, outcome.Ink.Light)
		}
	}
	return m.String()
}

type mermaid struct {
	writer
	ids map[*State]string // of the nodes; they do not depend on the states' names
}

// machine writes a state machine, always in the same order. A state with inner state machines is a
// subgraph with two nodes of its own. Transitions to it, and those for its errors, use its box. Its
// other transitions leave the point where all inner state machines are done.
func (m *mermaid) machine(of *Machine, start, end string) {
	for _, s := range of.States {
		id := m.ids[s]
		if len(s.Inner) == 0 {
			m.state(s)
			continue
		}
		m.line(`subgraph cluster%s[" "]`, id)
		m.depth++
		m.state(s)
		for _, inner := range s.Inner {
			m.machine(inner, "s"+id, "done"+id)
		}
		m.line(`done%s((" "))`, id)
		m.depth--
		m.line("end")
	}
	for _, t := range of.Transitions {
		from, to := start, end
		if t.From != nil && len(t.From.Inner) > 0 && t.Kind != Catch {
			from = "done" + m.ids[t.From]
		} else if t.From != nil {
			from = "s" + m.ids[t.From]
		}
		if t.To != nil {
			to = "s" + m.ids[t.To]
		}
		m.edge(t, from, to)
	}
}

func (m *mermaid) state(s *State) {
	class := ""
	if status := m.trace.Tally(s).Outcome(); status != "" {
		class = ":::" + look.Of(status).ID
	}
	m.line("s%s(%s)%s", m.ids[s], quoteMermaid(m.lines(s)), class)
}

// lines returns the text of a state's box.
func (m *mermaid) lines(s *State) []string {
	lines := append([]string{s.Label(), s.Kind()}, s.Retry...)
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

// quoteMermaid joins lines into a quoted string. Mermaid has only one escape, a character's number:
// it replaces every character that may mean something to Mermaid or HTML.
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
