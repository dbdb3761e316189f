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
	Update(r *scenario.Run, now history.Execution) // safe for concurrent use
	End()
}

// NewLive starts to show the progress of runs. A terminal that can redraw shows a line for each run
// and redraws these lines in place. Any other stream gets a line for each change. resumesAt returns
// the time at which a waiting step continues. It returns the zero time if the step does not wait,
// or if that time is unknown.
func (c *Console) NewLive(runs []*scenario.Run, resumesAt func(history.Step) time.Time) Live {
	if !c.CanRedraw() {
		return &liveLog{console: c, known: map[*scenario.Run]history.Execution{}}
	}
	b := newBoard(c.newRegion(), resumesAt, runs)
	c.setLive(b)
	return &liveBoard{b, c}
}

// liveBoard shows a board on standard error.
type liveBoard struct {
	*board
	console *Console
}

// End draws the board for the last time. If all executions have ended and standard output is also a
// terminal, End then erases the board, because the result repeats it.
func (l *liveBoard) End() {
	l.finish()
	l.console.setLive(nil)
	if l.console.width > 0 && l.allEnded() {
		l.region.erase()
	}
}

// liveLog writes a line for each change to standard error.
type liveLog struct {
	console *Console
	mu      sync.Mutex
	known   map[*scenario.Run]history.Execution
}

// Update writes the changes since the last call.
func (l *liveLog) Update(r *scenario.Run, now history.Execution) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before, ok := l.known[r]
	if !ok {
		before = history.New(nil)
	}
	for _, change := range changeLines(before, now) {
		l.console.Progress("%s %s", strong.Render(r.Label()), change)
	}
	l.known[r] = now
}

// End does nothing, because written lines stay.
func (l *liveLog) End() {}

// board shows a line for each run on a terminal, and redraws these lines in place.
type board struct {
	resumesAt func(history.Step) time.Time
	stop      func()

	mu     sync.Mutex
	region *region
	runs   []*scenario.Run
	latest map[*scenario.Run]history.Execution
}

// newBoard returns a board that redraws itself until finish is called. The board omits runs that
// failed to start.
func newBoard(r *region, resumesAt func(history.Step) time.Time, runs []*scenario.Run) *board {
	b := &board{region: r, resumesAt: resumesAt, latest: map[*scenario.Run]history.Execution{}}
	for _, r := range runs {
		if r.Err == nil {
			b.runs = append(b.runs, r)
			b.latest[r] = history.New(nil)
		}
	}
	b.stop = animate(redrawInterval, b.draw)
	return b
}

// Update stores the latest reading of a run's execution.
func (b *board) Update(r *scenario.Run, now history.Execution) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.latest[r] = now
}

// finish stops the regular redraws and draws the latest readings.
func (b *board) finish() {
	b.stop()
	b.draw()
}

// allEnded reports whether all runs have ended.
func (b *board) allEnded() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, now := range b.latest {
		if !now.Ended() {
			return false
		}
	}
	return true
}

// writeAbove writes a line above the board.
func (b *board) writeAbove(line string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.region.writeAbove(line)
	b.write()
}

// draw redraws the lines.
func (b *board) draw() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.write()
}

// write redraws the lines. The caller must hold b.mu.
func (b *board) write() {
	columns, _ := b.region.maxSize()
	labelWidth := 0
	for _, r := range b.runs {
		labelWidth = max(labelWidth, ansi.StringWidth(r.Label()))
	}
	labelWidth = min(labelWidth, columns/2) // a label can be an execution's name, of up to 80 characters
	var lines []string
	for _, r := range b.runs {
		line := truncateStart(progressLine(b.latest[r], b.resumesAt, time.Now()), columns-labelWidth-2)
		lines = append(lines, strong.Render(fitColumn(r.Label(), labelWidth))+"  "+line)
	}
	b.region.draw(lines...)
}

// progressLine returns an execution's path so far, with the progress in the current state.
func progressLine(e history.Execution, resumesAt func(history.Step) time.Time, now time.Time) string {
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
			state += attemptsMark(n)
		}
		if last := i == len(e.Steps)-1; last && !e.Ended() {
			state += waitingText(step, resumesAt, now)
		}
		states = append(states, state)
	}
	line := strings.Join(states, " → ")
	if !e.Ended() {
		return line
	}
	ended := fmt.Sprintf("%s in %s", signedStatus(e), Seconds(e.End.Sub(e.Start)))
	return strings.TrimPrefix(line+" → "+ended, " → ")
}

// waitingText says how much longer a waiting step waits. It returns "" for any other step. The time
// at which the step continues may already have passed: AWS's clock can differ from the local clock.
func waitingText(step history.Step, resumesAt func(history.Step) time.Time, now time.Time) string {
	at := resumesAt(step)
	if at.IsZero() {
		return ""
	}
	left := "any moment"
	if at.After(now) {
		left = "in " + Seconds(at.Sub(now))
	}
	parts := step.Timeline(now)
	if last := parts[len(parts)-1]; last.Kind == history.PartBackoff {
		return joinNonEmpty(" failed", printable(step.Attempts[last.Number-2].Error)) + ", retry " + left
	}
	return ", continues " + left
}
