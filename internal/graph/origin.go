package graph

import (
	"fmt"
	"slices"
	"strings"
)

// describeReason says when a transition is taken. The labels are alternatives.
func describeReason(t *Transition, labels []string) string {
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

// describeOrigin names the states that lead to a chain from above.
func (f *flow) describeOrigin(chain []*State) string {
	entries := slices.DeleteFunc(slices.Clone(f.entries[chain[0]]), f.leadsUp)
	if len(entries) == 0 {
		return "Never reached:"
	}
	slices.SortStableFunc(entries, func(a, b *Transition) int { return f.position[a.From] - f.position[b.From] })
	var names, reasons []string
	sign := outcomeCaught.Sign
	for _, t := range entries {
		names = append(names, t.From.Label())
		reasons = append(reasons, describeReason(t, fullLabels(t)))
		if t.Kind != Catch {
			sign = "→"
		}
	}
	text := sign + " From " + joinNames(slices.Compact(names))
	// A longer reason appears only in the lines of the source state.
	if r := slices.Compact(reasons); len(r) == 1 && r[0] != "" && len([]rune(r[0])) <= maxDetailLength {
		text += ", " + r[0]
	}
	return text + ":"
}

// joinNames joins the first few names, and counts the others.
func joinNames(names []string) string {
	const maxNames = 3
	last := names[len(names)-1]
	if n := len(names) - maxNames; n > 1 {
		names, last = names[:maxNames+1], fmt.Sprintf("%d more", n)
	}
	if len(names) == 1 {
		return last
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + last
}
