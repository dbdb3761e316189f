package picture

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"retrycatch/internal/graph"
)

func mustPlan(t *testing.T, trace *graph.Trace) *plan {
	t.Helper()
	p, err := new(Drawer).plan(t.Context(), trace)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPlan(t *testing.T) {
	t.Parallel()
	all := traces(t)
	all["ten levels"] = mustParse(t, nested(10)).Plain()
	all["fifty levels"] = mustParse(t, nested(50)).Plain()
	all["forty branches"] = mustParse(t, parallel(40)).Plain()
	all["a shared handler"] = mustParse(t, sharedHandler(40)).Plain()
	all["choices between all states"] = mustParse(t, completeChoices(30)).Plain()
	all["an unreachable state"] = mustParse(t, `{"StartAt": "A", "States": {
		"A": {"Type": "Pass", "End": true}, "B": {"Type": "Pass", "Next": "A"}}}`).Plain()
	for name, trace := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := mustPlan(t, trace)
			for _, mistake := range p.mistakes() {
				t.Error(mistake)
			}
		})
	}
}

// TestPlanMistakes checks that TestPlan finds each kind of mistake.
func TestPlanMistakes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		corrupt func(p *plan, fulfill *node)
		want    string
	}{
		"branch outside its frame": {func(_ *plan, fulfill *node) {
			fulfill.corners[1].x += 1000
		}, `"Fulfill": branch 2 is outside the frame`},
		"branch overlaps the head": {func(_ *plan, fulfill *node) {
			fulfill.corners[0].y -= framePadding + 1
		}, `"Fulfill": branch 1 overlaps the head`},
		"branches overlap": {func(_ *plan, fulfill *node) {
			fulfill.corners[1] = fulfill.corners[0]
		}, `"Fulfill": branch 2 overlaps branch 1`},
		"branches swapped": {func(_ *plan, fulfill *node) {
			fulfill.corners[0].x = fulfill.corners[1].x + fulfill.inner[1].layout.width
		}, `"Fulfill": branch 2 comes before branch 1`},
		"start level with the first state": {func(p *plan, _ *node) {
			p.nodes[0].middle.y = p.nodes[1].middle.y
		}, `"In stock?" is not below the start`},
		"states overlap": {func(p *plan, fulfill *node) {
			p.nodes[2].middle = fulfill.middle
		}, `"Fulfill" overlaps "Wait"`},
		"state outside the picture": {func(p *plan, _ *node) {
			p.nodes[2].middle.x = -100
		}, `"Wait" is cut off`},
		"text larger than its box": {func(p *plan, _ *node) {
			p.nodes[1].headHeight = 5
		}, `the text of "In stock?" is larger than its box`},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := mustPlan(t, mustParse(t, order).Plain())
			tc.corrupt(p, p.nodes[3])
			if mistakes := p.mistakes(); !slices.Contains(mistakes, tc.want) {
				t.Errorf("got mistakes %q, want %q", mistakes, tc.want)
			}
		})
	}
}

// mistakes describes the mistakes in the positions of a plan.
func (p *plan) mistakes() []string {
	mistakes := p.machine.mistakes(rect{0, 0, p.size().width, p.size().height})
	for _, n := range p.nodes {
		if width, height := blockSize(n.lines); width > n.headRect().width || height > n.headRect().height {
			mistakes = append(mistakes, fmt.Sprintf("the text of %q is larger than its box", n.state.Name))
		}
	}
	return mistakes
}

// mistakes describes parts of a state machine that are outside its space, overlap, are too close to
// each other, or are not below the start.
func (m *machine) mistakes(space rect) []string {
	var mistakes []string
	items := m.items()
	first := items[0]
	for i, a := range items {
		if !space.contains(a.rect) {
			mistakes = append(mistakes, a.name+" is cut off")
		}
		for _, b := range items[:i] {
			if a.overlaps(b.rect) {
				mistakes = append(mistakes, a.name+" overlaps "+b.name)
			}
			if a.withClearance().overlaps(b.rect) {
				mistakes = append(mistakes, a.name+" is too close to "+b.name)
			}
		}
		if i > 0 && a.y < first.y+first.height {
			mistakes = append(mistakes, a.name+" is not below the start")
		}
	}
	for _, n := range m.nodes {
		spaces := n.spaces()
		mistakes = append(mistakes, n.frameMistakes(spaces)...)
		for i, inner := range n.inner {
			mistakes = append(mistakes, inner.mistakes(spaces[i])...)
			for _, a := range inner.items() {
				if r := a.withClearance(); !n.bounds().contains(r) || n.headRect().overlaps(r) {
					mistakes = append(mistakes, a.name+" is too close to the border of "+strconv.Quote(n.state.Name))
				}
			}
		}
	}
	return mistakes
}

