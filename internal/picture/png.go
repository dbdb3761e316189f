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

// scale sets the pixels per point. For a picture with more pixels than sharp, it is 1.
const scale = 2

// Pixels of a PNG. Drawing takes about a second for 20 million of them, and 4 bytes for each.
const (
	sharp   = 20_000_000
	largest = 50_000_000
	longest = 65_535 // of a side: most viewers open no more
)

// PNG draws a graph, alone or with the path of an execution, on light paper. It returns the
// characters that the fonts lack, which the picture shows as boxes.
func (d *Drawer) PNG(ctx context.Context, t *graph.Trace) (image []byte, lacking []rune, err error) {
	p, err := d.plan(ctx, t)
	if err != nil {
		return nil, nil, err
	}
	scale := scaleOf(p.size())
	width, height := p.size().width*scale, p.size().height*scale
	if width*height > largest || max(width, height) > longest {
		return nil, nil, &problem.Problem{What: fmt.Sprintf("the picture would have %.0f by %.0f pixels", width, height),
			Next: "name a file that ends in .svg with -o: such a picture has no pixels"}
	}
	c := &raster{gg.NewContext(int(width), int(height)), scale, map[string]font.Face{}, map[rune]bool{}}
	c.SetColor(paper.onLight())
	c.Clear()
	c.Scale(scale, scale)
	draw(c, p)
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	err = encoder.Encode(&out, c.Image())
	return out.Bytes(), slices.Sorted(maps.Keys(c.lacking)), err
}

func scaleOf(s size) float64 {
	if s.width*s.height*scale*scale > sharp {
		return 1
	}
	return scale
}

// raster is the canvas of a PNG.
type raster struct {
	*gg.Context
	scale   float64
	faces   map[string]font.Face
	lacking map[rune]bool // by the fonts
}

func (c *raster) begin(string, string) {}
func (c *raster) end()                 {}

// paint fills and strokes the current path.
func (c *raster) paint(name string) {
	l := lookOf(name)
	if l.fill != none {
		c.SetColor(l.fill.onLight())
		c.FillPreserve()
	}
	if l.stroke != none {
		c.SetColor(l.stroke.onLight())
		c.SetLineWidth(l.width * c.scale) // it and the dashes are in pixels
		var dash []float64
		for _, part := range l.dash {
			dash = append(dash, part*c.scale)
		}
		c.SetDash(dash...)
		c.StrokePreserve()
	}
	c.ClearPath()
}

func (c *raster) rect(r rect, radius float64, look string) {
	c.DrawRoundedRectangle(r.x, r.y, r.width, r.height, radius)
	c.paint(look)
}

func (c *raster) circle(middle point, radius float64, look string) {
	c.DrawCircle(middle.x, middle.y, radius)
	c.paint(look)
}

func (c *raster) curve(points []point, look string) {
	c.MoveTo(points[0].x, points[0].y)
	for i := 1; i+2 < len(points); i += 3 {
		c.CubicTo(points[i].x, points[i].y, points[i+1].x, points[i+1].y, points[i+2].x, points[i+2].y)
	}
	c.paint(look)
}

func (c *raster) polygon(points []point, look string) {
	c.line(points)
	c.ClosePath()
	c.paint(look)
}

func (c *raster) strokes(lines [][]point, look string) {
	for _, points := range lines {
		c.line(points)
		c.paint(look)
	}
}

func (c *raster) line(points []point) {
	c.MoveTo(points[0].x, points[0].y)
	for _, p := range points[1:] {
		c.LineTo(p.x, p.y)
	}
}

// text draws in pixels, without the scale, which would blur the letters. It draws a box for a
// letter that the font lacks.
func (c *raster) text(middle point, text string, size float64, bold bool, look string) {
	key := fmt.Sprint(size, bold)
	if c.faces[key] == nil {
		c.faces[key] = newFace(bold, size*c.scale)
	}
	x, y := c.TransformPoint(middle.x, middle.y)
	c.Push()
	c.Identity()
	c.SetFontFace(c.faces[key])
	text = strings.Map(func(r rune) rune {
		if has(r, bold) {
			return r
		}
		c.lacking[r] = true
		return '□'
	}, text)
	l := lookOf(look)
	if edge := l.width * c.scale / 2; l.stroke != none {
		c.SetColor(l.stroke.onLight())
		for i, by := range arc(0, 0, edge, 0, 360) {
			if i%2 == 0 { // eight directions suffice
				c.DrawStringAnchored(text, x+by.x, y+by.y, 0.5, 0.35)
			}
		}
	}
	c.SetColor(l.fill.onLight())
	c.DrawStringAnchored(text, x, y, 0.5, 0.35)
	c.Pop()
}
