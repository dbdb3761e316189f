package cli

import (
	"fmt"
	"math"
	"time"
)

const (
	noticeable = time.Second     // a terminal shows a reading that takes longer
	silence    = 5 * time.Second // the time between two lines elsewhere
)

// reading shows the progress of a long reading on standard error, and the time that is left: on a
// terminal in one line that is redrawn, elsewhere in a new line now and then.
type reading struct {
	console *console
	line    *line
	what    string // such as "executions read"
	total   int
	least   func(left int) time.Duration // the least time that the quotas allow
	began   time.Time
	told    time.Time // the last line
	done    int
}

func (a *app) newReading(what string, total int, least func(left int) time.Duration) *reading {
	now := time.Now()
	r := &reading{console: a.console, line: a.newLine(), what: what, total: total, least: least, began: now, told: now}
	a.console.redraw(r.line)
	return r
}

// show updates the number of those done.
func (r *reading) show(done int) {
	r.done = done
	switch {
	case !r.line.onTerminal() && time.Since(r.told) >= silence:
		r.told = time.Now()
		fmt.Fprintln(r.line.out, r.text(done))
	case r.line.onTerminal() && time.Since(r.began) >= noticeable && r.line.isDue():
		r.line.draw(r.drawing())
	}
}

// end leaves the last state on the terminal, if it has shown any.
func (r *reading) end() {
	r.console.redraw(nil)
	if r.line.shown() {
		r.line.leave(r.drawing())
	}
}

func (r *reading) drawing() string { return bar(r.done, r.total) + " " + r.text(r.done) }

func (r *reading) text(done int) string {
	text := fmt.Sprintf("%3d %%  %d of %d %s", 100*done/r.total, done, r.total, r.what)
	if left := r.left(done); left > 0 {
		text += ", about " + roughly(left) + " left"
	}
	return text
}

// left estimates the time that the rest takes: at the rate so far, or longer if a quota is near.
func (r *reading) left(done int) time.Duration {
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
