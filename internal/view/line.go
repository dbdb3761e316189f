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

// line redraws a line of standard error in place. Without a terminal it only holds the stream.
type line struct {
	out     io.Writer
	width   int        // of the terminal at the start, or 0 without a terminal
	measure func() int // measures the terminal

	mu         sync.Mutex
	drawnAt    time.Time // zero before the first drawing
	text       string    // drawn last
	drawnWidth int       // columns of the text on the terminal
}

func (c *Console) newLine() *line {
	l := &line{out: c.err, measure: func() int { return terminalWidth(c.Err) }}
	if c.CanRedraw() {
		l.width = terminalWidth(c.Err)
	}
	return l
}

// StartProgress writes a line about ongoing work to standard error. On a terminal, end removes it.
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

// maxWidth returns the maximum width of the text. The terminal's last column stays free, because some
// terminals begin a new line after it.
func (l *line) maxWidth() int { return l.columns() - 1 }

// columns returns the present width of the terminal, or 0 without a terminal.
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

// draw overwrites the line.
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

// startSequence returns the sequence that moves the cursor to the line's first column. A narrower terminal
// has broken the line into several rows; start erases them.
func (l *line) startSequence() string {
	rows := (l.drawnWidth - 1) / max(1, l.columns())
	if rows < 1 {
		return "\r"
	}
	return "\r" + ansi.CursorUp(rows) + ansi.EraseScreenBelow
}

// writeAbove writes a text above the line.
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

// drawLast draws a last text and ends the line.
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

// wasDrawn reports whether the line was drawn.
func (l *line) wasDrawn() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.drawnAt.IsZero()
}

// segment is a part of a line. A line that is too long omits whole segments.
type segment struct {
	before string // separates it from the segment before
	text   string
	rank   int // the segment with the highest rank is omitted first
}

// joinFitting joins segments into a line of at most width columns. A width of 0 is no limit.
func joinFitting(segments []segment, width int) string {
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

const (
	barWidth = 20
	shortBar = 10 // in a line of less than 100 columns
)

// progressBar draws the share of done in total, for a line of the given width.
func progressBar(done, total, width int) string {
	columns := barWidth
	if width < 100 {
		columns = shortBar
	}
	full := columns * done / total
	return strings.Repeat("█", full) + strings.Repeat("░", columns-full)
}

// truncateStart cuts the beginning off a line that is too wide: whole states if possible, otherwise
// words.
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
