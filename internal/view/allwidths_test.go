package view

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/charmbracelet/x/ansi"
)

const (
	narrowTerminal, wideTerminal = 40, 200
	// unlimitedWidth is wider than every line.
	unlimitedWidth = 2000
)

// requireAllWidths shows a view on terminals of 40 to 200 columns. The test fails if a line is
// wider than the terminal, or if a word is missing. Only two kinds of lines may be wider, so that
// users can copy them: a command after "next:", and a line that ends with a word wider than the
// terminal.
func requireAllWidths(t *testing.T, show func(c *Console)) {
	t.Helper()
	if fault := firstWidthFault(show); fault != "" {
		t.Error(fault)
	}
}

// firstWidthFault describes the first fault that requireAllWidths finds, or returns "".
func firstWidthFault(show func(c *Console)) string {
	want := wordsOf(shownAt(unlimitedWidth, show))
	if len(want) == 0 {
		return "the view shows nothing"
	}
	for columns := narrowTerminal; columns <= wideTerminal; columns++ {
		text := shownAt(columns, show)
		for line := range strings.SplitSeq(text, "\n") {
			if ansi.StringWidth(line) > columns && !mayBeWider(line, columns) {
				return fmt.Sprintf("on a terminal of %d columns, a line has %d columns:\n%s\nin\n%s",
					columns, ansi.StringWidth(line), line, text)
			}
		}
		got, withoutSpaces := wordsOf(text), strings.Join(strings.Fields(strings.ToLower(text)), "")
		for _, word := range slices.Sorted(maps.Keys(want)) {
			broken := ansi.StringWidth(word) > columns && strings.Contains(withoutSpaces, word)
			if got[word] < want[word] && !broken {
				return fmt.Sprintf("on a terminal of %d columns, got the word %q %d times, want at least %d times in\n%s",
					columns, word, got[word], want[word], text)
			}
		}
	}
	return ""
}

// shownAt returns the text that a view writes to a terminal, without styles and overwritten text.
func shownAt(columns int, show func(c *Console)) string {
	c, out, err := newTestConsole("")
	c.width, c.errWidth = columns, columns
	show(c)
	lines := strings.Split(ansi.Strip(out.String()+err.String()), "\n")
	for i, line := range lines {
		lines[i] = line[strings.LastIndexByte(line, '\r')+1:]
	}
	return strings.Join(lines, "\n")
}

// mayBeWider reports whether requireAllWidths allows a line to be wider than the terminal.
func mayBeWider(line string, columns int) bool {
	fields := strings.Fields(line)
	return fields[0] == "next:" || ansi.StringWidth(fields[len(fields)-1]) > columns
}

// wordsOf counts the words of a text. It ignores the case of letters and the length of bars.
func wordsOf(text string) map[string]int {
	words := map[string]int{}
	for _, word := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune(breakChars+"█·░▒", r)
	}) {
		words[word]++
	}
	return words
}

func TestFirstWidthFault(t *testing.T) {
	t.Parallel()
	const line = "a line of words that is wider than the narrowest of the terminals"
	for name, test := range map[string]struct {
		show func(c *Console)
		want string
	}{
		"cut line":    {func(c *Console) { c.Text(ansi.Truncate(line, c.width, "")) }, `got the word "narrowest" 0 times`},
		"wide line":   {func(c *Console) { c.Text(line) }, "on a terminal of 40 columns, a line has 65 columns:"},
		"broken word": {func(c *Console) { c.Text(ansi.Hardwrap(line, c.width, false)) }, "got the word "},
		"missing word": {func(c *Console) { c.Text(strings.Repeat("x\n", 2+c.width/unlimitedWidth)) },
			"2 times, want at least 3 times"},
		"wide line on standard error": {func(c *Console) { fmt.Fprint(c.err, line) }, "a line has 65 columns:"},
		"no text":                     {func(*Console) {}, "the view shows nothing"},
		"no fault":                    {func(c *Console) { c.Text(wrapText(line, c.width, 0)) }, ""},
		"command":                     {func(c *Console) { c.Text("  next: " + line) }, ""},
		"long last word":              {func(c *Console) { c.Text("see " + strings.Repeat("x", 210)) }, ""},
		"overwritten line":            {func(c *Console) { c.Text(line + "\rshort") }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := firstWidthFault(test.show); !strings.Contains(got, test.want) || (got == "") != (test.want == "") {
				t.Errorf("got the fault %q, want it to contain %q (empty: no fault)", got, test.want)
			}
		})
	}
}
