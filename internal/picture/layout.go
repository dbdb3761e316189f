package picture

import (
	"context"
	"errors"
	"fmt"
	"time"

	"retrycatch/internal/graph"
	"retrycatch/internal/problem"
)

// Drawer draws one picture at a time. It reuses a layout for all state machines with the same sizes
// and connections, because starting Graphviz takes longer than everything else. The zero value is
// ready to use.
type Drawer struct {
	layouts map[string]*layout // key: the DOT text of the state machine
	// setTimeLimit limits the time for a picture; nil means withLayoutTimeout
	setTimeLimit func(context.Context) (context.Context, context.CancelFunc)
}

// layoutTimeout limits the total time for the layouts of a picture. It is long enough for a busy
// computer. The layout program has a shorter limit for its CPU time. chooseStubs keeps layouts far
// below both limits.
const layoutTimeout = time.Minute

func withLayoutTimeout(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, layoutTimeout, errTimeout)
}

// errTimeout reports that the layouts took longer than layoutTimeout.
var errTimeout = fmt.Errorf("the layout took longer than %.0f s", layoutTimeout.Seconds())

// plan measures a graph, lays it out and sets the position of each part.
func (d *Drawer) plan(ctx context.Context, t *graph.Trace) (*plan, error) {
	p := newPlan(t)
	setTimeLimit := d.setTimeLimit
	if setTimeLimit == nil {
		setTimeLimit = withLayoutTimeout
	}
	limited, cancel := setTimeLimit(ctx)
	defer cancel()
	var e engine
	err := d.layOut(limited, &e, p.machine)
	_ = e.stop() // err already reports a missing reply
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil && limited.Err() != nil {
		err = context.Cause(limited)
	}
	if err != nil {
		return nil, explainLayoutError(err)
	}
	p.machine.setPositions(point{margin, margin})
	return p, nil
}

// explainLayoutError turns an error from a layout into a problem.
func explainLayoutError(err error) error {
	if layoutErr := (*layoutError)(nil); errors.As(err, &layoutErr) || errors.Is(err, errTimeout) {
		return &problem.Problem{What: "the graph is too large for a picture", Err: err,
			Next: "run retrycatch graph without --out to draw in the terminal, or with --out FILE.mmd to write Mermaid"}
	}
	return &problem.Problem{What: "the graph could not be laid out", Err: err,
		Next: "run make build, which puts the program " + program + " next to retrycatch"}
}

// layOut lays out a state machine. It begins with the inner state machines, because their sizes
// determine the size of the frame around them.
func (d *Drawer) layOut(ctx context.Context, e *engine, m *machine) error {
	for _, n := range m.nodes {
		for _, inner := range n.inner {
			if err := d.layOut(ctx, e, inner); err != nil {
				return err
			}
		}
		if len(n.inner) > 0 {
			n.layOutFrame()
		}
	}
	dot := m.dot()
	if m.layout = d.layouts[dot]; m.layout != nil {
		return nil
	}
	reply, err := e.layOut(ctx, dot)
	if err != nil {
		return err
	}
	if m.layout, err = m.readLayout(reply); err != nil {
		return err
	}
	if d.layouts == nil {
		d.layouts = map[string]*layout{}
	}
	d.layouts[dot] = m.layout
	return nil
}
