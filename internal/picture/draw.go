package picture

import (
	"math"
	"strings"

	"retrycatch/internal/graph"
	"retrycatch/internal/history"
	outcomes "retrycatch/internal/look"
)

// Sizes, in points.
const (
	margin       = 14.0 // around the graph
	cornerRadius = 8.0  // of a box and a frame
)

// canvas draws shapes and texts in one format.
type canvas interface {
	begin(class, title string) // begins a group of shapes, which ends with end
	end()
	rect(r rect, radius float64, style string)
	circle(middle point, radius float64, style string)
	curve(points []point, style string)    // Bézier curves, as in path
	polygon(points []point, style string)  // filled
	strokes(lines [][]point, style string) // not filled
	text(middle point, text string, size float64, bold bool, style string)
}

// draw draws a plan whose parts have positions. It draws all labels after all edges, so that no
// edge runs through a label. It draws states last.
func draw(c canvas, p *plan) {
	for _, n := range p.nodes {
		if len(n.inner) > 0 {
			c.begin("group", n.state.Label())
			c.rect(n.bodyRect(), cornerRadius, "group")
			c.end()
		}
	}
	for _, e := range p.edges {
		drawEdge(c, p.trace, e)
	}
	for _, e := range p.edges {
		drawLabel(c, p.trace, e)
	}
	for _, n := range p.nodes {
		drawStubs(c, p.trace, n.stubs)
		drawNode(c, p.trace, n)
	}
}

func drawStubs(c canvas, t *graph.Trace, l stubList) {
	for _, e := range l.edges {
		drawEdge(c, t, e)
	}
	if l.more.text != "" {
		c.begin("transition", hiddenTitle(t, l.hidden))
		c.text(point{l.bounds.x + l.more.width()/2, l.bounds.y + l.bounds.height - l.more.size*lineHeight/2},
			l.more.text, l.more.size, l.more.bold, l.more.style)
		c.end()
	}
}

func drawNode(c canvas, t *graph.Trace, n *node) {
	switch n.shape {
	case box:
		drawBox(c, t, n)
	case startCircle:
		drawTerminal(c, n, "Start")
	case endCircle:
		drawTerminal(c, n, "End")
	case startPoint:
		c.circle(n.middle, pointSize/2, "point")
	case endPoint:
		c.circle(n.middle, pointSize/2, "ring")
		c.circle(n.middle, pointSize/4, "point")
	}
}

func drawTerminal(c canvas, n *node, label string) {
	title := label
	if len(n.sources) > 0 {
		title += "; " + sourcesTitle(n.sources)
	}
	c.begin("terminal", title)
	c.circle(n.middle, circleSize/2, "terminal")
	c.text(n.middle, label, detailSize, false, "ink")
	c.end()
}

func drawBox(c canvas, t *graph.Trace, n *node) {
	outcome := outcomes.OfStep(t.Tally(n.state).Outcome()).ID
	style := "box"
	if t.Executed() {
		style = "box-" + outcome
	}
	c.begin("state", boxTitle(t, n))
	c.rect(n.headRect(), cornerRadius, style)
	drawLines(c, n.lines, n.headRect().middle(), outcome)
	c.end()
}

// boxTitle returns the text of a state in one line, not truncated.
func boxTitle(t *graph.Trace, n *node) string {
	parts := append([]string{n.state.Label(), n.state.Summary()}, n.state.Retry...)
	if len(n.sources) > 0 {
		parts = append(parts, sourcesTitle(n.sources))
	}
	for _, note := range t.Tally(n.state).Notes() {
		parts = append(parts, note.Text)
	}
	return strings.Join(parts, "; ")
}

func drawLines(c canvas, lines []line, middle point, outcome string) {
	_, height := blockSize(lines)
	y := middle.y - height/2
	for _, l := range lines {
		y += l.size * lineHeight / 2
		at := point{middle.x, y}
		if l.icon != "" {
			side := l.size * 0.85
			left := middle.x - l.width()/2
			c.strokes(iconLines(l.icon, point{left, y - side/2}, side), "icon-"+outcome)
			at.x += l.size * 1.3 / 2
		}
		c.text(at, l.text, l.size, l.bold, l.style)
		y += l.size * lineHeight / 2
	}
}

