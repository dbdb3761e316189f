package view

import (
	"fmt"
	"math"
	"time"
)

const (
	progressDelay = time.Second     // after this time, a terminal shows the progress
	logInterval   = 5 * time.Second // minimum time between two lines if standard error is not a terminal
)

// ReadMeter shows the progress and the remaining time of many read requests on standard error. On a
// terminal, it redraws one line in place. To any other stream, it writes a line every few seconds.
type ReadMeter struct {
	console  *Console
	line     *line
	what     string // text after the numbers, such as "executions read"
	total    int
	minTime  func(left int) time.Duration
	began    time.Time
	loggedAt time.Time // time of the last line
	done     int
}

// NewReadMeter starts a meter for the given total number of reads. minTime returns the minimum time
// that AWS's quotas require for the remaining reads.
func (c *Console) NewReadMeter(what string, total int, minTime func(left int) time.Duration) *ReadMeter {
	now := time.Now()
	r := &ReadMeter{console: c, line: c.newLine(), what: what, total: total, minTime: minTime, began: now, loggedAt: now}
	c.setLive(r.line)
	return r
}

// Show records the current number of reads, and shows it if an update is due.
func (r *ReadMeter) Show(done int) {
	r.done = done
	switch {
	case !r.line.onTerminal() && time.Since(r.loggedAt) >= logInterval:
		r.loggedAt = time.Now()
		fmt.Fprintln(r.line.out, r.text(0))
	case r.line.onTerminal() && time.Since(r.began) >= progressDelay && r.line.isDue():
		r.line.draw(r.text(r.line.maxWidth()))
	}
}

// End stops the meter. If the meter was drawn on a terminal, the last numbers stay there.
func (r *ReadMeter) End() {
	r.console.setLive(nil)
	if r.line.wasDrawn() {
		r.line.drawLast(r.text(r.line.maxWidth()))
	}
}

// text returns a line of at most width columns. A width of 0 means no limit and no progress bar.
func (r *ReadMeter) text(width int) string {
	var segments []segment
	if width > 0 {
		segments = append(segments, segment{"", progressBar(r.done, r.total, width), 3})
	}
	segments = append(segments, segment{" ", fmt.Sprintf("%3d %%", 100*r.done/r.total), 0},
		segment{"  ", fmt.Sprintf("%d of %d %s", r.done, r.total, r.what), 1})
	if left := r.timeLeft(r.done); left > 0 {
		segments = append(segments, segment{", ", "about " + formatRoundedUp(left) + " left", 2})
	}
	return joinFitting(segments, width)
}

// timeLeft estimates the remaining time from the rate so far, but never returns less than minTime.
func (r *ReadMeter) timeLeft(done int) time.Duration {
	rest := r.total - done
	if rest == 0 {
		return 0
	}
	return max(r.minTime(rest), time.Duration(float64(time.Since(r.began))/float64(done)*float64(rest)))
}

func formatRoundedUp(d time.Duration) string {
	if d < 2*time.Minute {
		return fmt.Sprintf("%.0f s", math.Ceil(d.Seconds()))
	}
	return fmt.Sprintf("%.0f min", math.Ceil(d.Minutes()))
}
