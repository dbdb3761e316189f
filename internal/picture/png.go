package picture

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"maps"
	"slices"
	"strings"

	"github.com/fogleman/gg"
	"golang.org/x/image/font"

	"retrycatch/internal/graph"
	"retrycatch/internal/problem"
)

// scale is the number of pixels per point. If the picture would exceed maxSharpPixels, the scale
// is 1.
const scale = 2

// Limits in pixels. Drawing 20 million pixels takes about a second. Each pixel takes 4 bytes.
const (
	maxSharpPixels = 20_000_000
	maxPixels      = 50_000_000
	maxSide        = 65_535 // width or height; most viewers do not open larger images
)

// PNG draws a graph on a light background, optionally with the path of an execution. Characters
// that the fonts lack appear as boxes, and are returned in missing.
func (d *Drawer) PNG(ctx context.Context, t *graph.Trace) (image []byte, missing []rune, err error) {
	p, err := d.plan(ctx, t)
	if err != nil {
		return nil, nil, err
	}
	scale := pickScale(p.size())
	width, height := p.size().width*scale, p.size().height*scale
	if width*height > maxPixels || max(width, height) > maxSide {
		return nil, nil, &problem.Problem{
			What: fmt.Sprintf("the picture would be too large: %.0f by %.0f pixels", width, height),
			Next: "use -o with a file that ends in .svg: an SVG has no such limit",
		}
	}
	c := &raster{gg.NewContext(int(width), int(height)), scale, map[string]font.Face{}, map[rune]bool{}}
	c.SetColor(paper.lightColor())
	c.Clear()
	c.Scale(scale, scale)
	draw(c, p)
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	err = encoder.Encode(&out, c.Image())
	return out.Bytes(), slices.Sorted(maps.Keys(c.missing)), err
}

func pickScale(s size) float64 {
	if s.width*s.height*scale*scale > maxSharpPixels {
		return 1
	}
	return scale
}

// raster draws a PNG.
type raster struct {
	*gg.Context
	scale   float64
	faces   map[string]font.Face
	missing map[rune]bool // characters that the fonts lack
}

func (c *raster) begin(string, string) {}
func (c *raster) end()                 {}

// paint fills and strokes the current path.
func (c *raster) paint(name string) {
	s := styleOf(name)
	if s.fill != noPaint {
		c.SetColor(s.fill.lightColor())
		c.FillPreserve()
	}
	if s.stroke != noPaint {
		c.SetColor(s.stroke.lightColor())
		c.SetLineWidth(s.width * c.scale) // line widths and dashes are in pixels
		var dash []float64
		for _, part := range s.dash {
			dash = append(dash, part*c.scale)
		}
		c.SetDash(dash...)
		c.StrokePreserve()
	}
	c.ClearPath()
}

func (c *raster) rect(r rect, radius float64, style string) {
	c.DrawRoundedRectangle(r.x, r.y, r.width, r.height, radius)
	c.paint(style)
}

func (c *raster) circle(middle point, radius float64, style string) {
	c.DrawCircle(middle.x, middle.y, radius)
	c.paint(style)
}

func (c *raster) curve(points []point, style string) {
	c.MoveTo(points[0].x, points[0].y)
	for i := 1; i+2 < len(points); i += 3 {
		c.CubicTo(points[i].x, points[i].y, points[i+1].x, points[i+1].y, points[i+2].x, points[i+2].y)
	}
	c.paint(style)
}

func (c *raster) polygon(points []point, style string) {
	c.addLine(points)
	c.ClosePath()
	c.paint(style)
}

func (c *raster) strokes(lines [][]point, style string) {
	for _, points := range lines {
		c.addLine(points)
		c.paint(style)
	}
}

func (c *raster) addLine(points []point) {
	c.MoveTo(points[0].x, points[0].y)
	for _, p := range points[1:] {
		c.LineTo(p.x, p.y)
	}
}

// text draws in pixels, because scaled letters would be blurred. It draws a box for a character
// that the font lacks.
func (c *raster) text(middle point, text string, size float64, bold bool, style string) {
	key := fmt.Sprint(size, bold)
	if c.faces[key] == nil {
		c.faces[key] = newFace(bold, size*c.scale)
	}
	x, y := c.TransformPoint(middle.x, middle.y)
	c.Push()
	c.Identity()
	c.SetFontFace(c.faces[key])
	text = strings.Map(func(r rune) rune {
		if hasGlyph(r, bold) {
			return r
		}
		c.missing[r] = true
		return '□'
	}, text)
	s := styleOf(style)
	if outline := s.width * c.scale / 2; s.stroke != noPaint {
		c.SetColor(s.stroke.lightColor())
		for i, offset := range arcPoints(0, 0, outline, 0, 360) {
			if i%2 == 0 { // skip every other point: eight outlines are enough
				c.DrawStringAnchored(text, x+offset.x, y+offset.y, 0.5, 0.35)
			}
		}
	}
	c.SetColor(s.fill.lightColor())
	c.DrawStringAnchored(text, x, y, 0.5, 0.35)
	c.Pop()
}
