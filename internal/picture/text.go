package picture

import (
	"strings"

	"retrycatch/internal/safetext"
)

// Sizes of texts, in points.
const (
	nameSize   = 14.0
	detailSize = 11.0
	noteSize   = 12.0
	labelSize  = 11.0
	lineHeight = 1.4   // of the text's size
	widest     = 275.0 // of a line of text; longer ones are broken
)

// line is one line of text.
type line struct {
	text string
	icon string // before the text; may be empty
	size float64
	bold bool
	look string
}

func (l line) width() float64 {
	width := measure(l.text, l.size, l.bold)
	if l.icon != "" {
		width += l.size * 1.3
	}
	return width
}

// extent returns the size of a block of lines.
func extent(lines []line) (width, height float64) {
	for _, l := range lines {
		width = max(width, l.width())
		height += l.size * lineHeight
	}
	return width, height
}

// broken breaks a line into lines that are not too wide, most at the most. The icon stands before
// the first.
func (l line) broken(most int) []line {
	var lines []line
	for i, part := range wrap(l.text, l.size, l.bold, most) {
		next := l
		next.text = part
		if i > 0 {
			next.icon = ""
		}
		lines = append(lines, next)
	}
	return lines
}

// wrap breaks a text into lines that are not too wide: at spaces, or inside words that are too long
// for a line. It cuts the text off after most lines.
func wrap(text string, size float64, bold bool, most int) []string {
	var lines []string
	current := ""
	for _, word := range strings.Fields(safetext.Line(text)) {
		for rest := []rune(word); len(rest) > 0; {
			separator := " "
			if current == "" {
				separator = ""
			}
			if measure(current+separator+string(rest), size, bold) <= widest {
				current += separator + string(rest)
				break
			}
			if current != "" {
				lines, current = append(lines, current), ""
				continue
			}
			fits := len(rest) - 1
			for fits > 1 && measure(string(rest[:fits]), size, bold) > widest {
				fits--
			}
			lines, rest = append(lines, string(rest[:max(fits, 1)])), rest[max(fits, 1):]
		}
	}
	if current != "" {
		lines = append(lines, current)
	}
	if len(lines) > most {
		lines = append(lines[:most-1], lines[most-1]+"…")
	}
	return lines
}
