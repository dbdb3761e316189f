package view

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"retrycatch/internal/scenario"
)

const (
	// minWidthForKind is the least width of a terminal that shows a deviation's kind beside its values.
	minWidthForKind = 60
	// noBreak is a space that keeps two words on one line.
	noBreak = "\u00a0"
)

// printDeviations writes each deviation as two lines, expected and got, and marks the first difference
// in a line below them.
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
		c.printComparison(title+"expected"+gap, want.text, span{})
		c.printComparison(below+"got     "+gap, got.text, firstDifference(d, want, got))
	}
}

// printComparison writes a text beside its heading. It marks a part of the text with color and with a
// line of carets below.
func (c *Console) printComparison(heading, text string, marked span) {
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
		case end == len(text) && marked.to > end: // the text ends too early
			mark = padRight("", ansi.StringWidth(line)) + failStyle.Render("^")
		}
		c.Print("%s", heading+strings.ReplaceAll(line, noBreak, " "))
		if mark != "" {
			c.Print("%s", margin+mark)
		}
		begin, heading = end, margin
	}
}

// span is a part of a text, in bytes.
type span struct{ from, to int }

// side is one side of a deviation: its text, and the spans of its parts.
type side struct {
	text  string
	parts []span
}

// newSide joins the parts of a side. A line breaks only before the arrow to a state, and between
// attempts. A list that is a prefix of the other side's list shows its end.
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

// firstDifference returns the first part of got that differs from want: a character of a value, or an
// element of a list. It returns an empty span for two values with no common prefix.
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

// commonPrefixLen returns the length in bytes of the longest common prefix of whole characters.
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

// differenceDocument is a deviation in the documents of run.
type differenceDocument struct {
	Kind     string   `json:"kind"`            // status, output, error, path or attempts
	State    string   `json:"state,omitempty"` // state of the attempts
	Expected []string `json:"expected"`        // values of the scenario
	Got      []string `json:"got"`             // values of the execution
}

func newDifferenceDocuments(deviations []scenario.Deviation) []differenceDocument {
	var documents []differenceDocument
	for _, d := range deviations {
		documents = append(documents, differenceDocument{string(d.Kind), d.State, append([]string{}, d.Expected...),
			append([]string{}, d.Got...)})
	}
	return documents
}

// deviationSentences returns each deviation as a sentence.
func deviationSentences(deviations []scenario.Deviation) []string {
	var texts []string
	for _, d := range deviations {
		texts = append(texts, d.String())
	}
	return texts
}
