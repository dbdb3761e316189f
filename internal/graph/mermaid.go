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
	t.forEachState(func(s *State) { m.ids[s] = strconv.Itoa(len(m.ids) + 1) })
	m.writeLine("flowchart TB")
	m.depth++
	m.writeLine(`finish(("End"))`)
	m.writeMachines([]*Machine{&t.Machine}, "start", "finish", func() { m.writeLine(`start(("Start"))`) })
	if t.Executed() {
		for _, outcome := range look.All() {
			m.writeLine("classDef %s stroke:%s,stroke-width:3px", outcome.ID, outcome.Foreground.Light)
		}
	}
	return m.String()
}

type mermaid struct {
	writer
	ids map[*State]string // numbers for node IDs, because names may contain Mermaid syntax
}

// writeMachines writes state machines with the same start and end. writeStart writes the start
// node.
//
// Mermaid lays out subgraphs before nodes, and the last subgraph first. If a state is a subgraph,
// the start node also gets a subgraph. Otherwise, a loop could put the start at the bottom.
func (m *mermaid) writeMachines(machines []*Machine, start, end string, writeStart func()) {
	if !slices.ContainsFunc(machines, (*Machine).hasInnerMachines) {
		writeStart()
		for _, machine := range machines {
			m.writeMachine(machine, start, end)
		}
		return
	}
	for _, machine := range machines {
		m.writeMachine(machine, "begin_"+start, end)
	}
	m.writeLine(`subgraph begin_%s[" "]`, start)
	m.depth++
	writeStart()
	m.depth--
	m.writeLine("end")
	m.writeLine("style begin_%s fill:none,stroke:none", start)
}

// hasInnerMachines reports whether a state of the state machine has inner state machines.
func (m *Machine) hasInnerMachines() bool {
	return slices.ContainsFunc(m.States, func(s *State) bool { return len(s.Inner) > 0 })
}

// writeMachine writes a state machine. A state with inner state machines is a subgraph. The
// subgraph also contains the state's box and a point where the inner state machines end.
// Transitions connect the subgraph, not the box: otherwise, Mermaid would draw labels on the
// subgraph's border.
func (m *mermaid) writeMachine(machine *Machine, start, end string) {
	for _, s := range machine.States {
		id := m.ids[s]
		if len(s.Inner) == 0 {
			m.writeState(s)
			continue
		}
		m.writeLine(`subgraph cluster%s[" "]`, id)
		m.depth++
		m.writeLine("direction TB")
		m.writeMachines(s.Inner, "s"+id, "done"+id, func() { m.writeState(s) })
		m.writeLine(`done%s((" "))`, id)
		m.depth--
		m.writeLine("end")
	}
	for _, t := range machine.Transitions {
		from, to := start, end
		if t.From != nil {
			from = m.nodeID(t.From)
		}
		if t.To != nil {
			to = m.nodeID(t.To)
		}
		m.writeEdge(t, from, to)
	}
}

// nodeID returns the node ID of a state, or the ID of its subgraph.
func (m *mermaid) nodeID(s *State) string {
	if len(s.Inner) > 0 {
		return "cluster" + m.ids[s]
	}
	return "s" + m.ids[s]
}

func (m *mermaid) writeState(s *State) {
	class := ""
	if status := m.trace.Tally(s).Outcome(); status != "" {
		class = ":::" + look.OfStep(status).ID
	}
	m.writeLine("s%s(%s)%s", m.ids[s], quoteMermaid(m.boxLines(s)), class)
}

// boxLines returns the lines in the box of a state.
func (m *mermaid) boxLines(s *State) []string {
	lines := slices.Concat([]string{s.Label()}, s.Facts(), s.Retry)
	for _, note := range m.trace.Tally(s).Notes() {
		lines = append(lines, note.String())
	}
	return lines
}

func (m *mermaid) writeEdge(t *Transition, from, to string) {
	arrow, label := "-->", m.trace.LabelLines(t)
	switch caught := t.Kind == Catch; {
	case m.trace.Count(t) > 0:
		arrow = "==>"
		if caught { // a thick arrow cannot be dashed
			label = append([]string{"caught"}, label...)
		}
	case caught:
		arrow = "-.->"
	}
	if len(label) > 0 {
		arrow += "|" + quoteMermaid(label) + "|"
	}
	m.writeLine("%s %s %s", from, arrow, to)
}

// listMark matches the beginning of a Markdown list, which Mermaid rejects in a label.
var listMark = regexp.MustCompile(`^ *[0-9]*[-+*.)]`)

// quoteMermaid joins lines into a quoted string. It escapes every character that Mermaid or HTML
// may interpret. Mermaid's only escape is a character's number, such as #35;.
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
