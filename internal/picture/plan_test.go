package picture

import (
	"fmt"
	"slices"
	"testing"

	"retrycatch/internal/graph"
)

func planned(t *testing.T, trace *graph.Trace) *plan {
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
	all["ten levels"] = parse(t, nested(10)).Plain()
	all["fifty levels"] = parse(t, nested(50)).Plain()
	all["forty branches"] = parse(t, branched(40)).Plain()
	all["a shared handler"] = parse(t, sharing(40)).Plain()
	all["all states lead to all"] = parse(t, crowded(30)).Plain()
	all["a state that nothing leads to"] = parse(t, `{"StartAt": "A", "States": {
		"A": {"Type": "Pass", "End": true}, "B": {"Type": "Pass", "Next": "A"}}}`).Plain()
	for name, trace := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := planned(t, trace)
			for _, fault := range p.faults() {
				t.Error(fault)
			}
		})
	}
}

// TestPlanFaults checks that TestPlan can fail for each fault.
func TestPlanFaults(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		spoil func(p *plan, fulfill *node)
		want  string
	}{
		"branch beside its frame": {func(_ *plan, fulfill *node) {
			fulfill.origin[1].x += 1000
		}, "Fulfill: branch 2 is outside of the frame"},
		"branch on the head": {func(_ *plan, fulfill *node) {
			fulfill.origin[0].y -= framePadding + 1
		}, "Fulfill: branch 1 lies on the head"},
		"branches on each other": {func(_ *plan, fulfill *node) {
			fulfill.origin[1] = fulfill.origin[0]
		}, "Fulfill: branch 2 lies on branch 1"},
		"branches swapped": {func(_ *plan, fulfill *node) {
			fulfill.origin[0].x = fulfill.origin[1].x + fulfill.inner[1].layout.width
		}, "Fulfill: branch 2 comes before branch 1"},
		"start beside the first state": {func(p *plan, _ *node) {
			p.nodes[0].middle.y = p.nodes[1].middle.y
		}, "In stock? is not below the start"},
		"state on another": {func(p *plan, fulfill *node) {
			p.nodes[2].middle = fulfill.middle
		}, "Fulfill lies on Wait"},
		"state outside": {func(p *plan, _ *node) {
			p.nodes[2].middle.x = -100
		}, "Wait is cut off"},
		"text larger than its box": {func(p *plan, _ *node) {
			p.nodes[1].head = 5
		}, "the text of In stock? is larger than its box"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := planned(t, parse(t, order).Plain())
			tc.spoil(p, p.nodes[3])
			if faults := p.faults(); !slices.Contains(faults, tc.want) {
				t.Errorf("got the faults %q, want %q", faults, tc.want)
			}
		})
	}
}

// faults lists the mistakes in the positions of a picture.
func (p *plan) faults() []string {
	faults := p.machine.faults(rect{0, 0, p.size().width, p.size().height})
	for _, n := range p.nodes {
		if width, height := extent(n.lines); width > n.top().width || height > n.top().height {
			faults = append(faults, fmt.Sprintf("the text of %s is larger than its box", n.state.Name))
		}
	}
	return faults
}

// faults checks that every part of a state machine is inside its space, that no parts overlap, and
// that the start is above all other parts.
func (m *machine) faults(space rect) []string {
	var faults []string
	items := m.items()
	first := items[0]
	for i, a := range items {
		if !space.contains(a.rect) {
			faults = append(faults, a.name+" is cut off")
		}
		for _, b := range items[:i] {
			if a.overlaps(b.rect) {
				faults = append(faults, a.name+" lies on "+b.name)
			}
			if a.around().overlaps(b.rect) {
				faults = append(faults, a.name+" is too close to "+b.name)
			}
		}
		if i > 0 && a.y < first.y+first.height {
			faults = append(faults, a.name+" is not below the start")
		}
	}
	for _, n := range m.nodes {
		spaces := n.spaces()
		faults = append(faults, n.frameFaults(spaces)...)
		for i, inner := range n.inner {
			faults = append(faults, inner.faults(spaces[i])...)
			for _, a := range inner.items() {
				if r := a.around(); !n.whole().contains(r) || n.top().overlaps(r) {
					faults = append(faults, a.name+" is too close to the border of "+n.state.Name)
				}
			}
		}
	}
	return faults
}

