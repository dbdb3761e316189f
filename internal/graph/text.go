package graph

import (
	"fmt"
	"strings"

	"retrycatch/internal/asl"
	"retrycatch/internal/history"
	"retrycatch/internal/look"
)

// String draws the graph for a terminal, without colors: the path of an execution, or the
// definition's states and transitions if there is none.
func (t *Trace) String() string {
	w := &writer{trace: t}
	start := "○ Start"
	if !t.Executed() && t.Timeout != "" {
		start += "  (" + t.Timeout + ")"
	}
	w.line("%s", start)
	if t.Executed() {
		w.path()
	} else {
		w.definition(&t.Machine, "")
	}
	if !t.Executed() || t.ended() {
		w.line("│")
		w.line("○ End")
	}
	return w.String()
}

// ended reports whether the path leads to the end.
func (t *Trace) ended() bool {
	for _, transition := range t.Transitions {
		if transition.To == nil && t.Count(transition) > 0 {
			return true
		}
	}
	return false
}

// definition lists states, each with its transitions below.
func (w *writer) definition(m *Machine, margin string) {
	for _, s := range m.States {
		w.line("%s│", margin)
		w.line("%s□ %s  (%s)", margin, s.Label(), s.Kind())
		for _, retry := range s.Retry {
			w.line("%s│   %s %s", margin, look.Retry, retry)
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
	if s.Type == asl.Map {
		return "for each item"
	}
	return fmt.Sprintf("branch %d", n+1)
}

// transitionLine says where a transition leads, and why it is taken.
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
		return look.Of(history.StepCaught).Sign + " " + to + "  on " + reason(t)
	case t.Kind == Default:
		return "→ " + to + "  otherwise"
	case len(t.Labels) > 0:
		return "→ " + to + "  if " + reason(t)
	default:
		return "→ " + to
	}
}

// reason lists the errors or the conditions of a transition. Any one of them is enough.
func reason(t *Transition) string {
	lines := labels(t)
	if t.Kind == Catch {
		return strings.Join(lines, ", ")
	}
	return strings.Join(lines, " or ")
}

// path lists the steps in the order of time, each with the transition to it and its outcome.
func (w *writer) path() {
	for i, step := range w.trace.steps {
		s := w.trace.states[step.State]
		margin, name := "", step.State
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
		if step.Previous >= 0 && step.Previous < i-1 {
			connector += "  (from " + short(w.trace.steps[step.Previous].State) + ")"
		}
		outcome := look.Of(step.Status)
		line := fmt.Sprintf("%s %s  %s", outcome.Sign, short(name), outcome.Word)
		if n := len(step.Attempts); n > 1 {
			line += fmt.Sprintf("  %s %d attempts", look.Retry, n)
		}
		w.line("%s%s", margin, connector)
		w.line("%s%s", margin, line)
	}
}
