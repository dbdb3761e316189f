package view

import (
	"fmt"
	"math"
	"time"
)

const (
	noticeable = time.Second     // least duration of a reading that a terminal shows
	silence    = 5 * time.Second // least time between two lines without a terminal
)

// Reading shows the progress of a long reading on standard error, with the time left. A terminal
// has one line, redrawn in place. Any other stream gets a new line every few seconds.
type Reading struct {
	console *Console
	line    *line
	what    string // such as "executions read"
	total   int
	least   func(left int) time.Duration
	began   time.Time
	told    time.Time // time of the last line
	done    int
}

// NewReading begins to show a reading. least returns the least time that AWS's quotas require for
// the rest.
func (c *Console) NewReading(what string, total int, least func(left int) time.Duration) *Reading {
	now := time.Now()
	r := &Reading{console: c, line: c.newLine(), what: what, total: total, least: least, began: now, told: now}
	c.redraw(r.line)
	return r
}

// Show updates the number of items read.
func (r *Reading) Show(done int) {
	r.done = done
	switch {
	case !r.line.onTerminal() && time.Since(r.told) >= silence:
		r.told = time.Now()
		fmt.Fprintln(r.line.out, r.text(0))
	case r.line.onTerminal() && time.Since(r.began) >= noticeable && r.line.isDue():
		r.line.draw(r.text(r.line.room()))
	}
}

// End leaves the last state on the terminal if the reading was long enough to show.
func (r *Reading) End() {
	r.console.redraw(nil)
	if r.line.shown() {
		r.line.leave(r.text(r.line.room()))
	}
}

// text describes the reading in a line of at most width columns. A width of 0 is no limit, and the
// line has no bar.
func (r *Reading) text(width int) string {
	var segments []segment
	if width > 0 {
		segments = append(segments, segment{"", bar(r.done, r.total, width), 3})
	}
	segments = append(segments, segment{" ", fmt.Sprintf("%3d %%", 100*r.done/r.total), 0},
		segment{"  ", fmt.Sprintf("%d of %d %s", r.done, r.total, r.what), 1})
	if left := r.left(r.done); left > 0 {
		segments = append(segments, segment{", ", "about " + roughly(left) + " left", 2})
	}
	return fit(segments, width)
}

// left estimates the time for the rest from the rate so far. A quota may require more.
func (r *Reading) left(done int) time.Duration {
	rest := r.total - done
	if rest == 0 {
		return 0
	}
	return max(r.least(rest), time.Duration(float64(time.Since(r.began))/float64(done)*float64(rest)))
}

func roughly(d time.Duration) string {
	if d < 2*time.Minute {
		return fmt.Sprintf("%.0f s", math.Ceil(d.Seconds()))
	}
	return fmt.Sprintf("%.0f min", math.Ceil(d.Minutes()))
}
