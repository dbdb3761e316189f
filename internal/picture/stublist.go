package picture

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"retrycatch/internal/graph"
)

// stubList holds the stubs to the right of a node: short arrows to pills that name their targets.
type stubList struct {
	edges  []*edge // the visible stubs
	hidden []*edge
	more   line // the text "N more" for N hidden stubs; empty if none is hidden
	size   size
	bounds rect // position in the picture
}

// Sizes of stubs, in points.
const (
	stubGap     = 7.0 // between two stubs
	labelGap    = 1.0 // between a pill and the label below it
	pillPadding = 7.0 // to the left and right of the name in a pill
	pillRadius  = 9.0
)

// maxShown limits the visible stubs of a node. The stubs that an execution took are always visible.
const maxShown = 5

// newStubList measures the stubs of a node. If there are more than maxShown, it sorts the taken
// stubs before the others, and hides some of the others.
func (p *plan) newStubList(stubs []*edge) stubList {
	if len(stubs) > maxShown {
		slices.SortStableFunc(stubs, func(a, b *edge) int {
			return cmp.Compare(min(1, p.trace.Count(b.transition)), min(1, p.trace.Count(a.transition)))
		})
	}
	var l stubList
	for i, e := range stubs {
		if i >= maxShown && p.trace.Count(e.transition) == 0 {
			l.more = line{text: fmt.Sprintf("%d more", len(stubs)-i), size: labelSize, style: "muted"}
			l.hidden = stubs[i:]
			break
		}
		p.measureEdge(e)
		l.edges = append(l.edges, e)
	}
	for i, e := range l.edges {
		if i > 0 {
			l.size.height += stubGap
		}
		l.size.width = max(l.size.width, e.pillSize().width, e.size.width)
		l.size.height += e.pillSize().height + labelGap + e.size.height
	}
	if l.more.text != "" {
		l.size.width = max(l.size.width, l.more.width())
		l.size.height += stubGap + l.more.size*lineHeight
	}
	return l
}

// pillSize returns the size of the pill that shows the target of a stub.
func (e *edge) pillSize() size {
	width, height := blockSize(e.target)
	return size{width + 2*pillPadding, height + 4}
}

// placeStubs sets the positions of a node's stubs. middle is the center of the list. Short arrows
// lead from the right side of the node to a column of pills. The label of a stub is below its pill.
func (n *node) placeStubs(middle point) {
	l := &n.stubs
	l.bounds = rect{middle.x - l.size.width/2, middle.y - l.size.height/2, l.size.width, l.size.height}
	side := n.bounds()
	y := l.bounds.y
	for _, e := range l.edges {
		pill := e.pillSize()
		e.pillRect = rect{l.bounds.x, y, pill.width, pill.height}
		tip := point{l.bounds.x, y + pill.height/2}
		from := point{side.x + side.width, min(max(tip.y, side.y+cornerRadius), side.y+side.height-cornerRadius)}
		e.path = straightPath(from, tip)
		y += pill.height + labelGap
		e.path.label = point{l.bounds.x + e.size.width/2, y + e.size.height/2}
		y += e.size.height + stubGap
	}
}

// straightPath returns a straight arrow.
func straightPath(from, tip point) path {
	const arrow = 10 // length of the arrowhead, equal to Graphviz's
	length := distance(from, tip)
	at := func(share float64) point { return point{from.x + (tip.x-from.x)*share, from.y + (tip.y-from.y)*share} }
	end := 1 - arrow/length
	return path{points: []point{from, at(end / 3), at(end * 2 / 3), at(end)}, tip: tip}
}

// stubSources maps each target of a stub to all states that lead to it. The key for the end of the
// execution is nil.
func stubSources(m *graph.Machine, links []link) map[*graph.State][]*graph.State {
	sources := map[*graph.State][]*graph.State{}
	for i, t := range m.Transitions {
		if links[i].stub {
			sources[t.To] = nil
		}
	}
	for _, t := range m.Transitions {
		known, hasStub := sources[t.To]
		if hasStub && t.From != nil && (len(known) == 0 || known[len(known)-1] != t.From) {
			sources[t.To] = append(known, t.From) // the transitions of a state are adjacent
		}
	}
	return sources
}

// sourcesTitle names the first states that lead to a node, and counts the others.
func sourcesTitle(sources []*graph.State) string {
	var names []string
	for _, s := range sources {
		names = append(names, s.Label())
	}
	return sourcesSummary(len(sources)) + ": " + joinFirst(names, ", ")
}

// joinFirst joins the first texts, and counts the others.
func joinFirst(texts []string, separator string) string {
	const maxTexts = 20
	joined := strings.Join(texts[:min(maxTexts, len(texts))], separator)
	if more := len(texts) - maxTexts; more > 0 {
		joined += fmt.Sprintf(" and %d more", more)
	}
	return joined
}

// hiddenTitle lists hidden stubs, one per line.
func hiddenTitle(t *graph.Trace, hidden []*edge) string {
	var titles []string
	for _, e := range hidden {
		titles = append(titles, edgeTitle(t, e.transition))
	}
	return joinFirst(titles, "\n")
}

func sourcesSummary(states int) string {
	if states == 1 {
		return "1 state leads here"
	}
	return fmt.Sprintf("%d states lead here", states)
}
