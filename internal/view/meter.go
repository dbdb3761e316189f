package view

import (
	"fmt"
	"strings"
	"time"

	"retrycatch/internal/load"
)

const barWidth = 20

// Meter shows the progress of a load on standard error: on a terminal in one line that is redrawn,
// elsewhere in a line for each tenth.
type Meter struct {
	console *Console
	line    *line
	began   time.Time
	last    load.Counts
	tenths  int
}

// NewMeter begins to show a load.
func (c *Console) NewMeter() *Meter {
	m := &Meter{console: c, line: c.newLine(), began: time.Now()}
	c.redraw(m.line)
	return m
}

// Show updates the counts.
func (m *Meter) Show(c load.Counts) {
	m.last = c
	if m.line.onTerminal() {
		if m.line.isDue() {
			m.line.draw(m.text())
		}
		return
	}
	if tenths := 10 * settled(c) / c.Total; tenths > m.tenths {
		m.tenths = tenths
		fmt.Fprintln(m.line.out, progressLine(c, time.Since(m.began)))
	}
}

// End leaves the last state on the terminal.
func (m *Meter) End() {
	m.console.redraw(nil)
	if m.line.onTerminal() && m.last.Total > 0 {
		m.line.leave(m.text())
	}
}

func (m *Meter) text() string {
	return bar(settled(m.last), m.last.Total) + " " + progressLine(m.last, time.Since(m.began))
}

// settled counts the executions whose outcome is final.
func settled(c load.Counts) int { return c.Done + c.Lost }

func bar(done, total int) string {
	full := barWidth * done / total
	return strings.Repeat("█", full) + strings.Repeat("░", barWidth-full)
}

// progressLine puts the most important count first: a narrow terminal cuts off the end.
func progressLine(c load.Counts, since time.Duration) string {
	line := fmt.Sprintf("%3d %%  %d started, %d running, %d done, %d failed checks", 100*settled(c)/c.Total, c.Started, c.Running, c.Done, c.Failed)
	if c.Lost > 0 {
		line += fmt.Sprintf(", %d lost", c.Lost)
	}
	if since > 0 {
		line += fmt.Sprintf(", %.1f/s", float64(settled(c))/since.Seconds())
	}
	if c.Throttled > 0 {
		line += fmt.Sprintf(", %d calls throttled", c.Throttled)
	}
	return line
}
