package picture

import (
	"fmt"
	"strings"

	"retrycatch/internal/graph"
	outcomes "retrycatch/internal/look"
	"retrycatch/internal/safetext"
)

// Sizes, in points.
const (
	nameSize   = 14.0
	detailSize = 11.0
	noteSize   = 12.0
	labelSize  = 11.0
	lineHeight = 1.4 // of the text's size
	padding    = 12.0
	widest     = 275.0 // of a line of text; longer ones are broken
	terminal   = 46.0  // diameter of the start's and the end's circle
	donePoint  = 8.0
)

// plan is a graph with what each part of it shows, measured. Graphviz is to place it; it learns the sizes, and nothing of the
// contents.
type plan struct {
	trace     *graph.Trace
	boxes     []box
	terminals []circle
	groups    []group
	edges     []edge
	points    []string // where the state machines of a group are done
	dotText   strings.Builder
}

type (
	box struct {
		id            string
		state         *graph.State
		lines         []line
		width, height float64
	}
	circle struct{ id, label string }
	group  struct {
		id    string
		state *graph.State
	}
	edge struct {
		transition    *graph.Transition
		lines         []line
		width, height float64
	}
)

// line is one line of text.
type line struct {
	text string
	icon string // before the text; may be empty
	size float64
	bold bool
	look string
}

func (l line) width() float64 {
	width := measure(l.text, l.size, l.bold)
	if l.icon != "" {
		width += l.size * 1.3
	}
	return width
}

func newPlan(t *graph.Trace) *plan {
	p := &plan{trace: t}
	p.dotText.WriteString("digraph { rankdir=TB nodesep=0.45 ranksep=0.4 node [shape=box fixedsize=true label=\"\"]\n")
	t.Walk(p)
	p.dotText.WriteString("}\n")
	return p
}

func (p *plan) dot() string { return p.dotText.String() }

// node writes a node for Graphviz, which measures those in inches.
func (p *plan) node(id string, width, height float64, attributes string) {
	fmt.Fprintf(&p.dotText, "%s [width=%.4f height=%.4f%s]\n", id, width/72, height/72, attributes)
}

// Terminal is part of graph.Sink, as are the others below.
func (p *plan) Terminal(id, label string) {
	p.terminals = append(p.terminals, circle{id, label})
	p.node(id, terminal, terminal, " shape=circle")
}

func (p *plan) Open(id string, s *graph.State) {
	p.groups = append(p.groups, group{id: id, state: s})
	fmt.Fprintf(&p.dotText, "subgraph %s { margin=14\n", id)
}

func (p *plan) Close(done string) {
	p.node(done, donePoint, donePoint, " shape=circle")
	p.dotText.WriteString("}\n")
	p.points = append(p.points, done)
}

func (p *plan) State(id string, s *graph.State) {
	tally := p.trace.Tally(s)
	b := box{id: id, state: s}
	add := func(text string, l line) {
		for i, part := range wrap(text, l.size, l.bold, 3) {
			l.text = part
			if i > 0 {
				l.icon = ""
			}
			b.lines = append(b.lines, l)
		}
	}
	name, detail := "ink", "muted"
	if p.trace.Executed() && tally.Outcome() == "" {
		name = "muted"
	}
	add(s.Label(), line{size: nameSize, bold: true, look: name})
	add(s.Kind(), line{size: detailSize, look: detail})
	for _, retry := range s.Retry {
		add(retry, line{size: detailSize, look: detail})
	}
	for _, note := range tally.Notes() {
		add(note.Text, line{icon: note.Icon, size: noteSize, bold: true, look: "text-" + outcomes.Of(tally.Outcome()).ID})
	}
	b.width, b.height = extent(b.lines)
	b.width, b.height = max(b.width+2*padding, 110), b.height+2*padding*0.7
	p.boxes = append(p.boxes, b)
	p.node(id, b.width, b.height, "")
}

func (p *plan) Edge(t *graph.Transition, from, to string) {
	e := edge{transition: t}
	look := "label"
	if p.trace.Count(t) > 0 {
		look = "label-taken"
	}
	for _, text := range p.trace.Text(t) {
		for _, part := range wrap(text, labelSize, false, 2) {
			e.lines = append(e.lines, line{text: part, size: labelSize, look: look})
		}
	}
	attributes := ""
	if len(e.lines) > 0 {
		e.width, e.height = extent(e.lines)
		attributes = fmt.Sprintf(` label=<<TABLE BORDER="0" FIXEDSIZE="TRUE" WIDTH="%.0f" HEIGHT="%.0f"><TR><TD></TD></TR></TABLE>>`, e.width+10, e.height+4)
	}
	fmt.Fprintf(&p.dotText, "%s -> %s [comment=%d%s]\n", from, to, len(p.edges), attributes)
	p.edges = append(p.edges, e)
}

// extent is the size of lines below each other.
func extent(lines []line) (width, height float64) {
	for _, l := range lines {
		width = max(width, l.width())
		height += l.size * lineHeight
	}
	return width, height
}

// wrap breaks a text into lines that are not too wide: at spaces, or in words that are too long for a line of their own.
// What is more than so many lines is left out.
func wrap(text string, size float64, bold bool, most int) []string {
	var lines []string
	current := ""
	for _, word := range strings.Fields(safetext.Line(text)) {
		for rest := []rune(word); len(rest) > 0; {
			separator := " "
			if current == "" {
				separator = ""
			}
			if measure(current+separator+string(rest), size, bold) <= widest {
				current += separator + string(rest)
				break
			}
			if current != "" {
				lines, current = append(lines, current), ""
				continue
			}
			fits := len(rest) - 1
			for fits > 1 && measure(string(rest[:fits]), size, bold) > widest {
				fits--
			}
			lines, rest = append(lines, string(rest[:max(fits, 1)])), rest[max(fits, 1):]
		}
	}
	if current != "" {
		lines = append(lines, current)
	}
	if len(lines) > most {
		lines = append(lines[:most-1], lines[most-1]+"…")
	}
	return lines
}
