package picture

import "math"

// Positions, in points from the top left corner.
type (
	point struct{ x, y float64 }
	rect  struct{ x, y, width, height float64 }
	path  struct {
		points []point // points of Bézier curves: the start, and then three points per curve
		tip    point   // tip of the arrowhead, which begins at the last point
		label  point   // the middle of the label, if any
	}
)

// Sizes in a frame, in points.
const (
	framePadding    = 14.0
	machineGap      = 22.0
	allowedRowWidth = 1000.0 // a row may always be this wide, even in a small frame
)

// layOutFrame puts the inner state machines into rows below the head, and sets the size of the
// frame. With many state machines, the frame is wider than it is tall.
func (n *node) layOutFrame() {
	area := 0.0
	for _, m := range n.inner {
		area += (m.layout.width + machineGap) * (m.layout.height + machineGap)
	}
	maxWidth := max(allowedRowWidth, math.Sqrt(area*1.6))
	n.corners = n.corners[:0]
	at := point{framePadding, n.headHeight + framePadding}
	bottom := at.y
	for _, m := range n.inner {
		if at.x > framePadding && at.x+m.layout.width > maxWidth {
			at = point{framePadding, bottom + machineGap}
		}
		n.corners = append(n.corners, at)
		at.x += m.layout.width
		n.size.width = max(n.size.width, at.x+framePadding)
		bottom = max(bottom, at.y+m.layout.height)
		at.x += machineGap
	}
	n.size.height = bottom + framePadding
	n.centerRows()
}

// centerRows centers each row in the frame.
func (n *node) centerRows() {
	for from := 0; from < len(n.inner); {
		to := from
		for to < len(n.inner) && n.corners[to].y == n.corners[from].y {
			to++
		}
		right := n.corners[to-1].x + n.inner[to-1].layout.width
		free := n.size.width - framePadding - right
		for i := from; i < to; i++ {
			n.corners[i].x += free / 2
		}
		from = to
	}
}

// setPositions sets the position of each part in the picture. corner is the top left corner of the
// state machine.
func (m *machine) setPositions(corner point) {
	for i, n := range m.nodes {
		n.middle = corner.add(m.layout.nodes[i])
		for k, inner := range n.inner {
			inner.setPositions(point{n.bounds().x, n.bounds().y}.add(n.corners[k]))
		}
		n.placeStubs(corner.add(m.layout.stubs[i]))
	}
	for i, e := range m.edges {
		relative := m.layout.paths[i]
		e.path = path{tip: corner.add(relative.tip), label: corner.add(relative.label)}
		for _, p := range relative.points {
			e.path.points = append(e.path.points, corner.add(p))
		}
	}
}

// size returns the size of the picture.
func (p *plan) size() size {
	return size{p.machine.layout.width + 2*margin, p.machine.layout.height + 2*margin}
}

func (p point) add(q point) point { return point{p.x + q.x, p.y + q.y} }

func distance(p, q point) float64 { return math.Hypot(q.x-p.x, q.y-p.y) }

// bounds returns the rectangle around the node.
func (n *node) bounds() rect {
	return rect{n.middle.x - n.size.width/2, n.middle.y - n.size.height/2, n.size.width, n.size.height}
}

// headRect returns the rectangle of a state's box. In a frame, this box is the head.
func (n *node) headRect() rect {
	r := n.bounds()
	r.height = n.headHeight
	return r
}

// bodyRect returns the part of a frame below its head. It overlaps the head, to fill the gaps at
// the head's round corners.
func (n *node) bodyRect() rect {
	r := n.bounds()
	above := n.headHeight - 2*cornerRadius
	return rect{r.x, r.y + above, r.width, r.height - above}
}

func (r rect) middle() point { return point{r.x + r.width/2, r.y + r.height/2} }
