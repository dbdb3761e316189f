package view

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/charmbracelet/x/ansi"
)

// line redraws a line of standard error in place. Without a terminal, callers write to out instead.
type line struct {
	out     io.Writer
	width   int        // columns of the terminal when the line was created; 0 without a terminal
	measure func() int // returns the current width of the terminal in columns

	mu         sync.Mutex
	drawnAt    time.Time // time of the last drawing; zero before the first
	text       string    // last drawn text
	drawnWidth int       // columns of the drawn text
}

func (c *Console) newLine() *line {
	l := &line{out: c.err, measure: func() int { return terminalWidth(c.Err) }}
	if c.CanRedraw() {
		l.width = terminalWidth(c.Err)
	}
	return l
}

// StartProgress writes a line about ongoing work to standard error. On a terminal, end erases it.
func (c *Console) StartProgress(format string, values ...any) (end func()) {
	l := c.newLine()
	if !l.onTerminal() {
		c.Progress(format, values...)
		return func() {}
	}
	l.draw(fmt.Sprintf(format, values...))
	c.setLive(l)
	return func() {
		c.setLive(nil)
		l.erase()
	}
}

func (l *line) onTerminal() bool { return l.width > 0 }

// maxWidth returns the maximum width of the text. The last column stays free, because some
// terminals start a new line when it is filled.
func (l *line) maxWidth() int { return l.columns() - 1 }

// columns returns the current width of the terminal in columns, or 0 without a terminal.
func (l *line) columns() int {
	if l.width == 0 || l.measure == nil {
		return l.width
	}
	return cmp.Or(l.measure(), l.width)
}

func (l *line) isDue() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Since(l.drawnAt) >= redrawInterval
}

// draw replaces the text of the line.
func (l *line) draw(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.drawnAt, l.text = time.Now(), text
	l.write()
}

func (l *line) write() {
	text := ansi.Truncate(l.text, l.maxWidth(), "…")
	fmt.Fprint(l.out, l.startSequence()+text+ansi.EraseLineRight)
	l.drawnWidth = ansi.StringWidth(text)
}

// startSequence returns the sequence that moves the cursor to the line's first column. If the
// terminal became narrower and broke the line into rows, the sequence also erases these rows.
func (l *line) startSequence() string {
	rows := (l.drawnWidth - 1) / max(1, l.columns())
	if rows < 1 {
		return "\r"
	}
	return "\r" + ansi.CursorUp(rows) + ansi.EraseScreenBelow
}

// writeAbove writes text above the line.
func (l *line) writeAbove(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.drawnAt.IsZero() {
		fmt.Fprintln(l.out, text)
		return
	}
	fmt.Fprintln(l.out, l.startSequence()+ansi.EraseEntireLine+text)
	l.drawnWidth = 0
	l.write()
}

// drawLast draws the text and ends the line.
func (l *line) drawLast(text string) {
	l.draw(text)
	fmt.Fprintln(l.out)
}

// erase removes the line if it was drawn.
func (l *line) erase() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.drawnAt.IsZero() {
		fmt.Fprint(l.out, l.startSequence()+ansi.EraseEntireLine)
	}
}

func (l *line) wasDrawn() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.drawnAt.IsZero()
}

// segment is a part of a line. joinFitting omits segments from a line that is too long.
type segment struct {
	before string // text between the previous segment and this one
	text   string
	rank   int // segments with a higher rank are omitted first
}

// joinFitting joins segments into a line of at most width columns. A width of 0 means no limit.
func joinFitting(segments []segment, width int) string {
	for {
		line, toOmit := "", 0
		for i, s := range segments {
			if line != "" {
				line += s.before
			}
			line += s.text
			if s.rank > segments[toOmit].rank {
				toOmit = i
			}
		}
		if width <= 0 || ansi.StringWidth(line) <= width || len(segments) <= 1 {
			return line
		}
		segments = slices.Delete(segments, toOmit, toOmit+1)
	}
}

const (
	barWidth = 20
	shortBar = 10 // width of the bar in a line of fewer than 100 columns
)

// progressBar draws the ratio of done to total, for a line of the given width.
func progressBar(done, total, width int) string {
	columns := barWidth
	if width < 100 {
		columns = shortBar
	}
	full := columns * done / total
	return strings.Repeat("█", full) + strings.Repeat("░", columns-full)
}

// truncateStart removes the start of a line that is too wide. In a path of states, it removes whole
// states if possible, or else whole words, or else characters.
func truncateStart(line string, width int) string {
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
