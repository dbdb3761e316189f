package main

import (
	"fmt"
	"io"

	"charm.land/lipgloss/v2"
	"charm.land/lipgloss/v2/table"
)

// show writes the tables. It returns errMissed if a row does not pass.
func show(w io.Writer, results []result, sizes []grown) error {
	met := true
	verdict := func(passes bool) string {
		met = met && passes
		if passes {
			return "✓"
		}
		return "✗ exceeded"
	}
	var lines [][]string
	for _, r := range results {
		against, ratio := "", ""
		if r.row.against != nil {
			against, ratio = r.unit(median(r.against)), fmt.Sprintf("%.2f×", r.ratio())
		}
		lines = append(lines, []string{r.name, r.unit(median(r.subject)), r.reference, against, ratio,
			r.limit.String(), verdict(r.passes())})
	}
	if len(lines) > 0 {
		write(w, []string{"What", "Median", "Reference", "Median", "Ratio", "Limit", ""}, lines)
	}
	lines = nil
	for _, g := range sizes {
		times, least := "", ""
		if g.times > 0 {
			times = fmt.Sprintf("%.0f×: time %.1f×, memory %.1f×", g.times, (g.cost.seconds-g.minimum)/g.previous.seconds,
				g.cost.bytes/g.previous.bytes)
		}
		if g.minimum > 0 {
			least = fmt.Sprintf("%s: %.2f× (≤ %.2f×)", seconds(g.minimum), g.cost.seconds/g.minimum, nearLeast)
		}
		lines = append(lines, []string{g.name, fmt.Sprintf("%d %s", g.size, g.of), seconds(g.cost.seconds),
			bytes(g.cost.bytes), times, least, verdict(g.passes())})
	}
	if len(lines) > 0 {
		write(w, []string{"What", "Size", "Time", "Memory", "Growth from the size before", "Least", ""}, lines)
	}
	if !met {
		return errMissed
	}
	return nil
}

func write(w io.Writer, headers []string, lines [][]string) {
	t := table.New().Headers(headers...).Rows(lines...).Border(lipgloss.NormalBorder()).
		StyleFunc(func(int, int) lipgloss.Style { return lipgloss.NewStyle().Padding(0, 1) })
	fmt.Fprintln(w, t.Render())
}
