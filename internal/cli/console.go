package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"charm.land/lipgloss/v2"
	"charm.land/lipgloss/v2/table"
	"github.com/charmbracelet/colorprofile"
	"golang.org/x/term"

	"retrycatch/internal/problem"
	"retrycatch/internal/safetext"
)

// Streams are the three of a process.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// console writes for people and for programs. Its writers take the colours out where there is no terminal to show them,
// or NO_COLOR asks for none.
type console struct {
	in             *bufio.Reader
	rawIn          io.Reader
	rawOut, rawErr io.Writer
	out, err       io.Writer
	width          int  // of the terminal that standard output is, or 0
	interactive    bool // there is somebody to ask

	mu   sync.Mutex
	live redrawn // the part of standard error that is redrawn in place, or nil
}

// whole is a writer that goroutines share: it never mixes their texts.
type whole struct {
	mu sync.Mutex
	w  io.Writer
}

func (w *whole) Write(text []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.w.Write(text)
}

// redrawn is a part of the terminal that is redrawn in place.
type redrawn interface {
	above(line string) // writes a line above it
}

var (
	good   = lipgloss.NewStyle().Foreground(lipgloss.Green)
	wrong  = lipgloss.NewStyle().Foreground(lipgloss.Red).Bold(true)
	strong = lipgloss.NewStyle().Bold(true)
	faint  = lipgloss.NewStyle().Faint(true)
)

func newConsole(s Streams) *console {
	return &console{in: bufio.NewReader(s.In), rawIn: s.In, rawOut: s.Out, rawErr: s.Err,
		out:         colorprofile.NewWriter(s.Out, os.Environ()),
		err:         &whole{w: colorprofile.NewWriter(s.Err, os.Environ())},
		width:       terminalWidth(s.Out),
		interactive: isTerminal(s.In) && isTerminal(s.Err)}
}

func terminalWidth(stream any) int {
	file, ok := stream.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0 // no terminal
	}
	return width
}

func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// progress says on standard error what goes on.
func (c *console) progress(format string, values ...any) {
	fmt.Fprintf(c.err, format+"\n", values...)
}

// notice writes a line to standard error, above the part that is redrawn in place. Any goroutine
// may call it.
func (c *console) notice(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.live != nil {
		c.live.above(printable(text))
		return
	}
	c.progress("%s", printable(text))
}

// redraw sets the part of standard error that is redrawn in place from now on; nil for none.
func (c *console) redraw(live redrawn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.live = live
}

// heading sets the steps of a longer work apart.
func (c *console) heading(format string, values ...any) {
	fmt.Fprintf(c.err, "\n%s\n", strong.Render("── "+fmt.Sprintf(format, values...)))
}

// print writes a line of data to standard output.
func (c *console) print(format string, values ...any) {
	fmt.Fprintf(c.out, format+"\n", values...)
}

// table writes a table to standard output, folded to a terminal's width.
func (c *console) table(headers []string, rows [][]string) {
	t := table.New().Headers(headers...).Rows(rows...).Border(lipgloss.NormalBorder()).
		BorderStyle(faint).StyleFunc(func(row, _ int) lipgloss.Style {
		style := lipgloss.NewStyle().Padding(0, 1)
		if row == table.HeaderRow {
			return style.Bold(true)
		}
		return style
	})
	rendered := t.Render()
	if c.width > 0 && lipgloss.Width(rendered) > c.width {
		rendered = t.Width(c.width).Render()
	}
	fmt.Fprintln(c.out, rendered)
}

// printable takes control characters out of a text that comes from outside, such as an error's cause: a terminal would
// obey them.
func printable(text string) string { return safetext.Line(text) }

// json writes a value as JSON to standard output.
func (c *console) json(value any) error {
	encoder := json.NewEncoder(c.out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}

// confirm asks a question whose default is No. The caller has checked for a terminal. The
// end of the input is a No as well. The error is the end of the context.
func (c *console) confirm(ctx context.Context, question string) (bool, error) {
	answer, err := c.ask(ctx, question+" [y/N] ")
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	answer = strings.ToLower(answer)
	return answer == "y" || answer == "yes", err
}

// ask reads the answer to a question. The caller has checked for a terminal. The error is io.EOF at
// the end of the input, or the context's.
func (c *console) ask(ctx context.Context, question string) (string, error) {
	fmt.Fprint(c.err, question)
	type line struct {
		text string
		err  error
	}
	read := make(chan line, 1) // a read cannot be interrupted: it ends with the process
	go func() {
		text, err := c.in.ReadString('\n')
		read <- line{text, err}
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(c.err)
		return "", ctx.Err()
	case answer := <-read:
		if answer.err != nil {
			fmt.Fprintln(c.err)
			return "", io.EOF // the terminal is gone
		}
		return strings.TrimSpace(answer.text), nil
	}
}

// report prints an error, or each error joined in it, with its next step. An error without a next
// step gets otherwise.
func (c *console) report(err error, otherwise string) {
	switch e := err.(type) {
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			c.report(one, otherwise)
		}
	case *badResult:
		c.report(e.err, otherwise)
	case *commandExit: // it has said why itself
	case *problem.Problem:
		c.reportOne(e.Error(), e.Next)
	default:
		if err != context.Canceled { // which by itself says no more than that there was an interrupt
			c.reportOne(err.Error(), otherwise)
		}
	}
}

func (c *console) reportOne(what, next string) {
	lines := strings.Split(what, "\n") // the end of a log, or a list of what failed
	for i, line := range lines {
		lines[i] = printable(line)
	}
	fmt.Fprintf(c.err, "%s %s\n  %s %s\n", wrong.Render("error:"), strings.Join(lines, "\n"), strong.Render("next:"), printable(next))
}

// outputFlag is the value of --output.
type outputFlag string

const (
	outputText outputFlag = "text"
	outputJSON outputFlag = "json"
)

func (o *outputFlag) String() string { return string(*o) }
func (o *outputFlag) Type() string   { return "format" }
func (o *outputFlag) Set(value string) error {
	if value != string(outputText) && value != string(outputJSON) {
		return fmt.Errorf("must be text or json")
	}
	*o = outputFlag(value)
	return nil
}
