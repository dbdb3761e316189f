package main

import (
	"fmt"
	"io"

	"charm.land/lipgloss/v2"
	"charm.land/lipgloss/v2/table"
)

// showTables writes both tables. It returns errLimitExceeded if a row exceeds its limit.
func showTables(w io.Writer, results []result, points []growthPoint) error {
	allPass := true
	verdict := func(passes bool) string {
		allPass = allPass && passes
		if passes {
			return "✓"
		}
		return "✗ exceeded"
	}
	var lines [][]string
	for _, r := range results {
		reference, ratio := "", ""
		if r.row.reference != nil {
			reference, ratio = r.unit(median(r.reference)), fmt.Sprintf("%.2f×", r.ratio())
		}
		lines = append(lines, []string{r.name, r.unit(median(r.subject)), r.referenceName, reference, ratio,
			r.limit.String(), verdict(r.passes())})
	}
	if len(lines) > 0 {
		writeTable(w, []string{"Measurement", "Median", "Reference", "Median", "Ratio", "Limit", ""}, lines)
	}
	lines = nil
	for _, g := range points {
		growth, minimum := "", ""
		if g.sizeFactor > 0 {
			growth = fmt.Sprintf("size %.0f×, time %.1f×, memory %.1f×", g.sizeFactor,
				(g.cost.seconds-g.minSeconds)/g.previous.seconds,
				g.cost.bytes/g.previous.bytes)
		}
		if g.minSeconds > 0 {
			minimum = fmt.Sprintf("%s (took %.2f×, limit %.2f×)", seconds(g.minSeconds),
				g.cost.seconds/g.minSeconds, durationMargin)
		}
		lines = append(lines, []string{g.name, fmt.Sprintf("%d %s", g.size, g.sizeUnit), seconds(g.cost.seconds),
			bytes(g.cost.bytes), growth, minimum, verdict(g.passes())})
	}
	if len(lines) > 0 {
		writeTable(w, []string{"Measurement", "Size", "Time", "Memory", "Growth from the previous size", "Minimum time", ""},
			lines)
	}
	if !allPass {
		return errLimitExceeded
	}
	return nil
}

func writeTable(w io.Writer, headers []string, lines [][]string) {
	t := table.New().Headers(headers...).Rows(lines...).Border(lipgloss.NormalBorder()).
		StyleFunc(func(int, int) lipgloss.Style { return lipgloss.NewStyle().Padding(0, 1) })
	fmt.Fprintln(w, t.Render())
}
