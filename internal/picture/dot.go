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

// layout holds the positions of a state machine's parts, from its upper left corner. It depends on
// neither other state machines nor texts, so similar state machines share one.
type layout struct {
	size
	nodes []point // the middle of each
	paths []path  // of the edges
}

// dot describes a state machine to Graphviz: the sizes of its parts, and their connections.
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
		label := ""
		if len(e.lines) > 0 {
			const table = ` label=<<TABLE BORDER="0" FIXEDSIZE="TRUE" WIDTH="%.0f" HEIGHT="%.0f"><TR><TD></TD></TR></TABLE>>`
			label = fmt.Sprintf(table, e.size.width+10, e.size.height+4)
		}
		fmt.Fprintf(&d, "%s -> %s [comment=%s%s]\n", nodeName(e.from), nodeName(e.to), edgeName(i), label)
	}
	d.WriteString("}\n")
	return d.String()
}

func nodeName(i int) string { return fmt.Sprintf("n%d", i) }
func edgeName(i int) string { return fmt.Sprintf("e%d", i) }

// readLayout reads Graphviz's JSON, in which y grows upwards.
func readLayout(text []byte, nodes, edges int) (*layout, error) {
	var document struct {
		BB      string `json:"bb"`
		Objects []struct{ Name, Pos string }
		Edges   []struct{ Comment, Pos, LP string }
	}
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	whole, err := numbers(document.BB, 4)
	if err != nil {
		return nil, err
	}
	l := &layout{size: size{whole[2], whole[3]}, nodes: make([]point, nodes), paths: make([]path, edges)}
	var errs []error
	missing := make(map[string]int, nodes+edges)
	for n := range nodes {
		missing[nodeName(n)] = n
	}
	for _, o := range document.Objects {
		if n, ok := missing[o.Name]; ok { // else a subgraph
			delete(missing, o.Name)
			l.nodes[n], err = l.point(o.Pos)
			errs = append(errs, err)
		}
	}
	for n := range edges {
		missing[edgeName(n)] = n
	}
	for _, e := range document.Edges {
		if n, ok := missing[e.Comment]; ok {
			delete(missing, e.Comment)
			l.paths[n], err = l.path(e.Pos, e.LP)
			errs = append(errs, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(missing)) {
		errs = append(errs, fmt.Errorf("%s has no position", name))
	}
	return l, errors.Join(errs...)
}

// path reads an edge's position, https://graphviz.org/docs/attr-types/splineType/, and its label's
// position, which may be empty.
func (l *layout) path(text, label string) (path, error) {
	var p path
	var err error
	fields := strings.Fields(text)
	if len(fields) > 0 && strings.HasPrefix(fields[0], "e,") {
		if p.tip, err = l.point(strings.TrimPrefix(fields[0], "e,")); err != nil {
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
		return p, fmt.Errorf("an edge goes through %d points", len(p.points))
	}
	if label != "" {
		p.label, err = l.point(label)
	}
	return p, err
}

func (l *layout) point(text string) (point, error) {
	xy, err := numbers(text, 2)
	if err != nil {
		return point{}, err
	}
	return point{xy[0], l.height - xy[1]}, nil
}

func numbers(text string, count int) ([]float64, error) {
	var values []float64
	for field := range strings.SplitSeq(text, ",") {
		value, err := strconv.ParseFloat(field, 64)
		if err != nil {
			return nil, err
		}
		values = append(values, value)
	}
	if len(values) != count {
		return nil, fmt.Errorf("%q is not %d numbers", text, count)
	}
	return values, nil
}
