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

// plan holds a graph with the measured texts of each part.
type plan struct {
	trace   *graph.Trace
	machine *machine // the definition's own
	nodes   []*node  // of all state machines; a frame comes before its nodes
	edges   []*edge  // of all state machines, apart from stubs
	all     int      // nodes of all state machines
}

type (
	// machine plans a state machine. It is laid out separately: no transition crosses its border.
	machine struct {
		nodes  []*node // the start first
		edges  []*edge // apart from stubs
		layout *layout // nil until it is laid out
	}

	// node plans a state, a start or an end. A state with inner state machines is a frame around
	// them.
	node struct {
		shape  shape
		state  *graph.State // nil for a start and an end
		lines  []line
		head   float64 // height of a state's box, which a frame has at its top
		size   size    // with all inner state machines
		inner  []*machine
		origin []point // of each inner state machine, from the frame's corner
		middle point   // in the picture

		stubs   stubList
		sources []*graph.State // the states that lead here; only if a stub leads here
	}

	edge struct {
		transition *graph.Transition
		link
		inner bool   // in a frame
		lines []line // the label
		size  size   // of the lines
		path  path   // in the picture

		target []line // the name of the state that a stub leads to
		place  rect   // of the pill with that name, in the picture
	}

	size struct{ width, height float64 }
)

// shape names the shape of a node.
type shape int

const (
	box shape = iota
	startCircle
	endCircle
	startPoint // inside a frame
	endPoint
)

func newPlan(t *graph.Trace) *plan {
	p := &plan{trace: t, all: nodesIn(&t.Machine)}
	p.machine = p.measure(&t.Machine, startCircle, endCircle)
	return p
}

// measure plans a state machine and its inner ones. It adds an end only if a transition leads
// there.
func (p *plan) measure(m *graph.Machine, first, last shape) *machine {
	nodes, links := linked(m)
	choose(nodes, links, rowsFor(nodes, p.all))
	sources := sources(m, links)
	planned := &machine{}
	add := func(n *node) {
		planned.nodes = append(planned.nodes, n)
		p.nodes = append(p.nodes, n)
	}
	add(terminalNode(first))
	for _, s := range m.States {
		n := p.stateNode(s, sources[s])
		add(n)
		for _, inner := range s.Inner {
			n.inner = append(n.inner, p.measure(inner, startPoint, endPoint))
		}
	}
	if nodes > len(planned.nodes) {
		end := terminalNode(last)
		end.sources = sources[nil]
		add(end)
	}
	stubs := make([][]*edge, nodes)
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
		n.stubs = p.list(stubs[i])
	}
	p.edges = append(p.edges, planned.edges...)
	return planned
}

// linked returns the number of a state machine's nodes, and its transitions as links between them:
// the start, the states, and the end if a transition leads there.
func linked(m *graph.Machine) (nodes int, links []link) {
	index := map[*graph.State]int{}
	for i, s := range m.States {
		index[s] = i + 1
	}
	nodes = len(m.States) + 1
	for _, t := range m.Transitions {
		l := link{to: index[t.To]}
		if t.From != nil {
			l.from = index[t.From]
		}
		if t.To == nil {
			l.to = len(m.States) + 1
			nodes = l.to + 1
		}
		links = append(links, l)
	}
	return nodes, links
}

// nodesIn counts the nodes of a state machine and its inner ones.
func nodesIn(m *graph.Machine) int {
	all, _ := linked(m)
	for _, s := range m.States {
		for _, inner := range s.Inner {
			all += nodesIn(inner)
		}
	}
	return all
}

func terminalNode(s shape) *node {
	diameter := circleSize
	if s == startPoint || s == endPoint {
		diameter = pointSize
	}
	return &node{shape: s, size: size{diameter, diameter}}
}

// stateNode plans a state. Its box shows the number of its sources.
func (p *plan) stateNode(s *graph.State, sources []*graph.State) *node {
	tally := p.trace.Tally(s)
	name, detail := "ink", "muted"
	if p.trace.Executed() && tally.Outcome() == "" {
		name = "muted"
	}
	var lines []line
	for _, fact := range slices.Concat(s.Facts(), s.Retry) {
		lines = append(lines, line{text: fact, size: detailSize, look: detail})
	}
	if len(sources) > 0 {
		lines = append(lines, line{text: leadHere(len(sources)), size: detailSize, look: detail})
	}
	for _, note := range tally.Notes() {
		lines = append(lines, line{text: note.Text, icon: note.Icon, size: noteSize, bold: true,
			look: "text-" + outcomes.OfStep(tally.Outcome()).ID})
	}
	n := &node{state: s, sources: sources}
	for _, l := range lines {
		n.lines = append(n.lines, l.broken(3, widest)...)
	}
	width, _ := extent(n.lines)
	title := line{text: s.Label(), size: nameSize, bold: true, look: name}
	n.lines = append(title.broken(3, max(width, widestName)), n.lines...)
	width, height := extent(n.lines)
	n.head = height + 2*padding*0.7
	n.size = size{max(width+2*padding, 110), n.head}
	return n
}

func (p *plan) measureEdge(e *edge) {
	look, target := "label", "muted"
	if e.inner {
		look = "label-inner"
	}
	if p.trace.Count(e.transition) > 0 {
		look, target = look+"-taken", "ink"
	}
	for _, text := range p.trace.LabelLines(e.transition) {
		e.lines = append(e.lines, line{text: text, size: labelSize, look: look}.broken(2, widest)...)
	}
	e.size.width, e.size.height = extent(e.lines)
	if e.stub {
		name := "End"
		if to := e.transition.To; to != nil {
			name = to.Label()
		}
		e.target = line{text: name, size: labelSize, bold: true, look: target}.broken(2, widestName)
	}
}
