package view

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"golang.org/x/sys/unix"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/history"
	"retrycatch/internal/load"
	"retrycatch/internal/scenario"
)

// pseudoTerminal returns a terminal of 80 columns. shown closes the terminal and returns the text
// that was written to it.
func pseudoTerminal(t *testing.T) (terminal *os.File, shown func() string) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(screen.Fd()), unix.TIOCGPTN)
	err = errors.Join(err, unix.IoctlSetPointerInt(int(screen.Fd()), unix.TIOCSPTLCK, 0),
		unix.IoctlSetWinsize(int(screen.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80}))
	if err != nil {
		t.Fatal(err)
	}
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	text := make(chan string)
	go func() {
		var all strings.Builder
		_, _ = screen.WriteTo(&all) // returns an error when the terminal closes
		text <- all.String()
	}()
	t.Cleanup(func() { terminal.Close(); screen.Close() })
	return terminal, func() string { terminal.Close(); return <-text }
}

// setEnvironment sets the given variables, and removes all others that affect colors.
func setEnvironment(t *testing.T, given string) {
	t.Helper()
	for _, name := range []string{"NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "FORCE_COLOR", "COLORTERM", "TERM", "TMUX",
		"WT_SESSION", "GOOGLE_CLOUD_SHELL", "TTY_FORCE"} {
		t.Setenv(name, "")
		os.Unsetenv(name)
	}
	for each := range strings.FieldsSeq(given) {
		name, value, _ := strings.Cut(each, "=")
		t.Setenv(name, value)
	}
}

func TestColorProfile(t *testing.T) {
	const none, some = "no colors", "colors"
	for _, test := range []struct{ environ, terminal, file string }{
		{"TERM=xterm", some, none},
		{"TERM=xterm NO_COLOR=", some, none},
		{"TERM=xterm NO_COLOR=1", none, none},
		{"TERM=xterm NO_COLOR=0", none, none},
		{"TERM=xterm NO_COLOR=false", none, none},
		{"TERM=xterm COLORTERM=truecolor NO_COLOR=x", none, none},
		{"TERM=xterm CLICOLOR=0", none, none},
		{"TERM=xterm CLICOLOR=1", some, none},
		{"TERM=xterm CLICOLOR_FORCE=1", some, some},
		{"TERM=xterm CLICOLOR_FORCE=yes", some, some},
		{"TERM=xterm CLICOLOR_FORCE=0", some, none},
		{"TERM=xterm CLICOLOR_FORCE=", some, none},
		{"TERM=xterm CLICOLOR=0 CLICOLOR_FORCE=1", some, some},
		{"TERM=xterm CLICOLOR_FORCE=1 NO_COLOR=1", none, none},
		{"TERM=dumb", none, none},
		{"TERM=dumb COLORTERM=truecolor", none, none},
		{"TERM=dumb CLICOLOR=1", none, none},
		{"TERM=dumb CLICOLOR_FORCE=1", some, some},
		{"TERM=", none, none},
		{"", none, none},
		{"TERM=xterm FORCE_COLOR=1 TTY_FORCE=1", some, none},
	} {
		t.Run(test.environ, func(t *testing.T) {
			setEnvironment(t, test.environ)
			terminal, _ := pseudoTerminal(t)
			file, err := os.Create(t.TempDir() + "/file")
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			for stream, want := range map[*os.File]string{terminal: test.terminal, file: test.file} {
				got := none
				if colorProfile(stream, os.Environ()) >= colorprofile.ANSI {
					got = some
				}
				if got != want {
					t.Errorf("%s: got %s, want %s", stream.Name(), got, want)
				}
			}
		})
	}
}

// Colors appear only on the stream that is a terminal.
func TestConsoleOnOneTerminal(t *testing.T) {
	for _, outIsTerminal := range []bool{true, false} {
		setEnvironment(t, "TERM=xterm")
		terminal, shown := pseudoTerminal(t)
		var other strings.Builder
		streams := Streams{In: strings.NewReader(""), Out: terminal, Err: &other}
		if !outIsTerminal {
			streams.Out, streams.Err = &other, terminal
		}
		c := NewConsole(streams)
		c.PrintPassed("gone")
		c.Warn("careful")
		if !strings.Contains(shown(), "\x1b[") || strings.Contains(other.String(), "\x1b") {
			t.Errorf("terminal is standard output: %t; got %q on the other stream, want colors only on the terminal",
				outIsTerminal, other.String())
		}
	}
}

// A terminal without colors still gets cursor movements, but a dumb terminal does not.
func TestLiveOnTerminal(t *testing.T) {
	const moves, styles = "\x1b[A", "\x1b[1m"
	for environ, want := range map[string]struct{ redraws, styled bool }{
		"TERM=xterm":                 {true, true},
		"TERM=xterm NO_COLOR=1":      {true, false},
		"TERM=xterm CLICOLOR=0":      {true, false},
		"TERM=dumb":                  {false, false},
		"TERM=dumb CLICOLOR_FORCE=1": {false, true},
		"":                           {false, false},
	} {
		t.Run(environ, func(t *testing.T) {
			setEnvironment(t, environ)
			terminal, shown := pseudoTerminal(t)
			c := NewConsole(Streams{In: strings.NewReader(""), Out: terminal, Err: terminal})
			runs := []*scenario.Run{newRun("200")}
			live := c.NewLive(runs, unknownTime)
			recorded := awsstub.ScenarioEvents(awsstub.AWS, "200")
			live.Update(runs[0], history.New(recorded))
			if l, ok := live.(*liveBoard); ok {
				l.draw()
			}
			live.End()
			meter := c.NewMeter()
			meter.Show(load.Counts{Total: 1, Done: 1})
			meter.End()
			text := shown()
			if strings.Contains(text, moves) != want.redraws || strings.Contains(text, styles) != want.styled ||
				strings.Contains(strings.ReplaceAll(text, "\r\n", ""), "\r") != want.redraws ||
				strings.Contains(text, "\x1b[m") != want.styled {
				t.Errorf("got %q, want cursor movements: %t, styles: %t", text, want.redraws, want.styled)
			}
			if !strings.Contains(ansi.Strip(text), "SUCCEEDED") {
				t.Errorf("got %q, want it to contain the final status, SUCCEEDED", text)
			}
		})
	}
}

// A pipe gets no cursor movements, even if it gets colors.
func TestLiveInPipe(t *testing.T) {
	setEnvironment(t, "TERM=xterm CLICOLOR_FORCE=1")
	var text strings.Builder
	c := NewConsole(Streams{In: strings.NewReader(""), Out: &text, Err: &text})
	runs := []*scenario.Run{newRun("200")}
	live := c.NewLive(runs, unknownTime)
	live.Update(runs[0], history.New(awsstub.ScenarioEvents(awsstub.AWS, "200")))
	live.End()
	if strings.Contains(text.String(), "\r") || strings.Contains(text.String(), "\x1b[A") ||
		!strings.Contains(text.String(), "\x1b[1m") {
		t.Errorf("got %q, want styles and no cursor movements", text.String())
	}
}

func TestStyleRemover(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	const written = "\x1b[1;31mé\x1b[m \x1b[2K\x1b[3A✓\x1b[38;2;1;2;3mx\x1b[0m\n"
	if n, err := (styleRemover{&text}).Write([]byte(written)); n != len(written) || err != nil {
		t.Errorf("Write: got %d and error %v, want %d and no error", n, err, len(written))
	}
	if want := "é \x1b[2K\x1b[3A✓x\n"; text.String() != want {
		t.Errorf("got %q, want %q", text.String(), want)
	}
}
