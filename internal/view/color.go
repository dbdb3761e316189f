package view

import (
	"bytes"
	"io"
	"os"
	"strings"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// newColorFilter returns a writer that removes all styles if the stream should not show colors. The
// first rule that applies decides:
//
//   - NO_COLOR, unless empty: no colors (https://no-color.org)
//   - CLICOLOR_FORCE, unless empty or 0: colors, even in a file (https://bixense.com/clicolors)
//   - CLICOLOR=0: no colors
//   - no terminal, or TERM is empty or dumb: no colors
func newColorFilter(to io.Writer, stream any, environ []string) io.Writer {
	profile := colorProfile(stream, environ)
	if profile < colorprofile.ANSI {
		return styleRemover{to}
	}
	return &colorprofile.Writer{Forward: to, Profile: profile}
}

func colorProfile(stream any, environ []string) colorprofile.Profile {
	switch force := envValue(environ, "CLICOLOR_FORCE"); {
	case envValue(environ, "NO_COLOR") != "":
		return colorprofile.NoTTY
	case force != "" && force != "0":
		return max(colorprofile.ANSI, colorprofile.Env(environ))
	case envValue(environ, "CLICOLOR") == "0" || !isTerminal(stream) || isDumb(environ):
		return colorprofile.NoTTY
	}
	return colorprofile.Detect(stream.(io.Writer), environ)
}

// isDumb reports whether the terminal lacks colors and cursor movements.
func isDumb(environ []string) bool {
	name := envValue(environ, "TERM")
	return name == "" || name == "dumb"
}

// envValue returns the value of an environment variable: the last one, if environ has duplicates.
func envValue(environ []string, name string) (value string) {
	for _, each := range environ {
		if v, ok := strings.CutPrefix(each, name+"="); ok {
			value = v
		}
	}
	return value
}

// CanRedraw reports whether standard error is a terminal whose lines can be redrawn in place.
func (c *Console) CanRedraw() bool { return terminalWidth(c.Err) > 0 && !isDumb(os.Environ()) }

// IsPlain reports whether standard error shows no colors.
func (c *Console) IsPlain() bool { return colorProfile(c.Err, os.Environ()) < colorprofile.ANSI }

// styleRemover removes colors and other styles, but keeps cursor movements.
type styleRemover struct{ w io.Writer }

func (r styleRemover) Write(text []byte) (int, error) {
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
	if _, err := r.w.Write(kept.Bytes()); err != nil {
		return 0, err
	}
	return len(text), nil
}