func drawEdge(c canvas, t *graph.Trace, e *edge) {
	p := e.path
	line, arrow, pill := "edge", "arrow", "pill"
	if e.transition.Kind == graph.Catch {
		line = "edge-catch"
	}
	switch {
	case t.Count(e.transition) > 0:
		arrow = strings.Replace(line, "edge", "arrow", 1) + "-taken"
		pill = strings.Replace(line, "edge", "pill", 1) + "-taken"
		line += "-taken"
	case t.Executed():
		line, arrow, pill = line+"-not-taken", "arrow-not-taken", "pill-not-taken"
	}
	c.begin("transition", edgeTitle(t, e.transition))
	c.curve(p.points, line)
	c.polygon(arrowhead(p.points[len(p.points)-1], p.tip, styleOf(line).width), arrow)
	if e.stub {
		c.rect(e.pillRect, pillRadius, pill)
		drawLines(c, e.target, e.pillRect.middle(), "")
		drawLines(c, e.lines, p.label, "")
	}
	c.end()
}

// drawLabel draws the label of an edge. drawEdge draws the labels of stubs.
func drawLabel(c canvas, t *graph.Trace, e *edge) {
	if len(e.lines) == 0 {
		return
	}
	c.begin("transition", edgeTitle(t, e.transition))
	drawLines(c, e.lines, e.path.label, "")
	c.end()
}

// edgeTitle returns the text of a transition in one line, not truncated.
func edgeTitle(t *graph.Trace, transition *graph.Transition) string {
	from, to := "start", "end"
	if transition.From != nil {
		from = transition.From.Label()
	}
	if transition.To != nil {
		to = transition.To.Label()
	}
	parts := append([]string{from + " → " + to, string(transition.Kind)}, t.FullLabelLines(transition)...)
	if t.Count(transition) > 0 {
		parts = append(parts, "taken")
	}
	return strings.Join(parts, "; ")
}

// arrowhead returns a triangle from the end of a line to the tip of the arrow.
func arrowhead(from, tip point, lineWidth float64) []point {
	dx, dy := tip.x-from.x, tip.y-from.y
	length := distance(from, tip)
	if length == 0 {
		return []point{tip}
	}
	half := (3 + lineWidth) / length
	return []point{tip, {from.x - dy*half, from.y + dx*half}, {from.x + dy*half, from.y - dx*half}}
}

// iconLines returns lines that draw a sign in a square, because some fonts lack the character.
func iconLines(sign string, corner point, side float64) [][]point {
	var lines [][]point
	switch sign {
	case outcomes.OfStep(history.StepSucceeded).Sign:
		lines = [][]point{{{0.05, 0.55}, {0.4, 0.88}, {0.95, 0.15}}}
	case outcomes.OfStep(history.StepFailed).Sign:
		lines = [][]point{{{0.12, 0.12}, {0.88, 0.88}}, {{0.88, 0.12}, {0.12, 0.88}}}
	case outcomes.OfStep(history.StepCaught).Sign:
		lines = [][]point{arcPoints(0.47, 0.7, 0.4, 180, 360), {{0.67, 0.5}, {0.87, 0.72}, {1.05, 0.5}}}
	case outcomes.OfStep(history.StepAborted).Sign:
		lines = [][]point{{{0.2, 0.2}, {0.8, 0.2}, {0.8, 0.8}, {0.2, 0.8}, {0.2, 0.2}}}
	case outcomes.OfStep(history.StepRunning).Sign:
		lines = [][]point{{{0.1, 0.5}, {0.2, 0.5}}, {{0.45, 0.5}, {0.55, 0.5}}, {{0.8, 0.5}, {0.9, 0.5}}}
	case outcomes.RetrySign:
		lines = [][]point{arcPoints(0.5, 0.52, 0.42, -40, 260), {{0.58, 0.3}, {0.86, 0.24}, {0.9, -0.04}}}
	}
	for _, l := range lines {
		for i := range l {
			l[i] = point{corner.x + l[i].x*side, corner.y + l[i].y*side}
		}
	}
	return lines
}

// arcPoints returns points on a circle. Angles are in degrees, clockwise from the right.
func arcPoints(x, y, radius, from, to float64) []point {
	const steps = 16
	var points []point
	for i := range steps + 1 {
		angle := (from + (to-from)*float64(i)/steps) * math.Pi / 180
		points = append(points, point{x + radius*math.Cos(angle), y + radius*math.Sin(angle)})
	}
	return points
}
