package picture

import (
	"math"
	"regexp"
	"strings"
	"unicode"

	"retrycatch/internal/safetext"
)

// word is a part of a text between spaces.
type word struct {
	width  float64
	pieces []piece // a line may break between pieces
}

type piece struct {
	text  string
	width float64
}

// wrap breaks a text into lines of similar length, at most maxWidth wide. It breaks at spaces, and
// inside words that are too long for a line. It truncates the text after maxLines.
func wrap(text string, size float64, bold bool, maxWidth float64, maxLines int) []string {
	space := textWidth(" ", size, bold)
	lower := 0.0 // smaller widths would break more words
	var words []word
	for _, field := range splitWords(text) {
		w := newWord(field, size, bold, maxWidth)
		if w.width <= maxWidth {
			lower = max(lower, w.width)
		}
		words = append(words, w)
	}
	lines := fill(words, space, maxWidth)
	if len(lines) > maxLines {
		return append(lines[:maxLines-1], lines[maxLines-1]+"…")
	}
	for upper := maxWidth; len(lines) > 1 && upper-lower > 1; {
		middle := (lower + upper) / 2
		if balanced := fill(words, space, middle); len(balanced) > len(lines) {
			lower = middle
		} else {
			lines, upper = balanced, middle
		}
	}
	return lines
}

// unitPattern matches the unit s, for seconds, with the punctuation after it.
var unitPattern = regexp.MustCompile(`^s[,)]*$`)

// splitWords splits a text at spaces, but not between a number and its unit.
func splitWords(text string) []string {
	var words []string
	for field := range strings.FieldsSeq(safetext.Line(text)) {
		last := len(words) - 1
		if last >= 0 && unitPattern.MatchString(field) && strings.ContainsAny(words[last], "0123456789}") {
			words[last] += " " + field
			continue
		}
		words = append(words, field)
	}
	return words
}

// newWord measures a word and splits it with splitName. Parts that are too wide become pieces of
// equal width.
func newWord(text string, size float64, bold bool, maxWidth float64) word {
	var w word
	for _, part := range splitName(text) {
		partWidth := textWidth(part, size, bold)
		pieceWidth := partWidth / math.Ceil(partWidth/maxWidth)
		p := piece{}
		for _, r := range part {
			width := textWidth(string(r), size, bold)
			if p.width >= pieceWidth || p.text != "" && p.width+width > maxWidth {
				w.pieces, p = append(w.pieces, p), piece{}
			}
			p.text, p.width = p.text+string(r), p.width+width
		}
		w.pieces = append(w.pieces, p)
	}
	for _, p := range w.pieces {
		w.width += p.width
	}
	return w
}

// fill puts as many words as fit into each line. It breaks only words that are wider than a line.
func fill(words []word, space, maxWidth float64) []string {
	var lines []string
	line, used := "", 0.0
	flush := func() {
		if line != "" {
			lines, line, used = append(lines, line), "", 0
		}
	}
	for _, w := range words {
		switch fits := w.width <= maxWidth; {
		case fits && used+space+w.width > maxWidth, !fits && used+space+w.pieces[0].width > maxWidth:
			flush()
		case line != "":
			line, used = line+" ", used+space
		}
		for _, p := range w.pieces {
			if used+p.width > maxWidth {
				flush()
			}
			line, used = line+p.text, used+p.width
		}
	}
	flush()
	return lines
}

// splitName splits a name: HTTPServer2_start becomes HTTP, Server2_ and start.
func splitName(name string) []string {
	runes := []rune(name)
	var parts []string
	start := 0
	for i := 1; i < len(runes); i++ {
		if startsPart(runes, i) {
			parts, start = append(parts, string(runes[start:i])), i
		}
	}
	return append(parts, string(runes[start:]))
}

// startsPart reports whether a new part of a name starts at index i. The index must not be 0.
func startsPart(name []rune, i int) bool {
	at := func(i int) rune {
		if i < 0 || i >= len(name) {
			return 0
		}
		return name[i]
	}
	before, r, next := at(i-1), at(i), at(i+1)
	alphanumeric := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	switch {
	case strings.ContainsRune("_-./:,", before):
		return alphanumeric(at(i-2)) && alphanumeric(r)
	case unicode.IsUpper(r) && unicode.IsUpper(before): // as in HTTPServer, but not in URLs
		return unicode.IsUpper(at(i-2)) && unicode.IsLower(next) && (next != 's' || unicode.IsLower(at(i+2)))
	case unicode.IsUpper(r):
		return unicode.IsLower(before) || unicode.IsDigit(before)
	default: // a number of several digits
		return unicode.IsDigit(r) && unicode.IsDigit(next) && unicode.IsLetter(before)
	}
}
