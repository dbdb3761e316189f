package graph

import "fmt"

// Sink takes a graph in parts, for a language or a picture. An id is a name for a node that no
// definition can choose.
type Sink interface {
	Terminal(id, label string) // the circle of the start or the end
	State(id string, s *State) // a state's box
	Open(id string, s *State)  // what follows, until Close, is of a state that holds state machines, its own box first
	Close(done string)         // the group has a point of this id, which stands for the end of its state machines
	Edge(t *Transition, from, to string)
}

// Walk hands the graph to a sink, always in the same order. A state that holds state machines is
// two nodes: it is entered, and left by an error, at its box, and left otherwise at the point where
// all of them are done.
func (g *Graph) Walk(sink Sink) {
	w := walk{sink: sink, ids: map[*State]string{}}
	g.each(func(s *State) { w.ids[s] = fmt.Sprint(len(w.ids) + 1) })
	sink.Terminal("start", "Start")
	sink.Terminal("finish", "End")
	w.machine(&g.Machine, "start", "finish")
}

type walk struct {
	sink Sink
	ids  map[*State]string
}

func (w *walk) machine(m *Machine, start, end string) {
	for _, s := range m.States {
		box, done := "s"+w.ids[s], "done"+w.ids[s]
		if len(s.Inner) == 0 {
			w.sink.State(box, s)
			continue
		}
		w.sink.Open("cluster"+w.ids[s], s)
		w.sink.State(box, s)
		for _, inner := range s.Inner {
			w.machine(inner, box, done)
		}
		w.sink.Close(done)
	}
	for _, t := range m.Transitions {
		from, to := start, end
		if t.From != nil && len(t.From.Inner) > 0 && t.Kind != Catch {
			from = "done" + w.ids[t.From]
		} else if t.From != nil {
			from = "s" + w.ids[t.From]
		}
		if t.To != nil {
			to = "s" + w.ids[t.To]
		}
		w.sink.Edge(t, from, to)
	}
}
