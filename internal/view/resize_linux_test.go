package view

import (
	"os"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"golang.org/x/sys/unix"

	"retrycatch/internal/load"
)

// resizeTerminal changes the width of a terminal.
func resizeTerminal(t *testing.T, terminal *os.File, columns uint16) {
	t.Helper()
	size := &unix.Winsize{Row: 24, Col: columns}
	if err := unix.IoctlSetWinsize(int(terminal.Fd()), unix.TIOCSWINSZ, size); err != nil {
		t.Fatal(err)
	}
}

func TestNarrowerTerminal(t *testing.T) {
	setEnvironment(t, "TERM=xterm")
	terminal, shown := pseudoTerminal(t)
	c := NewConsole(Streams{In: strings.NewReader(""), Out: terminal, Err: terminal})
	m := c.NewMeter()
	counts := load.Counts{Total: 100, Started: 60, Done: 50, Failed: 20, Lost: 10, Running: 10}
	m.line.draw(loadProgress(counts, 7.5, m.line.maxWidth())) // wider than 40 columns
	resizeTerminal(t, terminal, 40)
	m.line.draw(loadProgress(counts, 7.5, m.line.maxWidth()))
	m.last = counts
	m.End()
	c.printRecords([]column{{title: "Name"}, {title: "Error"}}, [][]string{{"x", strings.Repeat("error ", 9)}})
	drawn := strings.Split(shown(), "\r")
	wide, narrow := drawn[1], drawn[2]
	if ansi.StringWidth(wide) <= 40 {
		t.Fatalf("got the line %q, want more than 40 columns", wide)
	}
	if !strings.HasPrefix(narrow, ansi.CursorUp(1)+ansi.EraseScreenBelow) {
		t.Errorf("got %q, want it to replace both rows of the wrapped line", narrow)
	}
	for _, part := range drawn[2:] {
		for line := range strings.Lines(part) {
			if n := ansi.StringWidth(strings.TrimSpace(line)); n > 39 {
				t.Errorf("a line has %d columns, want at most 39: %q", n, line)
			}
		}
	}
}