// frameFaults checks that the branches are inside their frame, below the head, separate and in
// order.
func (n *node) frameFaults(spaces []rect) []string {
	var faults []string
	fault := func(i int, what string) {
		faults = append(faults, fmt.Sprintf("%s: branch %d %s", n.state.Name, i+1, what))
	}
	for i, r := range spaces {
		if !n.whole().contains(r) {
			fault(i, "is outside of the frame")
		}
		if n.top().overlaps(r) {
			fault(i, "lies on the head")
		}
		for k, other := range spaces[:i] {
			if r.overlaps(other) {
				fault(i, fmt.Sprintf("lies on branch %d", k+1))
			} else if r.y < other.y || r.y == other.y && r.x < other.x {
				fault(i, fmt.Sprintf("comes before branch %d", k+1))
			}
		}
	}
	return faults
}

// spaces returns the spaces of a node's inner state machines.
func (n *node) spaces() []rect {
	var spaces []rect
	corner := point{n.whole().x, n.whole().y}
	for i, inner := range n.inner {
		at := corner.plus(n.origin[i])
		spaces = append(spaces, rect{at.x, at.y, inner.layout.width, inner.layout.height})
	}
	return spaces
}

type item struct {
	name string
	rect
	clearance float64
}

// around returns the space of an item, with its clearance.
func (i item) around() rect {
	c := i.clearance
	return rect{i.x - c, i.y - c, i.width + 2*c, i.height + 2*c}
}

// items returns the nodes of a state machine, the start first, and its labels. A frame with
// everything in it is one item.
func (m *machine) items() []item {
	var items []item
	for i, n := range m.nodes {
		name := fmt.Sprintf("node %d", i)
		if n.state != nil {
			name = n.state.Name
		}
		items = append(items, item{name: name, rect: n.whole()})
	}
	for i, n := range m.nodes {
		for _, e := range n.stubs.edges {
			items = append(items, item{name: fmt.Sprintf("stub to %s at node %d", e.target[0].text, i), rect: e.place})
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
	return item{name: "label " + e.lines[0].text,
		rect: rect{at.x - e.size.width/2, at.y - e.size.height/2, e.size.width, e.size.height}}
}

func (r rect) overlaps(s rect) bool {
	return r.x < s.x+s.width && s.x < r.x+r.width && r.y < s.y+s.height && s.y < r.y+r.height
}

// contains tolerates Graphviz's rounding.
func (r rect) contains(s rect) bool {
	const rounded = 0.5
	return s.x >= r.x-rounded && s.x+s.width <= r.x+r.width+rounded &&
		s.y >= r.y-rounded && s.y+s.height <= r.y+r.height+rounded
}

func TestFrame(t *testing.T) {
	t.Parallel()
	const head, gap = 50, machineGap
	tests := map[string]struct {
		branches []size
		width    float64 // of the head alone
		origin   []point
		frame    size
	}{
		"one":         {[]size{{100, 200}}, 80, []point{{14, 64}}, size{128, 278}},
		"a wide head": {[]size{{100, 200}}, 228, []point{{64, 64}}, size{228, 278}},
		"two":         {[]size{{100, 200}, {300, 40}}, 80, []point{{14, 64}, {114 + gap, 64}}, size{428 + gap, 278}},
		"two rows": {[]size{{600, 100}, {300, 200}, {400, 50}}, 80,
			[]point{{14, 64}, {614 + gap, 64}, {14 + (900+gap-400)/2, 264 + gap}}, size{928 + gap, 328 + gap}},
		"wider than a row": {
			[]size{{1500, 100}, {100, 100}},
			80,
			[]point{{14, 64}, {714, 164 + gap}},
			size{1528, 278 + gap},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := &node{head: head, size: size{tc.width, head}}
			for _, s := range tc.branches {
				n.inner = append(n.inner, &machine{layout: &layout{size: s}})
			}
			n.frame()
			if !slices.Equal(n.origin, tc.origin) || n.size != tc.frame {
				t.Errorf("got the branches at %v in %v, want %v in %v", n.origin, n.size, tc.origin, tc.frame)
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
		n.frame()
		if ratio := n.size.width / n.size.height; ratio < 1 || ratio > 2 {
			t.Errorf("%d branches: got a frame of %v", branches, n.size)
		}
	}
}
