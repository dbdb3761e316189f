package picture

// Sizes of texts, in points.
const (
	nameSize   = 14.0
	detailSize = 11.0
	noteSize   = 12.0
	labelSize  = 11.0
	lineHeight = 1.4   // of the text's size
	widest     = 275.0 // of a line of text; longer ones are broken
	widestName = 190.0 // of a line of a state's name, unless another line in its box is wider
)

// line holds one line of text.
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

// broken breaks a line into lines that are not too wide, but no more than most. The first gets the
// icon.
func (l line) broken(most int, widest float64) []line {
	var lines []line
	for i, part := range wrap(l.text, l.size, l.bold, widest, most) {
		next := l
		next.text = part
		if i > 0 {
			next.icon = ""
		}
		lines = append(lines, next)
	}
	return lines
}
