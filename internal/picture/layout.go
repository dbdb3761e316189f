package picture

import (
	"context"
	"errors"
	"fmt"
	"time"

	"retrycatch/internal/graph"
	"retrycatch/internal/problem"
)

// Drawer draws pictures, one at a time. It computes one layout for all state machines that differ
// only in their texts, because starting Graphviz takes longer than everything else. The zero value
// is ready for use.
type Drawer struct {
	layouts map[string]*layout                                          // by their DOT
	limit   func(context.Context) (context.Context, context.CancelFunc) // limits a picture's layouts; patient if nil
}

// patience limits how long the layouts of one picture may take on a busy machine. The layout
// program has its own, shorter limit of computing time. Stubs keep layouts far below both.
const patience = time.Minute

func patient(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, patience, errSlow)
}

// errSlow reports a layout that exceeded patience.
var errSlow = fmt.Errorf("its layout takes longer than %.0f s", patience.Seconds())

// plan measures a graph, lays it out and places its parts.
func (d *Drawer) plan(ctx context.Context, t *graph.Trace) (*plan, error) {
	p := newPlan(t)
	limit := d.limit
	if limit == nil {
		limit = patient
	}
	limited, cancel := limit(ctx)
	defer cancel()
	var e engine
	err := d.layOut(limited, &e, p.machine)
	_ = e.stop() // err reports a missing answer
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil && limited.Err() != nil {
		err = context.Cause(limited)
	}
	if err != nil {
		return nil, notLaidOut(err)
	}
	p.machine.place(point{margin, margin})
	return p, nil
}

// notLaidOut explains an error of a layout.
func notLaidOut(err error) error {
	if refusal := (*layoutError)(nil); errors.As(err, &refusal) || errors.Is(err, errSlow) {
		return &problem.Problem{What: "the graph is too large for a picture", Err: err,
			Next: "run retrycatch graph without --out for the terminal, or with a file that ends in .mmd for Mermaid"}
	}
	return &problem.Problem{What: "the graph could not be laid out", Err: err,
		Next: "run make build, which puts the program " + program + " beside retrycatch"}
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
	if m.layout, err = m.readLayout(answer); err != nil {
		return err
	}
	if d.layouts == nil {
		d.layouts = map[string]*layout{}
	}
	d.layouts[dot] = m.layout
	return nil
}
