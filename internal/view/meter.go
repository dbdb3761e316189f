package view

import (
	"fmt"
	"strings"
	"time"

	"retrycatch/internal/load"
)

// Meter shows the progress of a load test on standard error. On a terminal, it redraws one line in
// place. To any other stream, it writes a line after each tenth of the executions.
type Meter struct {
	console *Console
	line    *line
	began   time.Time
	speed   speed
	last    load.Counts
	tenths  int // share of finished executions in the last printed line, in tenths
}

// NewMeter starts to show the progress of a load test.
func (c *Console) NewMeter() *Meter {
	m := &Meter{console: c, line: c.newLine(), began: time.Now()}
	c.setLive(m.line)
	return m
}

// Show records the current counts, and shows them if an update is due.
func (m *Meter) Show(c load.Counts) {
	m.last = c
	m.speed.add(time.Since(m.began), finishedCount(c))
	if m.line.onTerminal() {
		if m.line.isDue() {
			m.line.draw(loadProgress(c, m.speed.rate(), m.line.maxWidth()))
		}
		return
	}
	if tenths := 10 * finishedCount(c) / c.Total; tenths > m.tenths {
		m.tenths = tenths
		fmt.Fprintln(m.line.out, loadProgress(c, m.speed.rate(), 0))
	}
}

// End writes a summary. On a terminal, the summary replaces the progress.
func (m *Meter) End() {
	m.console.setLive(nil)
	m.line.erase()
	if m.last.Done > 0 {
		fmt.Fprintln(m.line.out, wrapText(loadSummary(m.last, time.Since(m.began)), m.line.columns(), 0))
	}
}

// finishedCount returns the number of ended and lost executions.
func finishedCount(c load.Counts) int { return c.Done + c.Lost }

// loadProgress describes a load test's progress in a line of at most width columns. A width of 0
// means no limit and no progress bar.
func loadProgress(c load.Counts, rate float64, width int) string {
	done := finishedCount(c)
	var segments []segment
	add := func(rank int, before, format string, values ...any) {
		segments = append(segments, segment{before, fmt.Sprintf(format, values...), rank})
	}
	if width > 0 {
		add(5, "", "%s", progressBar(done, c.Total, width))
	}
	add(1, " ", "%3d %%", 100*done/c.Total)
	add(0, "  ", "%s of %s", withCommas(done), withCommas(c.Total))
	if c.Failed > 0 {
		add(2, ", ", "%s not as expected", withCommas(c.Failed))
	}
	if c.Lost > 0 {
		add(3, ", ", "%s lost", withCommas(c.Lost))
	}
	if rate > 0 {
		add(6, ", ", "%.1f/s", rate)
		if left := c.Total - done; left > 0 {
			add(4, ", ", "about %s left", formatRoundedUp(time.Duration(float64(left)/rate*float64(time.Second))))
		}
	}
	if c.Throttled > 0 {
		add(7, ", ", "%s throttled", countedWithCommas(c.Throttled, "call"))
	}
	add(8, ", ", "%s running", withCommas(c.Running))
	return joinFitting(segments, width)
}

// loadSummary returns a sentence about a finished load test.
func loadSummary(c load.Counts, took time.Duration) string {
	what := countedWithCommas(c.Total, "execution")
	if c.Done < c.Total {
		what = fmt.Sprintf("%s of %s ended", withCommas(c.Done), what)
	}
	rate := ""
	if took > 0 {
		rate = fmt.Sprintf(" (%.1f/s)", float64(c.Done)/took.Seconds())
	}
	throttled := "no calls throttled"
	if c.Throttled > 0 {
		throttled = countedWithCommas(c.Throttled, "call") + " throttled and retried"
	}
	return fmt.Sprintf("%s in %s%s; %s.", what, Seconds(took), rate, throttled)
}

// withCommas returns a number such as 1,000.
func withCommas(n int) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// countedWithCommas returns text such as "1,000 executions".
func countedWithCommas(n int, what string) string {
	return withCommas(n) + strings.TrimPrefix(Counted(n, what), fmt.Sprint(n))
}
