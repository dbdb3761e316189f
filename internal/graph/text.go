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
				w.line("%s│   %s", margin, transitionLine(t))
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

func transitionLine(t *Transition) string {
	arrow, to := "→", "End"
	if t.Kind == Catch {
		arrow = Caught.Icon()
	}
	if t.To != nil {
		to = t.To.Label()
	}
	if len(t.Labels) == 0 {
		return arrow + " " + to
	}
	word := "if"
	if t.Kind == Catch {
		word = "on"
	}
	if t.Kind == Default {
		return arrow + " " + to + "  otherwise"
	}
	return fmt.Sprintf("%s %s  %s %s", arrow, to, word, someOf(t.Labels, 3))
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
			connector = "│ " + someOf(in.Labels, 3)
			if in.Kind == Catch {
				connector = "┊ " + someOf(in.Labels, 3)
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
