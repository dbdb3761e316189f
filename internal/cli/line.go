package cli

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// redrawing is the least time between two drawings of a line.
const redrawing = 100 * time.Millisecond

// line is a line on standard error that a terminal shows again and again in one place.
type line struct {
	out   io.Writer
	width int       // of the terminal, or 0
	drawn time.Time // zero before the first time
}

func (a *app) newLine() line {
	return line{out: a.console.err, width: terminalWidth(a.console.rawErr)}
}

func (l *line) onTerminal() bool { return l.width > 0 }

func (l *line) isDue() bool { return time.Since(l.drawn) >= redrawing }

// draw writes over the line. It is as long as the terminal is wide, less one column, in which some
// terminals would begin a new line.
func (l *line) draw(text string) {
	l.drawn = time.Now()
	shown := []rune(text)
	shown = shown[:min(len(shown), l.width-1)]
	fmt.Fprintf(l.out, "\r%s%s", string(shown), strings.Repeat(" ", l.width-1-len(shown)))
}

// leave leaves the line as it is.
func (l *line) leave() { fmt.Fprintln(l.out) }
