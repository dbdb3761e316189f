package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"retrycatch/internal/load"
)

const (
	barWidth  = 20
	redrawing = 100 * time.Millisecond // at most so often
)

// meter shows on standard error how far a load has come: on a terminal in one line that is drawn again and again,
// elsewhere in a line for each tenth.
type meter struct {
	out    io.Writer
	width  int // of the terminal, or 0
	began  time.Time
	drawn  time.Time // zero before the first time
	last   load.Counts
	tenths int
}

func (a *app) newMeter() *meter {
	return &meter{out: a.console.err, width: terminalWidth(a.console.rawErr), began: time.Now()}
}

// show takes the counts whenever they have changed.
func (m *meter) show(c load.Counts) {
	m.last = c
	if m.width > 0 {
		if time.Since(m.drawn) >= redrawing {
			m.draw()
		}
		return
	}
	if tenths := 10 * settled(c) / c.Total; tenths > m.tenths {
		m.tenths = tenths
		fmt.Fprintln(m.out, progressLine(c, time.Since(m.began)))
	}
}

// end leaves the last state on the terminal.
func (m *meter) end() {
	if m.width > 0 && m.last.Total > 0 {
		m.draw()
		fmt.Fprintln(m.out)
	}
}

// draw writes over the line. It is as long as the terminal is wide, less one column, in which some terminals would begin
// a new line.
func (m *meter) draw() {
	m.drawn = time.Now()
	line := []rune(bar(m.last) + " " + progressLine(m.last, time.Since(m.began)))
	line = line[:min(len(line), m.width-1)]
	fmt.Fprintf(m.out, "\r%s%s", string(line), strings.Repeat(" ", m.width-1-len(line)))
}

// settled counts the executions whose outcome is final.
func settled(c load.Counts) int { return c.Done + c.Lost }

func bar(c load.Counts) string {
	full := barWidth * settled(c) / c.Total
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
