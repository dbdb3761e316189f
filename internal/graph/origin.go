package graph

import (
	"fmt"
	"slices"
	"strings"
)

// reason describes why a transition is taken. Any one of its labels suffices.
func reason(t *Transition, labels []string) string {
	switch {
	case t.Kind == Catch:
		return "on " + strings.Join(labels, ", ")
	case t.Kind == Default:
		return "otherwise"
	case len(labels) > 0:
		return "if " + strings.Join(labels, " or ")
	default:
		return ""
	}
}

// origin names the states above a chain that lead to it.
func (f *flow) origin(chain []*State) string {
	entries := slices.DeleteFunc(slices.Clone(f.entries[chain[0]]),
		f.above)
	if len(entries) == 0 {
		return "Never reached:"
	}
	slices.SortStableFunc(entries, func(a, b *Transition) int { return f.position[a.From] - f.position[b.From] })
	var names, reasons []string
	sign := outcomeCaught.Sign
	for _, t := range entries {
		names = append(names, t.From.Label())
		reasons = append(reasons, reason(t, whole(t)))
		if t.Kind != Catch {
			sign = "→"
		}
	}
	text := sign + " From " + listed(slices.Compact(names))
	if r := slices.Compact(reasons); len(r) == 1 && r[0] != "" && len([]rune(r[0])) <= longest { // it is whole above
		text += ", " + r[0]
	}
	return text + ":"
}

// listed lists names. It counts those after the first few.
func listed(names []string) string {
	const most = 3
	last := names[len(names)-1]
	if n := len(names) - most; n > 1 {
		names, last = names[:most+1], fmt.Sprintf("%d more", n)
	}
	if len(names) == 1 {
		return last
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + last
}
