package picture

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"retrycatch/internal/graph"
)

// stubList holds the stubs at the right of a node.
type stubList struct {
	edges  []*edge // shown
	hidden []*edge // the others
	more   line    // the number of those; empty for none
	size   size
	place  rect // in the picture
}

// Sizes of stubs, in points.
const (
	stubGap     = 7.0 // between two stubs
	wordsGap    = 1.0 // between a pill and the words below it
	pillPadding = 7.0 // left and right of the name in a pill
	pillRadius  = 9.0
)

// shown limits the stubs of a node, unless an execution took more.
const shown = 5

// list measures the stubs of a node and chooses those to show. If there are too many, the stubs
// that the execution took come first.
func (p *plan) list(all []*edge) stubList {
	if len(all) > shown {
		slices.SortStableFunc(all, func(a, b *edge) int {
			return cmp.Compare(min(1, p.trace.Count(b.transition)), min(1, p.trace.Count(a.transition)))
		})
	}
	var l stubList
	for i, e := range all {
		if i >= shown && p.trace.Count(e.transition) == 0 {
			l.more = line{text: fmt.Sprintf("%d more", len(all)-i), size: labelSize, look: "muted"}
			l.hidden = all[i:]
			break
		}
		p.measureEdge(e)
		l.edges = append(l.edges, e)
	}
	for i, e := range l.edges {
		if i > 0 {
			l.size.height += stubGap
		}
		l.size.width = max(l.size.width, e.pill().width, e.size.width)
		l.size.height += e.pill().height + wordsGap + e.size.height
	}
	if l.more.text != "" {
		l.size.width = max(l.size.width, l.more.width())
		l.size.height += stubGap + l.more.size*lineHeight
	}
	return l
}

// pill returns the size of the pill with the name of the state that a stub leads to.
func (e *edge) pill() size {
	width, height := extent(e.target)
	return size{width + 2*pillPadding, height + 4}
}

// placeStubs sets the positions of a node's stubs: short arrows from its right side to the pills,
// which form a column, each above the words of its stub.
func (n *node) placeStubs(middle point) {
	l := &n.stubs
	l.place = rect{middle.x - l.size.width/2, middle.y - l.size.height/2, l.size.width, l.size.height}
	side := n.whole()
	y := l.place.y
	for _, e := range l.edges {
		pill := e.pill()
		e.place = rect{l.place.x, y, pill.width, pill.height}
		tip := point{l.place.x, y + pill.height/2}
		from := point{side.x + side.width, min(max(tip.y, side.y+cornerRadius), side.y+side.height-cornerRadius)}
		e.path = straight(from, tip)
		y += pill.height + wordsGap
		e.path.label = point{l.place.x + e.size.width/2, y + e.size.height/2}
		y += e.size.height + stubGap
	}
}

// straight returns the path of a straight arrow.
func straight(from, tip point) path {
	const arrow = 10 // the length of the arrowhead, as Graphviz draws it
	length := distance(from, tip)
	at := func(share float64) point { return point{from.x + (tip.x-from.x)*share, from.y + (tip.y-from.y)*share} }
	end := 1 - arrow/length
	return path{points: []point{from, at(end / 3), at(end * 2 / 3), at(end)}, tip: tip}
}

// sources returns the states that lead to each state, or to the end, that a stub leads to.
func sources(m *graph.Machine, links []link) map[*graph.State][]*graph.State {
	all := map[*graph.State][]*graph.State{}
	for i, t := range m.Transitions {
		if links[i].stub {
			all[t.To] = nil
		}
	}
	for _, t := range m.Transitions {
		known, some := all[t.To]
		if some && t.From != nil && (len(known) == 0 || known[len(known)-1] != t.From) {
			all[t.To] = append(known, t.From) // a state's transitions are together
		}
	}
	return all
}

// sourcesTitle names the first states that lead to a node, and counts the others.
func sourcesTitle(sources []*graph.State) string {
	var names []string
	for _, s := range sources {
		names = append(names, s.Label())
	}
	return leadHere(len(sources)) + ": " + first(names, ", ")
}

// first joins the first few texts, and counts the others.
func first(texts []string, separator string) string {
	const most = 20
	joined := strings.Join(texts[:min(most, len(texts))], separator)
	if more := len(texts) - most; more > 0 {
		joined += fmt.Sprintf(" and %d more", more)
	}
	return joined
}

// hiddenTitle lists the stubs of a node that are not shown, one a line.
func hiddenTitle(t *graph.Trace, hidden []*edge) string {
	var titles []string
	for _, e := range hidden {
		titles = append(titles, edgeTitle(t, e.transition))
	}
	return first(titles, "\n")
}

func leadHere(states int) string {
	if states == 1 {
		return "1 state leads here"
	}
	return fmt.Sprintf("%d states lead here", states)
}
