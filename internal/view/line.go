package view

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/charmbracelet/x/ansi"
)

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

// Doing says what happens now: on a terminal in a line that end removes, elsewhere in a line that
// stays.
func (c *Console) Doing(format string, values ...any) (end func()) {
	l := c.newLine()
	if !l.onTerminal() {
		c.Progress(format, values...)
		return func() {}
	}
	l.draw(fmt.Sprintf(format, values...))
	c.redraw(l)
	return func() {
		c.redraw(nil)
		l.erase()
	}
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
	fmt.Fprint(l.out, "\r"+ansi.Truncate(l.text, l.width-1, "…")+ansi.EraseLineRight)
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

// erase removes the line if it was drawn.
func (l *line) erase() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.drawn.IsZero() {
		fmt.Fprint(l.out, "\r"+ansi.EraseEntireLine)
	}
}

// shown reports whether the line was drawn.
func (l *line) shown() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.drawn.IsZero()
}

// segment is a part of a line that is left out as a whole where the line is too long.
type segment struct {
	before string // between it and the segment to its left
	text   string
	rank   int // the segments with the highest ranks are left out first
}

// fit joins segments into a line of at most width columns, or of any width if that is 0.
func fit(segments []segment, width int) string {
	for {
		line, least := "", 0
		for i, s := range segments {
			if line != "" {
				line += s.before
			}
			line += s.text
			if s.rank > segments[least].rank {
				least = i
			}
		}
		if width <= 0 || ansi.StringWidth(line) <= width || len(segments) <= 1 {
			return line
		}
		segments = slices.Delete(segments, least, least+1)
	}
}

// barWidth and shortBar are the widths of a bar on a wide and on another terminal.
const (
	barWidth = 20
	shortBar = 10
)

// bar draws a share for a line of the given width.
func bar(done, total, width int) string {
	columns := barWidth
	if width < 100 {
		columns = shortBar
	}
	full := columns * done / total
	return strings.Repeat("█", full) + strings.Repeat("░", columns-full)
}

// keepEnd shortens a line from its left: by whole states, or else by words.
func keepEnd(line string, width int) string {
	if ansi.StringWidth(line) <= width {
		return line
	}
	for _, separator := range []string{" → ", " "} {
		for _, rest, found := strings.Cut(line, separator); found; _, rest, found = strings.Cut(rest, separator) {
			if short := "…" + separator + rest; ansi.StringWidth(short) <= width {
				return short
			}
		}
	}
	return ansi.TruncateLeft(line, ansi.StringWidth(line)-width+1, "…")
}
