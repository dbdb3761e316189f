package picture

import (
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
)

// Fonts with Latin, Greek and Cyrillic letters. They are embedded in the program, so a PNG looks
// the same on every machine. For an SVG, they only measure the texts.
var (
	regularFont = sync.OnceValues(func() (*sfnt.Font, error) { return opentype.Parse(goregular.TTF) })
	boldFont    = sync.OnceValues(func() (*sfnt.Font, error) { return opentype.Parse(gobold.TTF) })
)

func fontOf(bold bool) *sfnt.Font {
	load := regularFont
	if bold {
		load = boldFont
	}
	f, err := load()
	if err != nil {
		panic(err) // impossible: the fonts are embedded
	}
	return f
}

// measuredSize is the font size at which advance measures characters.
const measuredSize = 64

func newFace(bold bool, size float64) font.Face {
	face, err := opentype.NewFace(fontOf(bold), &opentype.FaceOptions{Size: size, DPI: 72})
	if err != nil {
		panic(err) // impossible: the options are valid
	}
	return face
}

// textWidth returns the width of text in points. It adds a few percent, because most viewers
// show an SVG in a wider font.
func textWidth(text string, size float64, bold bool) float64 {
	const allowance = 1.06
	width := 0.0
	for _, r := range text {
		width += advance(r, bold)
	}
	return width * size * allowance
}

// advance returns the width of a character relative to the font size. It returns 1 for a character
// that the font lacks.
func advance(r rune, bold bool) float64 {
	var buffer sfnt.Buffer
	index, err := fontOf(bold).GlyphIndex(&buffer, r)
	if err != nil || index == 0 {
		return 1
	}
	width, err := fontOf(bold).GlyphAdvance(&buffer, index, measuredSize<<6, font.HintingNone)
	if err != nil {
		return 1
	}
	return float64(width) / 64 / measuredSize
}

// hasGlyph reports whether the font has a character.
func hasGlyph(r rune, bold bool) bool {
	var buffer sfnt.Buffer
	index, err := fontOf(bold).GlyphIndex(&buffer, r)
	return err == nil && index != 0
}
