package picture

import (
	"context"
	"encoding/xml"
	"fmt"
	"strings"

	"retrycatch/internal/graph"
)

// SVG draws a graph, optionally with the path of an execution. Screen readers read the title first.
// All IDs begin with prefix, so a page can contain more than one picture. The prefix must consist
// of letters.
//
// The colors follow the viewer's light or dark mode. The SVG has no scripts and no external
// references.
func (d *Drawer) SVG(ctx context.Context, t *graph.Trace, title, prefix string) ([]byte, error) {
	p, err := d.plan(ctx, t)
	if err != nil {
		return nil, err
	}
	s := &svg{}
	s.write(`<svg xmlns="http://www.w3.org/2000/svg" class="sfn-graph" role="img" `+
		`aria-labelledby="%[1]s-title %[1]s-text" width="%.0[2]f" height="%.0[3]f" viewBox="0 0 %.0[2]f %.0[3]f">`,
		escape(prefix), p.size().width, p.size().height)
	s.write(`<title id="%s-title">%s</title>`, escape(prefix), escape(title))
	s.write(`<desc id="%s-text">%s</desc>`, escape(prefix), escape(describe(p)))
	s.write("<style>\n%s</style>", stylesheet())
	s.write(`<rect class="paper" width="100%%" height="100%%"/>`)
	draw(s, p)
	s.write("</svg>")
	return []byte(s.String()), nil
}

// describe returns the text of the picture for screen readers.
func describe(p *plan) string {
	var sentences []string
	for _, n := range p.nodes {
		if n.state != nil {
			sentences = append(sentences, boxTitle(p.trace, n)+".")
		}
	}
	for _, e := range p.edges {
		sentences = append(sentences, edgeTitle(p.trace, e.transition)+".")
	}
	for _, n := range p.nodes {
		for _, e := range n.stubs.edges {
			sentences = append(sentences, edgeTitle(p.trace, e.transition)+".")
		}
		if more := n.stubs.more.text; more != "" {
			sentences = append(sentences, fmt.Sprintf("%s → %s.", n.state.Label(), more))
		}
	}
	return strings.Join(sentences, " ")
}

// stylesheet returns all styles as CSS. Every rule applies only inside pictures.
func stylesheet() string {
	var css strings.Builder
	css.WriteString(".sfn-graph { max-width: 100%; height: auto; " +
		"font-family: Helvetica, Arial, \"Liberation Sans\", sans-serif; }\n")
	css.WriteString(".sfn-graph text { text-anchor: middle; dominant-baseline: central; paint-order: stroke; }\n")
	css.WriteString(".sfn-graph path, .sfn-graph polyline { stroke-linecap: round; stroke-linejoin: round; }\n")
	for _, s := range allStyles {
		fmt.Fprintf(&css, ".sfn-graph .%s { %s }\n", s.name, s.css(func(p paint) uint32 { return p.light }, true))
	}
	css.WriteString("@media screen and (prefers-color-scheme: dark) {\n")
	for _, s := range allStyles {
		fmt.Fprintf(&css, ".sfn-graph .%s { %s }\n", s.name, s.css(func(p paint) uint32 { return p.dark }, false))
	}
	css.WriteString("}\n")
	return css.String()
}

// css returns the CSS of a style: its colors, and if lines is true, its line width and dashes.
func (s style) css(shade func(paint) uint32, lines bool) string {
	var rules []string
	for _, part := range []struct {
		name string
		paint
	}{{"fill", s.fill}, {"stroke", s.stroke}} {
		if part.paint == noPaint {
			rules = append(rules, part.name+": none;")
		} else {
			rules = append(rules, fmt.Sprintf("%s: #%06x;", part.name, shade(part.paint)))
		}
	}
	if lines && s.stroke != noPaint {
		rules = append(rules, fmt.Sprintf("stroke-width: %g;", s.width))
	}
	if lines && s.dash != nil {
		rules = append(rules, fmt.Sprintf("stroke-dasharray: %s;", strings.Trim(fmt.Sprint(s.dash), "[]")))
	}
	return strings.Join(rules, " ")
}

// svg draws an SVG: https://www.w3.org/TR/SVG2/
type svg struct{ strings.Builder }

func (s *svg) write(format string, values ...any) { fmt.Fprintf(s, format+"\n", values...) }

func (s *svg) begin(class, title string) {
	s.write(`<g class="%s"><title>%s</title>`, class, escape(title))
}

func (s *svg) end() { s.write("</g>") }

func (s *svg) rect(r rect, radius float64, style string) {
	s.write(`<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="%g"/>`,
		style, r.x, r.y, r.width, r.height, radius)
}

func (s *svg) circle(middle point, radius float64, style string) {
	s.write(`<circle class="%s" cx="%.1f" cy="%.1f" r="%g"/>`, style, middle.x, middle.y, radius)
}

func (s *svg) curve(points []point, style string) {
	s.write(`<path class="%s" d="M%s C%s"/>`, style, formatPoints(points[:1]), formatPoints(points[1:]))
}

func (s *svg) polygon(points []point, style string) {
	s.write(`<polygon class="%s" points="%s"/>`, style, formatPoints(points))
}

func (s *svg) strokes(lines [][]point, style string) {
	for _, points := range lines {
		s.write(`<polyline class="%s" points="%s"/>`, style, formatPoints(points))
	}
}

// text sets the length of the text, because the viewer's font may be wider than the measured font.
func (s *svg) text(middle point, text string, size float64, bold bool, style string) {
	weight := ""
	if bold {
		weight = ` font-weight="bold"`
	}
	s.write(`<text class="%s" x="%.1f" y="%.1f" font-size="%g"%s textLength="%.1f" `+
		`lengthAdjust="spacingAndGlyphs">%s</text>`,
		style, middle.x, middle.y, size, weight, textWidth(text, size, bold), escape(text))
}

func formatPoints(points []point) string {
	var texts []string
	for _, p := range points {
		texts = append(texts, fmt.Sprintf("%.1f,%.1f", p.x, p.y))
	}
	return strings.Join(texts, " ")
}

func escape(text string) string {
	var escaped strings.Builder
	_ = xml.EscapeText(&escaped, []byte(text)) // a strings.Builder returns no error
	return escaped.String()
}
