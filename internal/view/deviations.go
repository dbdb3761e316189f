package view

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"retrycatch/internal/scenario"
)

const (
	// minWidthForKind is the minimum terminal width for a deviation's kind and values on one line.
	minWidthForKind = 60
	// noBreak is a space at which a line does not break.
	noBreak = "\u00a0"
)

// printDeviations writes the expected and the actual values of each deviation, and marks the first
// difference.
func (c *Console) printDeviations(deviations []scenario.Deviation) {
	widest := 0
	for _, d := range deviations {
		widest = max(widest, len(d.Kind))
	}
	for _, d := range deviations {
		title := "  " + padRight(string(d.Kind), widest) + gap
		if c.width > 0 && c.width < minWidthForKind {
			c.Print("  %s", d.Kind)
			title = "    "
		}
		below := strings.Repeat(" ", len(title))
		want, got := newSide(d, d.Expected, d.Got), newSide(d, d.Got, d.Expected)
		c.printSide(title+"expected"+gap, want.text, span{})
		c.printSide(below+"got     "+gap, got.text, firstDifference(d, want, got))
	}
}

// printSide writes text beside its heading. It shows the marked part in color and with carets on
// the line below.
func (c *Console) printSide(heading, text string, marked span) {
	margin := strings.Repeat(" ", len(heading))
	width := 0
	if c.width > 0 {
		width = max(c.width-len(heading), 1)
	}
	begin := 0
	for line := range strings.SplitSeq(wrapText(text, width, 0), "\n") {
		begin += strings.Index(text[begin:], line)
		from, to, end := marked.from-begin, min(marked.to-begin, len(line)), begin+len(line)
		mark := ""
		switch {
		case 0 <= from && from < to:
			mark = padRight("", ansi.StringWidth(line[:from])) +
				failStyle.Render(strings.Repeat("^", ansi.StringWidth(line[from:to])))
			line = line[:from] + failStyle.Render(line[from:to]) + line[to:]
		case end == len(text) && marked.to > end: // got is a prefix of expected
			mark = padRight("", ansi.StringWidth(line)) + failStyle.Render("^")
		}
		c.Print("%s", heading+strings.ReplaceAll(line, noBreak, " "))
		if mark != "" {
			c.Print("%s", margin+mark)
		}
		begin, heading = end, margin
	}
}

// span holds the byte offsets of the start and the end of a part of a text.
type span struct{ from, to int }

// side is the expected or the actual side of a deviation: its text and the spans of its values.
type side struct {
	text  string
	parts []span
}

// newSide joins the values of one side. Paths break only before arrows, and lists of attempts only
// between attempts. If the values are a prefix of the other side's values, the text ends with
// "(end)".
func newSide(d scenario.Deviation, parts, other []string) side {
	s, separator, space := side{}, " →"+noBreak, noBreak
	switch d.Kind {
	case scenario.Path:
	case scenario.Attempts:
		s.text, separator = printable(d.State)+": ", ", "
	default:
		space = " "
	}
	switch {
	case len(parts) == 0:
		parts = []string{"none"}
	case len(parts) < len(other) && slices.Equal(parts, other[:len(parts)]):
		parts = append(slices.Clone(parts), "(end)")
	}
	for i, part := range parts {
		if i > 0 {
			s.text += separator
		}
		from := len(s.text)
		s.text += strings.ReplaceAll(printable(part), " ", space)
		s.parts = append(s.parts, span{from, len(s.text)})
	}
	return s
}

func (s side) part(n int) string { return s.text[s.parts[n].from:s.parts[n].to] }

// firstDifference returns the first part of got that differs from want: a list element, or a
// character of a single value. For single values, the span is empty if they have no common prefix
// or if one of them is missing.
func firstDifference(d scenario.Deviation, want, got side) span {
	if d.Kind != scenario.Path && d.Kind != scenario.Attempts {
		from := commonPrefixLen(want.text, got.text)
		if from == 0 || len(d.Expected) == 0 || len(d.Got) == 0 {
			return span{}
		}
		_, size := utf8.DecodeRuneInString(got.text[from:])
		return span{from, from + max(size, 1)}
	}
	n := 0
	for n < min(len(want.parts), len(got.parts)) && want.part(n) == got.part(n) {
		n++
	}
	return got.parts[n]
}

// commonPrefixLen returns the length in bytes of the longest common prefix, in whole characters.
func commonPrefixLen(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) {
		_, size := utf8.DecodeRuneInString(a[n:])
		if !strings.HasPrefix(b[n:], a[n:n+size]) {
			break
		}
		n += size
	}
	return n
}

// differenceDocument is a deviation in the JSON documents of the run command.
type differenceDocument struct {
	Kind     string   `json:"kind"`            // status, output, error, path or attempts
	State    string   `json:"state,omitempty"` // state that made the attempts; only if kind is attempts
	Expected []string `json:"expected"`        // expected values: several for path and attempts, otherwise at most one
	Got      []string `json:"got"`             // actual values
}

func newDifferenceDocuments(deviations []scenario.Deviation) []differenceDocument {
	var documents []differenceDocument
	for _, d := range deviations {
		documents = append(documents, differenceDocument{string(d.Kind), d.State, append([]string{}, d.Expected...),
			append([]string{}, d.Got...)})
	}
	return documents
}

func deviationSentences(deviations []scenario.Deviation) []string {
	var texts []string
	for _, d := range deviations {
		texts = append(texts, d.String())
	}
	return texts
}
