package picture

// Sizes of texts, in points.
const (
	nameSize     = 14.0
	detailSize   = 11.0
	noteSize     = 12.0
	labelSize    = 11.0
	lineHeight   = 1.4   // relative to the text size
	maxLineWidth = 275.0 // longer lines are wrapped
	maxNameWidth = 190.0 // longer names of states are wrapped, unless another line in the box is wider
)

type line struct {
	text  string
	icon  string // precedes the text; may be empty
	size  float64
	bold  bool
	style string
}

func (l line) width() float64 {
	width := textWidth(l.text, l.size, l.bold)
	if l.icon != "" {
		width += l.size * 1.3
	}
	return width
}

// blockSize returns the size of a block of lines.
func blockSize(lines []line) (width, height float64) {
	for _, l := range lines {
		width = max(width, l.width())
		height += l.size * lineHeight
	}
	return width, height
}

// wrap breaks a line into at most maxLines lines. The first line gets the icon.
func (l line) wrap(maxLines int, maxLineWidth float64) []line {
	var lines []line
	for i, part := range wrap(l.text, l.size, l.bold, maxLineWidth, maxLines) {
		next := l
		next.text = part
		if i > 0 {
			next.icon = ""
		}
		lines = append(lines, next)
	}
	return lines
}
