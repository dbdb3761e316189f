package view

import (
	"bytes"
	"io"
	"os"
	"strings"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// colored returns a writer that removes the colors a stream does not show. Standard output and
// standard error may differ. The first setting that applies decides:
//
//   - NO_COLOR, unless empty: neither colors nor other styles: https://no-color.org
//   - CLICOLOR_FORCE, unless empty or 0: colors, even in a file: https://bixense.com/clicolors
//   - CLICOLOR=0: no colors
//   - no terminal, or a TERM that is empty or dumb: no colors
func colored(to io.Writer, stream any, environ []string) io.Writer {
	profile := colors(stream, environ)
	if profile < colorprofile.ANSI {
		return plain{to}
	}
	return &colorprofile.Writer{Forward: to, Profile: profile}
}

func colors(stream any, environ []string) colorprofile.Profile {
	switch force := variable(environ, "CLICOLOR_FORCE"); {
	case variable(environ, "NO_COLOR") != "":
		return colorprofile.NoTTY
	case force != "" && force != "0":
		return max(colorprofile.ANSI, colorprofile.Env(environ))
	case variable(environ, "CLICOLOR") == "0" || !isTerminal(stream) || dumb(environ):
		return colorprofile.NoTTY
	}
	return colorprofile.Detect(stream.(io.Writer), environ)
}

// dumb reports whether the terminal supports neither colors nor cursor movements.
func dumb(environ []string) bool {
	name := variable(environ, "TERM")
	return name == "" || name == "dumb"
}

// variable returns the value of an environment variable. The last entry counts.
func variable(environ []string, name string) (value string) {
	for _, each := range environ {
		if v, ok := strings.CutPrefix(each, name+"="); ok {
			value = v
		}
	}
	return value
}

// Redraws reports whether the console can redraw a part of standard error in place, with or without
// colors.
func (c *Console) Redraws() bool { return terminalWidth(c.Err) > 0 && !dumb(os.Environ()) }

// Plain reports whether standard error shows no colors.
func (c *Console) Plain() bool { return colors(c.Err, os.Environ()) < colorprofile.ANSI }

// plain removes colors and other styles. It keeps cursor movements.
type plain struct{ w io.Writer }

func (p plain) Write(text []byte) (int, error) {
	var kept bytes.Buffer
	parser := ansi.GetParser()
	defer ansi.PutParser(parser)
	for rest, state := text, byte(0); len(rest) > 0; {
		sequence, _, n, next := ansi.DecodeSequence(rest, state, parser)
		if !ansi.HasCsiPrefix(sequence) || sequence[len(sequence)-1] != 'm' {
			kept.Write(sequence)
		}
		rest, state = rest[n:], next
	}
	if _, err := p.w.Write(kept.Bytes()); err != nil {
		return 0, err
	}
	return len(text), nil
}
