package view

import (
	"fmt"
	"math"
	"time"
)

const (
	minShownReading = time.Second     // least duration of a reading that a terminal shows
	logInterval     = 5 * time.Second // least time between two lines without a terminal
)

// ReadMeter shows the progress of a long reading on standard error, with the time left. A terminal
// has one line, redrawn in place. Any other stream gets a new line every few seconds.
type ReadMeter struct {
	console  *Console
	line     *line
	what     string // such as "executions read"
	total    int
	minTime  func(left int) time.Duration
	began    time.Time
	loggedAt time.Time // time of the last line
	done     int
}

// NewReadMeter begins to show a reading. least returns the least time that AWS's quotas require for
// the rest.
func (c *Console) NewReadMeter(what string, total int, least func(left int) time.Duration) *ReadMeter {
	now := time.Now()
	r := &ReadMeter{console: c, line: c.newLine(), what: what, total: total, minTime: least, began: now, loggedAt: now}
	c.setLive(r.line)
	return r
}

// Show updates the number of items read.
func (r *ReadMeter) Show(done int) {
	r.done = done
	switch {
	case !r.line.onTerminal() && time.Since(r.loggedAt) >= logInterval:
		r.loggedAt = time.Now()
		fmt.Fprintln(r.line.out, r.text(0))
	case r.line.onTerminal() && time.Since(r.began) >= minShownReading && r.line.isDue():
		r.line.draw(r.text(r.line.maxWidth()))
	}
}

// End leaves the last state on the terminal if the reading was long enough to show.
func (r *ReadMeter) End() {
	r.console.setLive(nil)
	if r.line.wasDrawn() {
		r.line.drawLast(r.text(r.line.maxWidth()))
	}
}

// text describes the reading in a line of at most width columns. A width of 0 is no limit, and the
// line has no bar.
func (r *ReadMeter) text(width int) string {
	var segments []segment
	if width > 0 {
		segments = append(segments, segment{"", progressBar(r.done, r.total, width), 3})
	}
	segments = append(segments, segment{" ", fmt.Sprintf("%3d %%", 100*r.done/r.total), 0},
		segment{"  ", fmt.Sprintf("%d of %d %s", r.done, r.total, r.what), 1})
	if left := r.timeLeft(r.done); left > 0 {
		segments = append(segments, segment{", ", "about " + roundedUp(left) + " left", 2})
	}
	return joinFitting(segments, width)
}

// timeLeft estimates the time for the rest from the rate so far. A quota may require more.
func (r *ReadMeter) timeLeft(done int) time.Duration {
	rest := r.total - done
	if rest == 0 {
		return 0
	}
	return max(r.minTime(rest), time.Duration(float64(time.Since(r.began))/float64(done)*float64(rest)))
}

func roundedUp(d time.Duration) string {
	if d < 2*time.Minute {
		return fmt.Sprintf("%.0f s", math.Ceil(d.Seconds()))
	}
	return fmt.Sprintf("%.0f min", math.Ceil(d.Minutes()))
}
