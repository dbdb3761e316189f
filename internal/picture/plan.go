package picture

import (
	"slices"

	"retrycatch/internal/graph"
	outcomes "retrycatch/internal/look"
)

// Sizes, in points.
const (
	padding    = 12.0
	circleSize = 46.0 // of the start and the end
	pointSize  = 10.0 // of those inside a frame
)

// plan is a graph with the texts of each part, measured.
type plan struct {
	trace   *graph.Trace
	machine *machine // the definition's own
	nodes   []*node  // of all state machines; a frame comes before its nodes
	edges   []*edge  // of all state machines
}

type (
	// machine is a state machine. It is laid out by itself: no transition crosses its border.
	machine struct {
		nodes  []*node // the start first
		edges  []*edge
		layout *layout // nil until it is laid out
	}

	// node is a state, a start or an end. A state with inner state machines is a frame around them.
	node struct {
		shape  shape
		state  *graph.State // nil for a start and an end
		lines  []line
		head   float64 // height of a state's box, which a frame has at its top
		size   size    // with all inner state machines
		inner  []*machine
		origin []point // of each inner state machine, from the frame's corner
		middle point   // in the picture
	}

	edge struct {
		transition *graph.Transition
		from, to   int // nodes of its state machine
		lines      []line
		size       size // of the lines
		path       path // in the picture
	}

	size struct{ width, height float64 }
)

// shape is the shape of a node.
type shape int

const (
	box shape = iota
	startCircle
	endCircle
	startPoint // inside a frame
	endPoint
)

func newPlan(t *graph.Trace) *plan {
	p := &plan{trace: t}
	p.machine = p.measure(&t.Machine, startCircle, endCircle)
	return p
}

// measure plans a state machine and its inner ones. It adds an end only if a transition leads there.
func (p *plan) measure(m *graph.Machine, first, last shape) *machine {
	planned := &machine{}
	index := map[*graph.State]int{}
	add := func(n *node) {
		planned.nodes = append(planned.nodes, n)
		p.nodes = append(p.nodes, n)
	}
	add(terminalNode(first))
	for _, s := range m.States {
		index[s] = len(planned.nodes)
		n := p.stateNode(s)
		add(n)
		for _, inner := range s.Inner {
			n.inner = append(n.inner, p.measure(inner, startPoint, endPoint))
		}
	}
	if slices.ContainsFunc(m.Transitions, func(t *graph.Transition) bool { return t.To == nil }) {
		index[nil] = len(planned.nodes)
		add(terminalNode(last))
	}
	for _, t := range m.Transitions {
		e := p.edge(t)
		if t.From != nil {
			e.from = index[t.From]
		}
		e.to = index[t.To]
		planned.edges = append(planned.edges, e)
	}
	p.edges = append(p.edges, planned.edges...)
	return planned
}

func terminalNode(s shape) *node {
	diameter := circleSize
	if s == startPoint || s == endPoint {
		diameter = pointSize
	}
	return &node{shape: s, size: size{diameter, diameter}}
}

func (p *plan) stateNode(s *graph.State) *node {
	tally := p.trace.Tally(s)
	name, detail := "ink", "muted"
	if p.trace.Executed() && tally.Outcome() == "" {
		name = "muted"
	}
	lines := []line{
		{text: s.Label(), size: nameSize, bold: true, look: name},
		{text: s.Kind(), size: detailSize, look: detail},
	}
	for _, retry := range s.Retry {
		lines = append(lines, line{text: retry, size: detailSize, look: detail})
	}
	for _, note := range tally.Notes() {
		lines = append(lines, line{text: note.Text, icon: note.Icon, size: noteSize, bold: true,
			look: "text-" + outcomes.Of(tally.Outcome()).ID})
	}
	n := &node{state: s}
	for _, l := range lines {
		n.lines = append(n.lines, l.broken(3)...)
	}
	width, height := extent(n.lines)
	n.head = height + 2*padding*0.7
	n.size = size{max(width+2*padding, 110), n.head}
	return n
}

func (p *plan) edge(t *graph.Transition) *edge {
	e := &edge{transition: t}
	look := "label"
	if p.trace.Count(t) > 0 {
		look = "label-taken"
	}
	for _, text := range p.trace.Text(t) {
		e.lines = append(e.lines, line{text: text, size: labelSize, look: look}.broken(2)...)
	}
	e.size.width, e.size.height = extent(e.lines)
	return e
}