// frameMistakes describes branches that are outside the frame, overlap, or are out of order.
func (n *node) frameMistakes(spaces []rect) []string {
	var mistakes []string
	mistake := func(i int, what string) {
		mistakes = append(mistakes, fmt.Sprintf("%q: branch %d %s", n.state.Name, i+1, what))
	}
	for i, r := range spaces {
		if !n.bounds().contains(r) {
			mistake(i, "is outside the frame")
		}
		if n.headRect().overlaps(r) {
			mistake(i, "overlaps the head")
		}
		for k, other := range spaces[:i] {
			if r.overlaps(other) {
				mistake(i, fmt.Sprintf("overlaps branch %d", k+1))
			} else if r.y < other.y || r.y == other.y && r.x < other.x {
				mistake(i, fmt.Sprintf("comes before branch %d", k+1))
			}
		}
	}
	return mistakes
}

// spaces returns the rectangles of a node's inner state machines.
func (n *node) spaces() []rect {
	var spaces []rect
	corner := point{n.bounds().x, n.bounds().y}
	for i, inner := range n.inner {
		at := corner.add(n.corners[i])
		spaces = append(spaces, rect{at.x, at.y, inner.layout.width, inner.layout.height})
	}
	return spaces
}

type item struct {
	name string
	rect
	clearance float64
}

// withClearance returns the rectangle of an item and the clearance around it.
func (i item) withClearance() rect {
	c := i.clearance
	return rect{i.x - c, i.y - c, i.width + 2*c, i.height + 2*c}
}

// items returns the nodes of a state machine, its stubs and its labels. The start comes first. A
// frame is one item.
func (m *machine) items() []item {
	var items []item
	for i, n := range m.nodes {
		name := fmt.Sprintf("node %d", i)
		if n.state != nil {
			name = strconv.Quote(n.state.Name)
		}
		items = append(items, item{name: name, rect: n.bounds()})
	}
	for i, n := range m.nodes {
		for _, e := range n.stubs.edges {
			items = append(items, item{name: fmt.Sprintf("stub to %q at node %d", e.target[0].text, i), rect: e.pillRect})
			if len(e.lines) > 0 {
				items = append(items, labelItem(e))
			}
		}
	}
	for _, e := range m.edges {
		if len(e.lines) > 0 {
			label := labelItem(e)
			label.clearance = clearance
			items = append(items, label)
		}
	}
	return items
}

func labelItem(e *edge) item {
	at := e.path.label
	return item{name: "label " + strconv.Quote(e.lines[0].text),
		rect: rect{at.x - e.size.width/2, at.y - e.size.height/2, e.size.width, e.size.height}}
}

func (r rect) overlaps(s rect) bool {
	return r.x < s.x+s.width && s.x < r.x+r.width && r.y < s.y+s.height && s.y < r.y+r.height
}

// contains reports whether s is inside r. It allows for rounding by Graphviz.
func (r rect) contains(s rect) bool {
	const tolerance = 0.5
	return s.x >= r.x-tolerance && s.x+s.width <= r.x+r.width+tolerance &&
		s.y >= r.y-tolerance && s.y+s.height <= r.y+r.height+tolerance
}

func TestFrame(t *testing.T) {
	t.Parallel()
	const head, gap = 50, machineGap
	tests := map[string]struct {
		branches []size
		width    float64 // width of the head
		corners  []point
		frame    size
	}{
		"one branch":   {[]size{{100, 200}}, 80, []point{{14, 64}}, size{128, 278}},
		"a wide head":  {[]size{{100, 200}}, 228, []point{{64, 64}}, size{228, 278}},
		"two branches": {[]size{{100, 200}, {300, 40}}, 80, []point{{14, 64}, {114 + gap, 64}}, size{428 + gap, 278}},
		"two rows": {[]size{{600, 100}, {300, 200}, {400, 50}}, 80,
			[]point{{14, 64}, {614 + gap, 64}, {14 + (900+gap-400)/2, 264 + gap}}, size{928 + gap, 328 + gap}},
		"a branch wider than a row": {
			[]size{{1500, 100}, {100, 100}},
			80,
			[]point{{14, 64}, {714, 164 + gap}},
			size{1528, 278 + gap},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := &node{headHeight: head, size: size{tc.width, head}}
			for _, s := range tc.branches {
				n.inner = append(n.inner, &machine{layout: &layout{size: s}})
			}
			n.layOutFrame()
			if !slices.Equal(n.corners, tc.corners) || n.size != tc.frame {
				t.Errorf("got branches at %v in a frame of %v, want %v in %v", n.corners, n.size, tc.corners, tc.frame)
			}
		})
	}
}

func TestFrameOfManyBranches(t *testing.T) {
	t.Parallel()
	for _, branches := range []int{40, 400} {
		n := &node{}
		for range branches {
			n.inner = append(n.inner, &machine{layout: &layout{size: size{150, 200}}})
		}
		n.layOutFrame()
		if ratio := n.size.width / n.size.height; ratio < 1 || ratio > 2 {
			t.Errorf("%d branches: got a frame of %v, want a width of 1 to 2 times the height", branches, n.size)
		}
	}
}
