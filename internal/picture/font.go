package picture

import (
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
)

// The fonts are part of the program, so that a picture looks the same on every machine. They have
// Latin, Greek and Cyrillic letters.
var (
	regular = sync.OnceValues(func() (*sfnt.Font, error) { return opentype.Parse(goregular.TTF) })
	strong  = sync.OnceValues(func() (*sfnt.Font, error) { return opentype.Parse(gobold.TTF) })
)

func fontOf(bold bool) *sfnt.Font {
	load := regular
	if bold {
		load = strong
	}
	f, err := load()
	if err != nil {
		panic(err) // the fonts are part of the program, and a test reads both
	}
	return f
}

// measured is the font size at which advance measures.
const measured = 64

func newFace(bold bool, size float64) font.Face {
	face, err := opentype.NewFace(fontOf(bold), &opentype.FaceOptions{Size: size, DPI: 72})
	if err != nil {
		panic(err) // as above: nothing in the options could be wrong
	}
	return face
}

// measure returns the width of a text, in points, with a small reserve: most viewers of an SVG have
// wider fonts.
func measure(text string, size float64, bold bool) float64 {
	const reserve = 1.06
	width := 0.0
	for _, r := range text {
		width += advance(r, bold)
	}
	return width * size * reserve
}

// advance returns the width of a character as a share of the text's size, and 1 for a character
// that the font lacks.
func advance(r rune, bold bool) float64 {
	var buffer sfnt.Buffer
	index, err := fontOf(bold).GlyphIndex(&buffer, r)
	if err != nil || index == 0 {
		return 1
	}
	width, err := fontOf(bold).GlyphAdvance(&buffer, index, measured<<6, font.HintingNone)
	if err != nil {
		return 1
	}
	return float64(width) / 64 / measured
}

// has reports whether the font has a character.
func has(r rune, bold bool) bool {
	var buffer sfnt.Buffer
	index, err := fontOf(bold).GlyphIndex(&buffer, r)
	return err == nil && index != 0
}
