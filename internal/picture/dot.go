package picture

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// layout holds the positions of the parts of a state machine, relative to its top left corner.
// State machines with the same sizes and connections share a layout.
type layout struct {
	size
	nodes []point // the middle of each node
	stubs []point // the middle of each node's stubs; unset for a node without stubs
	paths []path  // the line of each edge
}

// dot describes the sizes and connections of a state machine in DOT, the language of Graphviz.
func (m *machine) dot() string {
	var d strings.Builder
	d.WriteString("digraph { rankdir=TB nodesep=0.45 ranksep=0.4 node [shape=box fixedsize=true label=\"\"]\n")
	for i, n := range m.nodes {
		shape := ""
		if n.shape != box {
			shape = " shape=circle"
		}
		const inch = 72
		fmt.Fprintf(&d, "%s [width=%.4f height=%.4f%s]\n", nodeName(i), n.size.width/inch, n.size.height/inch, shape)
	}
	fmt.Fprintf(&d, "{ rank=source %s }\n", nodeName(0))
	for i, e := range m.edges {
		from, to, back := e.from, e.to, ""
		if e.up { // assignRows chose the edges that lead up; Graphviz might choose other ones
			from, to, back = to, from, " dir=back"
			if e.length > 1 && len(m.nodes[from].stubs.edges) > 0 {
				back += " tailport=sw" // the left side, away from the stubs
			}
		}
		fmt.Fprintf(&d, "%s -> %s [comment=%s%s%s]\n", nodeName(from), nodeName(to), edgeName(i), back, e.labelAttribute())
	}
	for i, n := range m.nodes {
		// An invisible loop reserves space for the stubs, because Graphviz puts a loop's label on
		// the right.
		if len(n.stubs.edges) > 0 {
			fmt.Fprintf(&d, "%[1]s -> %[1]s [comment=%[2]s%[3]s]\n",
				nodeName(i), stubsName(i), spaceAttribute(n.stubs.size, loopSpace))
		}
	}
	d.WriteString("}\n")
	return d.String()
}

// loopSpace is the width of a loop's line. Graphviz does not reserve space for this line.
const loopSpace = 30.0

// labelAttribute returns an attribute that reserves the space for the label of an edge.
func (e *edge) labelAttribute() string {
	switch {
	case e.from == e.to:
		return spaceAttribute(e.size, loopSpace)
	case e.size == (size{}):
		return ""
	default:
		return spaceAttribute(e.size, 0)
	}
}

// spaceAttribute returns the attribute for an empty label of this size plus a margin. extraWidth
// makes the label wider.
func spaceAttribute(s size, extraWidth float64) string {
	const table = ` label=<<TABLE BORDER="0" FIXEDSIZE="TRUE" WIDTH="%.0f" HEIGHT="%.0f"><TR><TD></TD></TR></TABLE>>`
	return fmt.Sprintf(table, s.width+10+extraWidth, s.height+4)
}

func nodeName(i int) string  { return fmt.Sprintf("n%d", i) }
func edgeName(i int) string  { return fmt.Sprintf("e%d", i) }
func stubsName(i int) string { return fmt.Sprintf("s%d", i) }

// readLayout parses Graphviz's JSON, in which y grows upward.
func (m *machine) readLayout(text []byte) (*layout, error) {
	var document struct {
		BB      string `json:"bb"`
		Objects []struct{ Name, Pos string }
		Edges   []struct{ Comment, Pos, LP string }
	}
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	bb, err := parseNumbers(document.BB, 4)
	if err != nil {
		return nil, err
	}
	l := &layout{size: size{bb[2], bb[3]}, nodes: make([]point, len(m.nodes)), stubs: make([]point, len(m.nodes)),
		paths: make([]path, len(m.edges))}
	missing := m.positionSetters(l)
	var errs []error
	read := func(name, pos, label string) {
		if set := missing[name]; set != nil { // nil for a subgraph
			delete(missing, name)
			errs = append(errs, set(pos, label))
		}
	}
	for _, o := range document.Objects {
		read(o.Name, o.Pos, "")
	}
	for _, e := range document.Edges {
		read(e.Comment, e.Pos, e.LP)
	}
	for _, name := range slices.Sorted(maps.Keys(missing)) {
		errs = append(errs, fmt.Errorf("%s has no position", name))
	}
	return l, errors.Join(errs...)
}

// positionSetters maps the names in DOT to functions that set positions in a layout.
func (m *machine) positionSetters(l *layout) map[string]func(pos, label string) error {
	setters := map[string]func(pos, label string) error{}
	for i, n := range m.nodes {
		setters[nodeName(i)] = func(pos, _ string) (err error) { l.nodes[i], err = l.point(pos); return err }
		if len(n.stubs.edges) > 0 {
			setters[stubsName(i)] = func(_, label string) (err error) { l.stubs[i], err = l.parseLoopLabel(label); return err }
		}
	}
	for i, e := range m.edges {
		setters[edgeName(i)] = func(pos, label string) (err error) {
			l.paths[i], err = l.path(pos)
			switch {
			case err != nil || label == "":
			case e.from == e.to:
				l.paths[i].label, err = l.parseLoopLabel(label)
			default:
				l.paths[i].label, err = l.point(label)
			}
			return err
		}
	}
	return setters
}

// parseLoopLabel parses the position of a loop's label. It corrects the position for loopSpace.
func (l *layout) parseLoopLabel(text string) (point, error) {
	at, err := l.point(text)
	at.x -= loopSpace / 2
	return at, err
}

// path parses the position of an edge: https://graphviz.org/docs/attr-types/splineType/
func (l *layout) path(text string) (path, error) {
	var p path
	var err error
	fields := strings.Fields(text)
	back := strings.HasPrefix(text, "s,") // the arrowhead is at the start
	if back || strings.HasPrefix(text, "e,") {
		if p.tip, err = l.point(fields[0][2:]); err != nil {
			return p, err
		}
		fields = fields[1:]
	}
	for _, field := range fields {
		at, err := l.point(field)
		if err != nil {
			return p, err
		}
		p.points = append(p.points, at)
	}
	if len(p.points) < 4 || len(p.points)%3 != 1 {
		return p, fmt.Errorf("an edge has %d points, want 4, 7, 10, …", len(p.points))
	}
	if back {
		slices.Reverse(p.points)
	}
	return p, nil
}

func (l *layout) point(text string) (point, error) {
	xy, err := parseNumbers(text, 2)
	if err != nil {
		return point{}, err
	}
	return point{xy[0], l.height - xy[1]}, nil
}

func parseNumbers(text string, count int) ([]float64, error) {
	var values []float64
	for field := range strings.SplitSeq(text, ",") {
		value, err := strconv.ParseFloat(field, 64)
		if err != nil {
			return nil, err
		}
		values = append(values, value)
	}
	if len(values) != count {
		return nil, fmt.Errorf("got %q, want %d numbers", text, count)
	}
	return values, nil
}
