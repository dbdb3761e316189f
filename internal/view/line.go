package view

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/charmbracelet/x/ansi"
)

// redrawing is the least time between two redraws of a line.
const redrawing = 100 * time.Millisecond

// line is a line on standard error that a terminal redraws in place.
type line struct {
	out   io.Writer
	width int // of the terminal, or 0 for lines that are not redrawn

	mu    sync.Mutex
	drawn time.Time // zero before the first time
	text  string    // drawn last
}

func (c *Console) newLine() *line {
	l := &line{out: c.err}
	if c.Redraws() {
		l.width = terminalWidth(c.Err)
	}
	return l
}

func (l *line) onTerminal() bool { return l.width > 0 }

func (l *line) isDue() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Since(l.drawn) >= redrawing
}

// draw overwrites the line. It keeps the terminal's last column free, in which some terminals would
// begin a new line.
func (l *line) draw(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.drawn, l.text = time.Now(), text
	l.write()
}

func (l *line) write() {
	shown := []rune(l.text)
	shown = shown[:min(len(shown), l.width-1)]
	fmt.Fprintf(l.out, "\r%s%s", string(shown), strings.Repeat(" ", l.width-1-len(shown)))
}

// above writes a text above the line.
func (l *line) above(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.drawn.IsZero() {
		fmt.Fprintln(l.out, text)
		return
	}
	fmt.Fprintln(l.out, "\r"+ansi.EraseEntireLine+text)
	l.write()
}

// leave draws a text and ends the line.
func (l *line) leave(text string) {
	l.draw(text)
	fmt.Fprintln(l.out)
}

// shown reports whether the line was drawn.
func (l *line) shown() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.drawn.IsZero()
}
