package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"retrycatch/internal/history"
	"retrycatch/internal/workflow"
)

// liveView shows on standard error what runs do while they do it.
type liveView interface {
	changed(r *run, now history.Execution) // by any number of runs at the same time
	end()
}

// newLiveView is a line for each run, drawn again and again, on a terminal, and a line for each change elsewhere.
func (a *app) newLiveView(ctx context.Context, t *target, stateMachine string, runs []*run) liveView {
	width := terminalWidth(a.console.rawErr)
	if width == 0 || colorprofile.Detect(a.console.rawErr, os.Environ()) <= colorprofile.NoTTY { // as with TERM=dumb
		return &log{console: a.console, known: map[*run]history.Execution{}}
	}
	waits, _ := workflow.ReadWaits(ctx, t.Config, stateMachine) // without the definition it just cannot say how long a wait is
	return newBoard(a.console.err, width, waits, runs)
}

// log says each change in a line.
type log struct {
	console *console
	mu      sync.Mutex
	known   map[*run]history.Execution
}

func (l *log) changed(r *run, now history.Execution) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before, ok := l.known[r]
	if !ok {
		before = history.New(nil)
	}
	for _, change := range changes(before, now) {
		l.console.progress("%s %s", strong.Render(r.label), change)
	}
	l.known[r] = now
}

func (l *log) end() {}

// board has a line for each run.
type board struct {
	out   io.Writer
	width int
	waits workflow.Waits
	stop  func()

	mu    sync.Mutex
	runs  []*run
	now   map[*run]history.Execution
	drawn bool
}

// newBoard draws it until its end.
func newBoard(out io.Writer, width int, waits workflow.Waits, runs []*run) *board {
	b := &board{out: out, width: width, waits: waits, now: map[*run]history.Execution{}}
	for _, r := range runs {
		if r.err == nil {
			b.runs = append(b.runs, r)
			b.now[r] = history.New(nil)
		}
	}
	ticker, done, drawing := time.NewTicker(redrawing), make(chan struct{}), sync.WaitGroup{}
	drawing.Go(func() {
		for {
			select {
			case <-ticker.C:
				b.draw()
			case <-done:
				return
			}
		}
	})
	b.stop = func() {
		ticker.Stop()
		close(done)
		drawing.Wait()
	}
	return b
}

func (b *board) changed(r *run, now history.Execution) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now[r] = now
}

// end leaves the last state on the terminal.
func (b *board) end() {
	b.stop()
	b.draw()
}

// above writes a line above the board.
func (b *board) above(line string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.drawn {
		line = ansi.CursorUp(len(b.runs)) + "\r" + ansi.EraseScreenBelow + line
	}
	fmt.Fprintln(b.out, line)
	b.drawn = false
	b.write()
}

// draw writes the lines over those drawn before.
func (b *board) draw() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.write()
}

func (b *board) write() {
	var lines strings.Builder
	if b.drawn {
		lines.WriteString(ansi.CursorUp(len(b.runs)))
	}
	label := 0
	for _, r := range b.runs {
		label = max(label, ansi.StringWidth(r.label))
	}
	for _, r := range b.runs {
		line := doing(b.now[r], b.waits, time.Now())
		if room := b.width - label - 3; ansi.StringWidth(line) > room { // the end says what goes on
			line = ansi.TruncateLeft(line, ansi.StringWidth(line)-room+1, "…")
		}
		fmt.Fprintf(&lines, "\r%s%s  %s\n", ansi.EraseEntireLine, strong.Render(fmt.Sprintf("%-*s", label, r.label)), line)
	}
	fmt.Fprint(b.out, lines.String())
	b.drawn = len(b.runs) > 0
}

// doing is an execution in one line: the states that it went through, and what it does now.
func doing(e history.Execution, waits workflow.Waits, now time.Time) string {
	if len(e.Steps) == 0 && !e.Ended() {
		return "starting"
	}
	var states []string
	for i, step := range e.Steps {
		state, n := printable(step.State), len(step.Attempts)
		switch {
		case n > 0 && step.Status == history.StepRunning:
			state += fmt.Sprintf(" (attempt %d)", n)
		case n > 1:
			state += fmt.Sprintf(" (%d attempts)", n)
		}
		if last := i == len(e.Steps)-1; last && !e.Ended() {
			state += waiting(step, waits, now)
		}
		states = append(states, state)
	}
	line := strings.Join(states, " → ")
	if !e.Ended() {
		return line
	}
	ended := fmt.Sprintf("%s in %s", outcome(e), seconds(e.End.Sub(e.Start)))
	return strings.TrimPrefix(line+" → "+ended, " → ")
}

// waiting says how long a step still waits, if it does. The times are AWS's, and its clock and this one may differ.
func waiting(step history.Step, waits workflow.Waits, now time.Time) string {
	until := waits.Until(step)
	if until.IsZero() {
		return ""
	}
	left := "any moment"
	if until.After(now) {
		left = "in " + seconds(until.Sub(now))
	}
	if n := len(step.Attempts); n > 0 {
		return fmt.Sprintf(" failed: %s, again %s", printable(step.Attempts[n-1].Error), left)
	}
	return ", goes on " + left
}
