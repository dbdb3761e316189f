package view

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/charmbracelet/x/ansi"

	"retrycatch/internal/history"
	"retrycatch/internal/scenario"
)

// Live shows the progress of executions on standard error.
type Live interface {
	Changed(r *scenario.Run, now history.Execution) // safe for concurrent use
	End()
}

// NewLive begins to show runs. A terminal has one line for each run, redrawn in place. Any other
// stream gets a line for each change. until returns when a waiting step continues, or zero if
// unknown.
func (c *Console) NewLive(runs []*scenario.Run, until func(history.Step) time.Time) Live {
	if !c.Redraws() {
		return &log{console: c, known: map[*scenario.Run]history.Execution{}}
	}
	b := newBoard(c.newRegion(), until, runs)
	c.redraw(b)
	return &drawnLive{b, c}
}

// drawnLive shows a board on a console.
type drawnLive struct {
	*board
	console *Console
}

// End leaves the last state on the terminal. It erases the board where a result that repeats it
// follows on the same terminal.
func (l *drawnLive) End() {
	l.end()
	l.console.redraw(nil)
	if l.console.width > 0 && l.ended() {
		l.region.erase()
	}
}

// log writes a line for each change to standard error.
type log struct {
	console *Console
	mu      sync.Mutex
	known   map[*scenario.Run]history.Execution
}

// Changed writes what has changed since the last call.
func (l *log) Changed(r *scenario.Run, now history.Execution) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before, ok := l.known[r]
	if !ok {
		before = history.New(nil)
	}
	for _, change := range changes(before, now) {
		l.console.Progress("%s %s", strong.Render(r.Label()), change)
	}
	l.known[r] = now
}

// End does nothing: every change has its line.
func (l *log) End() {}

// board shows a line for each run.
type board struct {
	until func(history.Step) time.Time
	stop  func()

	mu     sync.Mutex
	region *region
	runs   []*scenario.Run
	now    map[*scenario.Run]history.Execution
}

// newBoard returns a board that redraws itself until its end.
func newBoard(r *region, until func(history.Step) time.Time, runs []*scenario.Run) *board {
	b := &board{region: r, until: until, now: map[*scenario.Run]history.Execution{}}
	for _, r := range runs {
		if r.Err == nil {
			b.runs = append(b.runs, r)
			b.now[r] = history.New(nil)
		}
	}
	b.stop = animate(redrawing, b.draw)
	return b
}

// Changed updates a run.
func (b *board) Changed(r *scenario.Run, now history.Execution) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now[r] = now
}

// end leaves the last state on the terminal.
func (b *board) end() {
	b.stop()
	b.draw()
}

// ended reports whether all runs have ended.
func (b *board) ended() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, now := range b.now {
		if !now.Ended() {
			return false
		}
	}
	return true
}

// above writes a line above the board.
func (b *board) above(line string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.region.above(line)
	b.write()
}

// draw writes the lines over those drawn before.
func (b *board) draw() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.write()
}

func (b *board) write() {
	columns, _ := b.region.room()
	label := 0
	for _, r := range b.runs {
		label = max(label, ansi.StringWidth(r.Label()))
	}
	label = min(label, columns/2) // an execution's name has up to 80 characters
	var lines []string
	for _, r := range b.runs {
		line := keepEnd(doing(b.now[r], b.until, time.Now()), columns-label-2)
		lines = append(lines, strong.Render(fitting(r.Label(), label))+"  "+line)
	}
	b.region.draw(lines...)
}

// doing describes an execution in one line: its path so far, and its progress in the current state.
func doing(e history.Execution, until func(history.Step) time.Time, now time.Time) string {
	if len(e.Steps) == 0 && !e.Ended() {
		return "starting"
	}
	var states []string
	for i, step := range e.Steps {
		state, n := printable(step.State), len(step.Attempts)
		switch {
		case n > 0 && step.Status == history.StepRunning:
			state += fmt.Sprintf(" (attempt %d)", n)
		default:
			state += repeated(n)
		}
		if last := i == len(e.Steps)-1; last && !e.Ended() {
			state += waiting(step, until, now)
		}
		states = append(states, state)
	}
	line := strings.Join(states, " → ")
	if !e.Ended() {
		return line
	}
	ended := fmt.Sprintf("%s in %s", signedOutcome(e), Seconds(e.End.Sub(e.Start)))
	return strings.TrimPrefix(line+" → "+ended, " → ")
}

// waiting says how long a step still waits, or returns "" for a step that does not wait. The end
// may seem to be past: AWS's clock can differ from this machine's.
func waiting(step history.Step, until func(history.Step) time.Time, now time.Time) string {
	at := until(step)
	if at.IsZero() {
		return ""
	}
	left := "any moment"
	if at.After(now) {
		left = "in " + Seconds(at.Sub(now))
	}
	parts := step.Timeline(now)
	if last := parts[len(parts)-1]; last.Kind == history.PartBackoff {
		return joined(" failed", printable(step.Attempts[last.Number-2].Error)) + ", retry " + left
	}
	return ", continues " + left
}
