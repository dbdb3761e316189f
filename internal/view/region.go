package view

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/charmbracelet/x/ansi"
	"golang.org/x/term"
)

// redrawInterval is the time between two redraws.
const redrawInterval = 100 * time.Millisecond

// defaultHeight is the assumed height of a terminal that does not report its height.
const defaultHeight = 24

// region redraws the lowest lines of a terminal in place. It is not safe for concurrent use.
type region struct {
	out     io.Writer
	measure func() (width, height int) // returns the current size of the terminal in columns and rows
	widths  []int                      // columns of each line in the last drawing
}

// newRegion returns a region of standard error, which must be a terminal.
func (c *Console) newRegion() *region {
	return &region{out: c.err, measure: func() (int, int) { return terminalSize(c.Err) }}
}

// terminalSize returns the size of a terminal in columns and rows, or zeros for any other stream.
func terminalSize(stream any) (width, height int) {
	file, ok := stream.(interface{ Fd() uintptr })
	if !ok {
		return 0, 0
	}
	width, height, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0, 0
	}
	if height == 0 {
		height = defaultHeight
	}
	return width, height
}

// maxSize returns the maximum width and number of lines. The last row stays free for the cursor.
// The last column stays free, because some terminals start a new line when it is filled.
func (r *region) maxSize() (columns, lines int) {
	width, height := r.measure()
	return width - 1, height - 1
}

// draw replaces the drawn lines. It cuts lines at the terminal's width, and omits the last lines if
// there are too many.
func (r *region) draw(lines ...string) {
	columns, maxLines := r.maxSize()
	var text strings.Builder
	text.WriteString(r.topSequence())
	r.widths = r.widths[:0]
	for _, line := range lines[:min(len(lines), maxLines)] {
		line = ansi.Truncate(line, columns, "…")
		text.WriteString(line + ansi.EraseLineRight + "\n")
		r.widths = append(r.widths, ansi.StringWidth(line))
	}
	text.WriteString(ansi.EraseScreenBelow)
	fmt.Fprint(r.out, text.String())
}

// writeAbove writes text above the region, and erases the region. The caller must draw the region
// again.
func (r *region) writeAbove(text string) {
	fmt.Fprintln(r.out, r.topSequence()+ansi.EraseScreenBelow+text)
	r.widths = nil
}

// erase removes the region.
func (r *region) erase() {
	fmt.Fprint(r.out, r.topSequence()+ansi.EraseScreenBelow)
	r.widths = nil
}

// topSequence returns the sequence that moves the cursor to the region's first row and column. A
// terminal that became narrower has broken the lines into rows, which topSequence counts.
func (r *region) topSequence() string {
	width, _ := r.measure()
	rows := 0
	for _, drawn := range r.widths {
		rows += max(1, (drawn+width-1)/max(1, width))
	}
	if rows == 0 {
		return "\r"
	}
	return ansi.CursorUp(rows) + "\r"
}

// animate calls draw at intervals until stop is called. stop waits until a running draw returns.
func animate(every time.Duration, draw func()) (stop func()) {
	ticker, done, drawing := time.NewTicker(every), make(chan struct{}), sync.WaitGroup{}
	drawing.Go(func() {
		for {
			select {
			case <-ticker.C:
				draw()
			case <-done:
				return
			}
		}
	})
	return func() {
		ticker.Stop()
		close(done)
		drawing.Wait()
	}
}
