package picture

import (
	"slices"

	"retrycatch/internal/graph"
	outcomes "retrycatch/internal/look"
)

// Sizes, in points.
const (
	padding    = 12.0
	circleSize = 46.0 // diameter of the start and the end
	pointSize  = 10.0 // diameter of a start or an end inside a frame
)

// plan holds a graph with the sizes, and later the positions, of its parts.
type plan struct {
	trace      *graph.Trace
	machine    *machine // the top-level state machine
	nodes      []*node  // the nodes of all state machines; a frame precedes the nodes inside it
	edges      []*edge  // the edges of all state machines, except stubs
	totalNodes int      // number of nodes in all state machines
}

type (
	// machine is a state machine. Each is laid out separately, because no transition crosses its
	// border.
	machine struct {
		nodes  []*node // the start node first
		edges  []*edge // except stubs
		layout *layout // nil before layOut
	}

	// node is a state, a start or an end. A state with inner state machines is a frame around them.
	node struct {
		shape      shape
		state      *graph.State // nil for a start and an end
		lines      []line
		headHeight float64 // height of a state's box; a frame has this box at its top
		size       size    // including the inner state machines
		inner      []*machine
		corners    []point // top left corners of the inner state machines, relative to the frame's
		middle     point   // position in the picture

		stubs   stubList
		sources []*graph.State // the states that lead to the node; empty unless a stub leads to it
	}

	// edge is a transition. It is drawn as an arrow to its target, or as a stub: a short arrow to a
	// pill with the name of its target.
	edge struct {
		transition *graph.Transition
		link
		inner bool   // the edge is inside a frame
		lines []line // the label
		size  size   // size of the label
		path  path   // position in the picture

		target   []line // the name in the pill of a stub
		pillRect rect   // position of the pill in the picture
	}

	size struct{ width, height float64 }
)

type shape int

const (
	box shape = iota
	startCircle
	endCircle
	startPoint // the start inside a frame
	endPoint
)

func newPlan(t *graph.Trace) *plan {
	p := &plan{trace: t, totalNodes: countNodes(&t.Machine)}
	p.machine = p.planMachine(&t.Machine, startCircle, endCircle)
	return p
}

// planMachine plans a state machine and its inner state machines. The plan has an end node only if
// a transition leads to the end.
func (p *plan) planMachine(m *graph.Machine, first, last shape) *machine {
	nodeCount, links := linkNodes(m)
	chooseStubs(nodeCount, links, rowLimit(nodeCount, p.totalNodes))
	sources := stubSources(m, links)
	planned := &machine{}
	add := func(n *node) {
		planned.nodes = append(planned.nodes, n)
		p.nodes = append(p.nodes, n)
	}
	add(newTerminalNode(first))
	for _, s := range m.States {
		n := p.newStateNode(s, sources[s])
		add(n)
		for _, inner := range s.Inner {
			n.inner = append(n.inner, p.planMachine(inner, startPoint, endPoint))
		}
	}
	if nodeCount > len(planned.nodes) {
		end := newTerminalNode(last)
		end.sources = sources[nil]
		add(end)
	}
	stubs := make([][]*edge, nodeCount)
	for i, t := range m.Transitions {
		e := &edge{transition: t, link: links[i], inner: first == startPoint}
		if e.stub {
			stubs[e.from] = append(stubs[e.from], e)
		} else {
			p.measureEdge(e)
			planned.edges = append(planned.edges, e)
		}
	}
	for i, n := range planned.nodes {
		n.stubs = p.newStubList(stubs[i])
	}
	p.edges = append(p.edges, planned.edges...)
	return planned
}

// linkNodes assigns an index to each node of a state machine: the start, the states, and the end if
// a transition leads to it. It returns the number of nodes, and the transitions as links between
// these indexes.
func linkNodes(m *graph.Machine) (nodeCount int, links []link) {
	index := map[*graph.State]int{}
	for i, s := range m.States {
		index[s] = i + 1
	}
	nodeCount = len(m.States) + 1
	for _, t := range m.Transitions {
		l := link{to: index[t.To]}
		if t.From != nil {
			l.from = index[t.From]
		}
		if t.To == nil {
			l.to = len(m.States) + 1
			nodeCount = l.to + 1
		}
		links = append(links, l)
	}
	return nodeCount, links
}

// countNodes counts the nodes of a state machine and its inner state machines.
func countNodes(m *graph.Machine) int {
	count, _ := linkNodes(m)
	for _, s := range m.States {
		for _, inner := range s.Inner {
			count += countNodes(inner)
		}
	}
	return count
}

func newTerminalNode(s shape) *node {
	diameter := circleSize
	if s == startPoint || s == endPoint {
		diameter = pointSize
	}
	return &node{shape: s, size: size{diameter, diameter}}
}

// newStateNode plans a state. If there are sources, the box shows their number.
func (p *plan) newStateNode(s *graph.State, sources []*graph.State) *node {
	tally := p.trace.Tally(s)
	nameStyle, detailStyle := "ink", "muted"
	if p.trace.Executed() && tally.Outcome() == "" {
		nameStyle = "muted"
	}
	var lines []line
	for _, fact := range slices.Concat(s.Facts(), s.Retry) {
		lines = append(lines, line{text: fact, size: detailSize, style: detailStyle})
	}
	if len(sources) > 0 {
		lines = append(lines, line{text: sourcesSummary(len(sources)), size: detailSize, style: detailStyle})
	}
	for _, note := range tally.Notes() {
		lines = append(lines, line{text: note.Text, icon: note.Icon, size: noteSize, bold: true,
			style: "text-" + outcomes.OfStep(tally.Outcome()).ID})
	}
	n := &node{state: s, sources: sources}
	for _, l := range lines {
		n.lines = append(n.lines, l.wrap(3, maxLineWidth)...)
	}
	width, _ := blockSize(n.lines)
	title := line{text: s.Label(), size: nameSize, bold: true, style: nameStyle}
	n.lines = append(title.wrap(3, max(width, maxNameWidth)), n.lines...)
	width, height := blockSize(n.lines)
	n.headHeight = height + 2*padding*0.7
	n.size = size{max(width+2*padding, 110), n.headHeight}
	return n
}

func (p *plan) measureEdge(e *edge) {
	style, target := "label", "muted"
	if e.inner {
		style = "label-inner"
	}
	if p.trace.Count(e.transition) > 0 {
		style, target = style+"-taken", "ink"
	}
	for _, text := range p.trace.LabelLines(e.transition) {
		e.lines = append(e.lines, line{text: text, size: labelSize, style: style}.wrap(2, maxLineWidth)...)
	}
	e.size.width, e.size.height = blockSize(e.lines)
	if e.stub {
		name := "End"
		if to := e.transition.To; to != nil {
			name = to.Label()
		}
		e.target = line{text: name, size: labelSize, bold: true, style: target}.wrap(2, maxNameWidth)
	}
}
