package picture

import (
	"math"
	"regexp"
	"strings"
	"unicode"

	"retrycatch/internal/safetext"
)

// word holds a part of a text between spaces.
type word struct {
	width  float64
	pieces []piece // a line may break between them
}

type piece struct {
	text  string
	width float64
}

// wrap breaks a text into lines that are not wider than widest: at spaces, or inside words that are
// too long for a line. It makes the lines about equally long. It cuts the text off after most
// lines.
func wrap(text string, size float64, bold bool, widest float64, most int) []string {
	space := measure(" ", size, bold)
	least := 0.0 // width that breaks no more words
	var words []word
	for _, field := range fields(text) {
		w := newWord(field, size, bold, widest)
		if w.width <= widest {
			least = max(least, w.width)
		}
		words = append(words, w)
	}
	lines := fill(words, space, widest)
	if len(lines) > most {
		return append(lines[:most-1], lines[most-1]+"…")
	}
	for wide := widest; len(lines) > 1 && wide-least > 1; {
		middle := (least + wide) / 2
		if even := fill(words, space, middle); len(even) > len(lines) {
			least = middle
		} else {
			lines, wide = even, middle
		}
	}
	return lines
}

// unit matches a unit after a number.
var unit = regexp.MustCompile(`^s[,)]*$`)

// fields splits a text at its spaces, apart from those between a number and its unit.
func fields(text string) []string {
	var all []string
	for field := range strings.FieldsSeq(safetext.Line(text)) {
		if last := len(all) - 1; last >= 0 && unit.MatchString(field) && strings.ContainsAny(all[last], "0123456789}") {
			all[last] += " " + field
			continue
		}
		all = append(all, field)
	}
	return all
}

// newWord measures a word and splits it at its humps. It splits a hump that is too wide into equal
// parts.
func newWord(text string, size float64, bold bool, widest float64) word {
	var w word
	for _, hump := range humps(text) {
		whole := measure(hump, size, bold)
		part := whole / math.Ceil(whole/widest)
		p := piece{}
		for _, r := range hump {
			width := measure(string(r), size, bold)
			if p.width >= part || p.text != "" && p.width+width > widest {
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

// fill puts as much as fits into each line. It breaks only words that are too long for a whole
// line.
func fill(words []word, space, widest float64) []string {
	var lines []string
	line, used := "", 0.0
	flush := func() {
		if line != "" {
			lines, line, used = append(lines, line), "", 0
		}
	}
	for _, w := range words {
		switch alone := w.width <= widest; {
		case alone && used+space+w.width > widest, !alone && used+space+w.pieces[0].width > widest:
			flush()
		case line != "":
			line, used = line+" ", used+space
		}
		for _, p := range w.pieces {
			if used+p.width > widest {
				flush()
			}
			line, used = line+p.text, used+p.width
		}
	}
	flush()
	return lines
}

// humps splits a name such as HTTPServer2_start into HTTP, Server2_ and start.
func humps(name string) []string {
	runes := []rune(name)
	var parts []string
	start := 0
	for i := 1; i < len(runes); i++ {
		if hump(runes, i) {
			parts, start = append(parts, string(runes[start:i])), i
		}
	}
	return append(parts, string(runes[start:]))
}

// hump reports whether a hump begins at an index of a name, which is not 0.
func hump(name []rune, i int) bool {
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
