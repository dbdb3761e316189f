package graph

import (
	"fmt"
	"strings"
)

// String draws the graph for a terminal, without colours: the way an execution took, or the definition's states and
// transitions where there is none.
func (t *Trace) String() string {
	w := &writer{trace: t}
	w.line("○ Start")
	if t.Executed() {
		w.way()
	} else {
		w.definition(&t.Machine, "")
	}
	if !t.Executed() || t.ended() {
		w.line("│")
		w.line("○ End")
	}
	return w.String()
}

// ended says whether the way leads to the end.
func (t *Trace) ended() bool {
	for _, transition := range t.Transitions {
		if transition.To == nil && t.Count(transition) > 0 {
			return true
		}
	}
	return false
}

// definition lists states, with what leaves each below it.
func (w *writer) definition(m *Machine, margin string) {
	for _, s := range m.States {
		w.line("%s│", margin)
		w.line("%s□ %s  (%s)", margin, s.Label(), s.Kind())
		for _, retry := range s.Retry {
			w.line("%s│   %s %s", margin, RetryIcon, retry)
		}
		for n, inner := range s.Inner {
			w.line("%s│   ┌ %s", margin, innerName(s, n))
			w.definition(inner, margin+"│   ")
			w.line("%s│   └", margin)
		}
		for _, t := range m.Transitions {
			if t.From == s {
				w.line("%s│   %s", margin, transitionLine(t, m))
			}
		}
	}
}

func innerName(s *State, n int) string {
	if s.Type == "Map" {
		return "for each item"
	}
	return fmt.Sprintf("branch %d", n+1)
}

// transitionLine says where a transition leads, and for what it is taken.
func transitionLine(t *Transition, m *Machine) string {
	to := "End"
	switch {
	case t.To != nil:
		to = t.To.Label()
	case m.parent != nil:
		to = "done"
	}
	switch {
	case t.Kind == Catch:
		return Caught.Icon() + " " + to + "  on " + reason(t)
	case t.Kind == Default:
		return "→ " + to + "  otherwise"
	case len(t.Labels) > 0:
		return "→ " + to + "  if " + reason(t)
	default:
		return "→ " + to
	}
}

// reason is what a transition is taken for: any of the errors, or of the conditions.
func reason(t *Transition) string {
	lines := labels(t)
	if t.Kind == Catch {
		return strings.Join(lines, ", ")
	}
	return strings.Join(lines, " or ")
}

// way lists the visits in the order of time, each with how it was reached and what became of it.
func (w *writer) way() {
	for i, v := range w.trace.visits {
		s := w.trace.states[v.State]
		margin, name := "", v.State
		if s != nil {
			margin, name = strings.Repeat("    ", s.depth()), s.Label()
		}
		connector := "│"
		if in := w.trace.into(i); in != nil && len(in.Labels) > 0 {
			connector = "│ " + reason(in)
			if in.Kind == Catch {
				connector = "┊ " + reason(in)
			}
		}
		if i > 0 && v.Previous >= 0 && v.Previous < i-1 {
			connector += "  (from " + short(w.trace.visits[v.Previous].State) + ")"
		}
		line := fmt.Sprintf("%s %s  %s", v.Outcome.Icon(), short(name), v.Outcome)
		if v.Attempts > 1 {
			line += fmt.Sprintf("  %s %d attempts", RetryIcon, v.Attempts)
		}
		w.line("%s%s", margin, connector)
		w.line("%s%s", margin, line)
	}
}
