// Package view writes a command's progress and questions to standard error, and the result to
// standard output as text or JSON. It also writes the HTML report.
package view

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"golang.org/x/term"

	"retrycatch/internal/safetext"
)

// Streams holds the three standard streams of a process.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// Console writes to the standard streams. It removes colors that a stream should not show.
type Console struct {
	Streams
	Interactive bool // standard input and standard error are terminals, so a person can answer

	in       *bufio.Reader
	output   *output
	out, err io.Writer // color filters: out writes to output, and err to Streams.Err
	width    int       // columns of standard output; 0 without a terminal
	errWidth int       // columns of standard error; 0 without a terminal

	mu   sync.Mutex
	live liveArea // part of standard error that is redrawn in place; nil if there is none
}

// Result is a command's result for standard output.
type Result interface {
	Text(c *Console) // writes the result for people
	Document() any   // returns the result for JSON
}

// liveArea is a part of a terminal that is redrawn in place.
type liveArea interface {
	writeAbove(line string) // writes a line above the area
}

// lockedWriter makes a writer safe for concurrent use.
type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(text)
}

// NewConsole returns a console for the streams, with the current widths of the terminals.
func NewConsole(s Streams) *Console {
	out := &output{w: s.Out}
	return &Console{
		Streams:     s,
		Interactive: isTerminal(s.In) && isTerminal(s.Err),
		in:          bufio.NewReader(s.In),
		output:      out,
		out:         newColorFilter(out, s.Out, os.Environ()),
		err:         &lockedWriter{w: newColorFilter(s.Err, s.Err, os.Environ())},
		width:       terminalWidth(s.Out),
		errWidth:    terminalWidth(s.Err),
	}
}

// terminalWidth returns the columns of a terminal, or 0 for any other stream.
func terminalWidth(stream any) int {
	file, ok := stream.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0
	}
	return width
}

func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// Progress writes a line about ongoing work to standard error.
func (c *Console) Progress(format string, values ...any) {
	fmt.Fprintln(c.err, wrapMessage(fmt.Sprintf(format, values...), c.errWidth))
}

// Done writes a line about finished work to standard error.
func (c *Console) Done(format string, values ...any) {
	c.Progress("%s %s", markPassed(""), fmt.Sprintf(format, values...))
}

// Warn writes a warning to standard error.
func (c *Console) Warn(text string) { c.Progress("%s %s", strong.Render("warning:"), printable(text)) }

// Hint writes text to standard error, and the next step on the line below.
func (c *Console) Hint(text, next string) {
	c.Progress("%s\n  %s %s", text, strong.Render(nextPrefix), next)
}

// Next writes a suggested command to standard error.
func (c *Console) Next(command string) {
	c.Progress("%s %s", strong.Render(nextPrefix), printable(command))
}

// Fail writes an error and its next step to standard error.
func (c *Console) Fail(err error, next string) {
	lines := strings.Split(Explanation(err), "\n") // printable() would join the lines, for example of a log
	for i, line := range lines {
		lines[i] = printable(line)
	}
	c.Hint(failStyle.Render("error:")+" "+strings.Join(lines, "\n"), printable(next))
}

// Notice writes a line to standard error, above the part that is redrawn in place. It is safe for
// concurrent use.
func (c *Console) Notice(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.live != nil {
		c.live.writeAbove(wrapMessage(printable(text), c.errWidth))
		return
	}
	c.Progress("%s", printable(text))
}

// setLive sets the part of standard error that is redrawn in place. A nil live means that no part
// is redrawn. In that case, setLive also measures the terminals again, because the user may have
// resized them.
func (c *Console) setLive(live liveArea) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.live = live
	if live == nil {
		c.width, c.errWidth = cmp.Or(terminalWidth(c.Out), c.width), cmp.Or(terminalWidth(c.Err), c.errWidth)
	}
}

// Heading writes a section title to standard error.
func (c *Console) Heading(format string, values ...any) {
	c.Progress("\n%s", strong.Render("── "+fmt.Sprintf(format, values...)))
}

// Text writes text to standard output without wrapping.
func (c *Console) Text(text string) { fmt.Fprint(c.out, text) }

// Print writes a line to standard output.
func (c *Console) Print(format string, values ...any) {
	fmt.Fprintln(c.out, wrapMessage(fmt.Sprintf(format, values...), c.width))
}

// PrintPassed writes a line about a passed check to standard output.
func (c *Console) PrintPassed(format string, values ...any) {
	c.Print("%s %s", markPassed(""), fmt.Sprintf(format, values...))
}

// defaultColumns is the width that Columns returns without a terminal.
const defaultColumns = 80

// Columns returns the width available to text on standard output.
func (c *Console) Columns() int { return cmp.Or(c.width, defaultColumns) }

// JSON writes a result's document to standard output.
func (c *Console) JSON(r Result) {
	encoder := json.NewEncoder(c.output)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(r.Document()); err != nil {
		c.output.setErr(err)
	}
}

// isPiped reports whether standard output is not a terminal.
func (c *Console) isPiped() bool { return c.width == 0 }

// OutIsTerminal reports whether standard output is a terminal.
func (c *Console) OutIsTerminal() bool { return !c.isPiped() }

// printable makes external text, such as an error's cause, safe for a terminal.
func printable(text string) string { return safetext.Line(text) }
