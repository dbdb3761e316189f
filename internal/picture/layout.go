package picture

import (
	"context"

	"retrycatch/internal/graph"
	"retrycatch/internal/problem"
)

// Drawer draws pictures, one at a time. It lays out state machines that differ only in their texts
// once: starting Graphviz takes longer than everything else. The zero value is ready for use.
type Drawer struct{ layouts map[string]*layout } // by their DOT

// plan measures a graph, lays it out and places its parts.
func (d *Drawer) plan(ctx context.Context, t *graph.Trace) (*plan, error) {
	p := newPlan(t)
	var e engine
	err := d.layOut(ctx, &e, p.machine)
	_ = e.stop() // every answer is here, or err says why not
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, &problem.Problem{What: "the graph could not be laid out", Err: err,
			Next: "run make build, which puts the program " + program + " beside retrycatch"}
	}
	p.machine.place(point{margin, margin})
	return p, nil
}

// layOut lays out a state machine. It lays out the state machines inside first: they determine the
// sizes of their frames.
func (d *Drawer) layOut(ctx context.Context, e *engine, m *machine) error {
	for _, n := range m.nodes {
		for _, inner := range n.inner {
			if err := d.layOut(ctx, e, inner); err != nil {
				return err
			}
		}
		if len(n.inner) > 0 {
			n.frame()
		}
	}
	dot := m.dot()
	if m.layout = d.layouts[dot]; m.layout != nil {
		return nil
	}
	answer, err := e.answer(ctx, dot)
	if err != nil {
		return err
	}
	if m.layout, err = readLayout(answer, len(m.nodes), len(m.edges)); err != nil {
		return err
	}
	if d.layouts == nil {
		d.layouts = map[string]*layout{}
	}
	d.layouts[dot] = m.layout
	return nil
}
