package cli

import (
	"fmt"
	"strings"
	"time"

	"retrycatch/internal/load"
)

const barWidth = 20

// meter shows on standard error how far a load has come: on a terminal in one line that is drawn again and again,
// elsewhere in a line for each tenth.
type meter struct {
	line   *line
	began  time.Time
	last   load.Counts
	tenths int
}

func (a *app) newMeter() *meter {
	return &meter{line: a.newLine(), began: time.Now()}
}

// show takes the counts whenever they have changed.
func (m *meter) show(c load.Counts) {
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

// end leaves the last state on the terminal.
func (m *meter) end() {
	if m.line.onTerminal() && m.last.Total > 0 {
		m.line.leave(m.text())
	}
}

func (m *meter) text() string {
	return bar(settled(m.last), m.last.Total) + " " + progressLine(m.last, time.Since(m.began))
}

// settled counts the executions whose outcome is final.
func settled(c load.Counts) int { return c.Done + c.Lost }

func bar(done, total int) string {
	full := barWidth * done / total
	return strings.Repeat("█", full) + strings.Repeat("░", barWidth-full)
}

// progressLine is the counts in words, the most important first, as a narrow terminal cuts off its end.
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
