package graph

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// Mermaid writes the graph as a flowchart of Mermaid, which GitHub shows: https://mermaid.js.org/syntax/flowchart.html
func (t *Trace) Mermaid() string {
	m := &mermaid{newWriter(t)}
	m.line(0, "flowchart TB")
	m.line(1, "start((Start))")
	m.line(1, "finish((End))")
	m.machine(&t.Machine, 1, "start", "finish")
	for _, outcome := range []Outcome{Succeeded, Caught, Stopped, Running, Failed} {
		if t.Executed() {
			m.line(1, "classDef %s stroke:%s,stroke-width:3px", outcome, colours[outcome])
		}
	}
	return m.String()
}

type mermaid struct{ writer }

func (m *mermaid) machine(machine *Machine, depth int, start, end string) {
	for _, s := range machine.States {
		if len(s.Inner) == 0 {
			m.state(s, depth)
			continue
		}
		m.line(depth, `subgraph group%d[" "]`, m.number[s])
		m.state(s, depth+1)
		m.line(depth+1, "done%d(( ))", m.number[s])
		for _, inner := range s.Inner {
			m.machine(inner, depth+1, fmt.Sprintf("s%d", m.number[s]), fmt.Sprintf("done%d", m.number[s]))
		}
		m.line(depth, "end")
	}
	for _, t := range machine.Transitions {
		from, to := m.ends(t, start, end)
		arrow := "-->"
		switch taken := m.trace.Count(t) > 0; {
		case taken:
			arrow = "==>"
		case t.caught():
			arrow = "-.->"
		}
		label := m.trace.Text(t)
		if t.caught() && arrow == "==>" { // a thick arrow has no dashes
			label = append([]string{"caught"}, label...)
		}
		if len(label) > 0 {
			arrow += "|" + quoteMermaid(label) + "|"
		}
		m.line(depth, "%s %s %s", from, arrow, to)
	}
}

func (m *mermaid) state(s *State, depth int) {
	class := ""
	if outcome := m.trace.Tally(s).Outcome(); outcome != None {
		class = ":::" + outcome.String()
	}
	m.line(depth, "s%d(%s)%s", m.number[s], quoteMermaid(m.lines(s)), class)
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
