package picture

import "math"

// Positions, in points from the upper left corner.
type (
	point struct{ x, y float64 }
	rect  struct{ x, y, width, height float64 }
	path  struct {
		points []point // of Bézier curves: the start, and then three for each
		tip    point   // of the arrow, which begins at the last point
		label  point   // the middle of the label, if there is one
	}
)

// Space in a frame, in points.
const (
	framePadding = 14.0
	machineGap   = 22.0
	narrow       = 1000.0 // the minimum limit of a row's width
)

// frame arranges the inner state machines side by side below the head, and sets the size of the
// frame. Many of them form several rows, which together are a little wider than high.
func (n *node) frame() {
	area := 0.0
	for _, m := range n.inner {
		area += (m.layout.width + machineGap) * (m.layout.height + machineGap)
	}
	most := max(narrow, math.Sqrt(area*1.6))
	n.origin = n.origin[:0]
	at := point{framePadding, n.head + framePadding}
	bottom := at.y
	for _, m := range n.inner {
		if at.x > framePadding && at.x+m.layout.width > most {
			at = point{framePadding, bottom + machineGap}
		}
		n.origin = append(n.origin, at)
		at.x += m.layout.width
		n.size.width = max(n.size.width, at.x+framePadding)
		bottom = max(bottom, at.y+m.layout.height)
		at.x += machineGap
	}
	n.size.height = bottom + framePadding
	n.center()
}

// center moves each row to the middle of the frame.
func (n *node) center() {
	for from := 0; from < len(n.inner); {
		to := from
		for to < len(n.inner) && n.origin[to].y == n.origin[from].y {
			to++
		}
		right := n.origin[to-1].x + n.inner[to-1].layout.width
		free := n.size.width - framePadding - right
		for i := from; i < to; i++ {
			n.origin[i].x += free / 2
		}
		from = to
	}
}

// place sets the position of each part in the picture. corner is the upper left corner of the state
// machine.
func (m *machine) place(corner point) {
	for i, n := range m.nodes {
		n.middle = corner.plus(m.layout.nodes[i])
		for k, inner := range n.inner {
			inner.place(point{n.whole().x, n.whole().y}.plus(n.origin[k]))
		}
		n.placeStubs(corner.plus(m.layout.stubs[i]))
	}
	for i, e := range m.edges {
		laid := m.layout.paths[i]
		e.path = path{tip: corner.plus(laid.tip), label: corner.plus(laid.label)}
		for _, p := range laid.points {
			e.path.points = append(e.path.points, corner.plus(p))
		}
	}
}

// size returns the size of the whole picture.
func (p *plan) size() size {
	return size{p.machine.layout.width + 2*margin, p.machine.layout.height + 2*margin}
}

func (p point) plus(q point) point { return point{p.x + q.x, p.y + q.y} }

func distance(p, q point) float64 { return math.Hypot(q.x-p.x, q.y-p.y) }

// whole returns the rectangle of the node, with everything in it.
func (n *node) whole() rect {
	return rect{n.middle.x - n.size.width/2, n.middle.y - n.size.height/2, n.size.width, n.size.height}
}

// top returns the box of a state, which is the head of a frame.
func (n *node) top() rect {
	r := n.whole()
	r.height = n.head
	return r
}

// body returns the part of a frame below its head. It extends a little under the head, which has
// round corners.
func (n *node) body() rect {
	r := n.whole()
	above := n.head - 2*cornerRadius
	return rect{r.x, r.y + above, r.width, r.height - above}
}

func (r rect) middle() point { return point{r.x + r.width/2, r.y + r.height/2} }
