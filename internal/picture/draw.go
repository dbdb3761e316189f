package picture

import (
	"math"
	"strings"

	"retrycatch/internal/graph"
	"retrycatch/internal/history"
	outcomes "retrycatch/internal/look"
)

// margin is what is left free around the graph, in points.
const margin = 14.0

// canvas is what a picture is drawn on.
type canvas interface {
	begin(class, title string) // a part of the graph: what follows belongs to it, until end
	end()
	rect(r rect, radius float64, look string)
	circle(middle point, radius float64, look string)
	curve(points []point, look string)    // of Bézier curves
	polygon(points []point, look string)  // filled
	strokes(lines [][]point, look string) // not filled
	text(middle point, text string, size float64, bold bool, look string)
}

// draw draws the plan where the layout has it, the edges below the states.
func draw(c canvas, p *plan, l *layout) {
	for _, g := range p.groups {
		c.begin("group", g.state.Label())
		c.rect(l.groups[g.id], 10, "group")
		c.end()
	}
	for i, e := range p.edges {
		drawEdge(c, p.trace, e, l.paths[i])
	}
	for _, t := range p.terminals {
		c.begin("terminal", t.label)
		c.circle(l.places[t.id], terminal/2, "terminal")
		c.text(l.places[t.id], t.label, detailSize, false, "ink")
		c.end()
	}
	for _, id := range p.points {
		c.circle(l.places[id], donePoint/2, "done")
	}
	for _, b := range p.boxes {
		drawBox(c, p.trace, b, l.places[b.id])
	}
}

func drawBox(c canvas, t *graph.Trace, b box, middle point) {
	outcome := outcomes.Of(t.Tally(b.state).Outcome()).ID
	look := "box"
	if t.Executed() {
		look = "box-" + outcome
	}
	c.begin("state", boxTitle(t, b.state))
	c.rect(rect{middle.x - b.width/2, middle.y - b.height/2, b.width, b.height}, 8, look)
	drawLines(c, b.lines, middle, outcome)
	c.end()
}

// boxTitle is all of a box in one line, the name in full.
func boxTitle(t *graph.Trace, s *graph.State) string {
	parts := append([]string{s.Label(), s.Kind()}, s.Retry...)
	for _, note := range t.Tally(s).Notes() {
		parts = append(parts, note.Text)
	}
	return strings.Join(parts, "; ")
}

func drawLines(c canvas, lines []line, middle point, outcome string) {
	_, height := extent(lines)
	y := middle.y - height/2
	for _, l := range lines {
		y += l.size * lineHeight / 2
		at := point{middle.x, y}
		if l.icon != "" {
			side := l.size * 0.85
			left := middle.x - l.width()/2
			c.strokes(icon(l.icon, point{left, y - side/2}, side), "icon-"+outcome)
			at.x += l.size * 1.3 / 2
		}
		c.text(at, l.text, l.size, l.bold, l.look)
		y += l.size * lineHeight / 2
	}
}

func drawEdge(c canvas, t *graph.Trace, e edge, p path) {
	line, arrow := "edge", "arrow"
	if e.transition.Kind == graph.Catch {
		line = "edge-catch"
	}
	switch {
	case t.Count(e.transition) > 0:
		arrow = strings.Replace(line, "edge", "arrow", 1) + "-taken"
		line += "-taken"
	case t.Executed():
		line, arrow = line+"-not-taken", "arrow-not-taken"
	}
	c.begin("transition", edgeTitle(t, e.transition))
	c.curve(p.points, line)
	c.polygon(arrowhead(p.points[len(p.points)-1], p.tip, lookOf(line).width), arrow)
	if p.labeled {
		drawLines(c, e.lines, p.label, "")
	}
	c.end()
}

func edgeTitle(t *graph.Trace, transition *graph.Transition) string {
	from, to := "start", "end"
	if transition.From != nil {
		from = transition.From.Label()
	}
	if transition.To != nil {
		to = transition.To.Label()
	}
	parts := append([]string{from + " → " + to, string(transition.Kind)}, t.Text(transition)...)
	if t.Count(transition) > 0 {
		parts = append(parts, "taken")
	}
	return strings.Join(parts, "; ")
}

// arrowhead is a triangle from the end of a line to the tip.
func arrowhead(from, tip point, lineWidth float64) []point {
	dx, dy := tip.x-from.x, tip.y-from.y
	length := math.Hypot(dx, dy)
	if length == 0 {
		return []point{tip}
	}
	half := (3 + lineWidth) / length
	return []point{tip, {from.x - dy*half, from.y + dx*half}, {from.x + dy*half, from.y - dx*half}}
}

// icon is a sign as lines in a square: fonts do not all have it.
func icon(sign string, corner point, side float64) [][]point {
	var lines [][]point
	switch sign {
	case outcomes.Of(history.StepSucceeded).Sign:
		lines = [][]point{{{0.05, 0.55}, {0.4, 0.88}, {0.95, 0.15}}}
	case outcomes.Of(history.StepFailed).Sign:
		lines = [][]point{{{0.12, 0.12}, {0.88, 0.88}}, {{0.88, 0.12}, {0.12, 0.88}}}
	case outcomes.Of(history.StepCaught).Sign:
		lines = [][]point{arc(0.47, 0.7, 0.4, 180, 360), {{0.67, 0.5}, {0.87, 0.72}, {1.05, 0.5}}}
	case outcomes.Of(history.StepAborted).Sign:
		lines = [][]point{{{0.2, 0.2}, {0.8, 0.2}, {0.8, 0.8}, {0.2, 0.8}, {0.2, 0.2}}}
	case outcomes.Of(history.StepRunning).Sign:
		lines = [][]point{{{0.1, 0.5}, {0.2, 0.5}}, {{0.45, 0.5}, {0.55, 0.5}}, {{0.8, 0.5}, {0.9, 0.5}}}
	case outcomes.Retry:
		lines = [][]point{arc(0.5, 0.52, 0.42, -40, 260), {{0.58, 0.3}, {0.86, 0.24}, {0.9, -0.04}}}
	}
	for _, l := range lines {
		for i := range l {
			l[i] = point{corner.x + l[i].x*side, corner.y + l[i].y*side}
		}
	}
	return lines
}

// arc is a part of a circle, in degrees clockwise from the right.
func arc(x, y, radius, from, to float64) []point {
	const steps = 16
	var points []point
	for i := range steps + 1 {
		angle := (from + (to-from)*float64(i)/steps) * math.Pi / 180
		points = append(points, point{x + radius*math.Cos(angle), y + radius*math.Sin(angle)})
	}
	return points
}
