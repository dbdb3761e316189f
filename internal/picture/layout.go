package picture

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"retrycatch/internal/problem"
)

// program lays out graphs. It is made with retrycatch, and stands beside it.
const program = "retrycatch-graphviz"

// Positions are in points, from the upper left corner.
type (
	point struct{ x, y float64 }
	rect  struct{ x, y, width, height float64 }
	path  struct {
		points  []point // of Bézier curves: the start, and then three for each
		tip     point   // of the arrow, which goes on from the last point
		label   point   // its middle, where there is one
		labeled bool
	}
	layout struct {
		width, height float64
		places        map[string]point // the middle of each node
		groups        map[string]rect
		paths         []path // in the order of the plan's edges
	}
)

// Drawer draws pictures, one at a time. Those that differ in their texts alone are laid out once: starting Graphviz takes
// longer than all the rest. The zero value is ready for use.
type Drawer struct{ layouts map[string]*layout } // by what Graphviz was given

// layOut says where everything is that is planned.
func (d *Drawer) layOut(ctx context.Context, p *plan) (*layout, error) {
	if known, ok := d.layouts[p.dot()]; ok {
		return known, nil
	}
	l, err := place(ctx, p)
	if err != nil {
		return nil, err
	}
	if d.layouts == nil {
		d.layouts = map[string]*layout{}
	}
	d.layouts[p.dot()] = l
	return l, nil
}

// place has Graphviz do it.
func place(ctx context.Context, p *plan) (*layout, error) {
	out, err := run(ctx, p.dot())
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &problem.Problem{What: "the graph could not be laid out", Err: err,
			Next: "build the program " + program + " with make build, which puts it beside retrycatch; or ask for .mmd or no file at all, which do without it"}
	}
	return readLayout(out, len(p.edges))
}

// run runs the program. It gets nothing of the environment, and so no credentials, but a folder of this user's own: there the
// library keeps what it has compiled, in order to start in some 40 ms instead of a second.
func run(ctx context.Context, dot string) ([]byte, error) {
	executable, err := find()
	if err != nil {
		return nil, err
	}
	folder, err := os.UserCacheDir()
	if folder = filepath.Join(folder, "retrycatch"); err != nil || os.MkdirAll(folder, 0o700) != nil {
		if folder, err = os.MkdirTemp("", "retrycatch-"); err != nil {
			return nil, err
		}
		defer os.RemoveAll(folder)
	}
	cmd := exec.CommandContext(ctx, executable)
	cmd.Env = []string{"TMPDIR=" + folder}
	cmd.Stdin = strings.NewReader(dot)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		first, _, _ := strings.Cut(strings.TrimSpace(complaint.String()), "\n")
		return nil, fmt.Errorf("%s: %w: %s", program, err, first)
	}
	return out.Bytes(), nil
}

// find is where the program is: beside this one, or where the shell finds it.
func find() (string, error) {
	if self, err := os.Executable(); err == nil {
		beside := filepath.Join(filepath.Dir(self), program)
		if _, err := os.Stat(beside); err == nil {
			return beside, nil
		}
	}
	return exec.LookPath(program)
}

// readLayout reads Graphviz's JSON, in which y grows upwards and each edge has the number that the plan gave it.
func readLayout(text []byte, edges int) (*layout, error) {
	var document struct {
		BB      string `json:"bb"`
		Objects []struct{ Name, Pos, BB string }
		Edges   []struct{ Comment, Pos, LP string }
	}
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	whole, err := numbers(document.BB, 4)
	if err != nil {
		return nil, err
	}
	l := &layout{width: whole[2], height: whole[3], places: map[string]point{}, groups: map[string]rect{}, paths: make([]path, edges)}
	var errs []error
	for _, o := range document.Objects {
		if o.BB != "" {
			box, err := numbers(o.BB, 4)
			if errs = append(errs, err); err == nil {
				l.groups[o.Name] = rect{x: box[0], y: l.height - box[3], width: box[2] - box[0], height: box[3] - box[1]}
			}
			continue
		}
		if l.places[o.Name], err = l.point(o.Pos); err != nil {
			errs = append(errs, err)
		}
	}
	for _, e := range document.Edges {
		n, err := strconv.Atoi(e.Comment)
		if err != nil || n < 0 || n >= edges {
			return nil, fmt.Errorf("an edge has the number %q", e.Comment)
		}
		if l.paths[n], err = l.path(e.Pos); err != nil {
			errs = append(errs, err)
		}
		if e.LP != "" {
			l.paths[n].label, err = l.point(e.LP)
			l.paths[n].labeled = true
			errs = append(errs, err)
		}
	}
	for n, p := range l.paths {
		if len(p.points) == 0 {
			errs = append(errs, fmt.Errorf("the edge %d has no place", n))
		}
	}
	return l, errors.Join(errs...)
}

// path reads an edge's position: https://graphviz.org/docs/attr-types/splineType/
func (l *layout) path(text string) (path, error) {
	var p path
	fields := strings.Fields(text)
	if len(fields) > 0 && strings.HasPrefix(fields[0], "e,") {
		tip, err := l.point(strings.TrimPrefix(fields[0], "e,"))
		if err != nil {
			return p, err
		}
		p.tip, fields = tip, fields[1:]
	}
	for _, field := range fields {
		at, err := l.point(field)
		if err != nil {
			return p, err
		}
		p.points = append(p.points, at)
	}
	if len(p.points)%3 != 1 {
		return p, fmt.Errorf("an edge goes through %d points", len(p.points))
	}
	return p, nil
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
