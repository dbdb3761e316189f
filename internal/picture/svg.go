package picture

import (
	"context"
	"encoding/xml"
	"fmt"
	"strings"

	"retrycatch/internal/graph"
)

// SVG draws a graph, alone or with the path of an execution. Screen readers read the title first.
// Every id begins with the prefix, which consists of letters, so that a page can hold several
// pictures. They share their styles.
//
// The SVG follows the viewer's choice of light or dark, has no script, and refers to nothing
// outside itself.
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
	s.write(`<desc id="%s-text">%s</desc>`, escape(prefix), escape(description(p)))
	s.write("<style>\n%s</style>", styles())
	s.write(`<rect class="paper" width="100%%" height="100%%"/>`)
	draw(s, p)
	s.write("</svg>")
	return []byte(s.String()), nil
}

// description describes the picture in words.
func description(p *plan) string {
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

// styles returns the looks as CSS. Every rule is limited to the picture's class.
func styles() string {
	var css strings.Builder
	css.WriteString(".sfn-graph { max-width: 100%; height: auto; " +
		"font-family: Helvetica, Arial, \"Liberation Sans\", sans-serif; }\n")
	css.WriteString(".sfn-graph text { text-anchor: middle; dominant-baseline: central; paint-order: stroke; }\n")
	css.WriteString(".sfn-graph path, .sfn-graph polyline { stroke-linecap: round; stroke-linejoin: round; }\n")
	for _, l := range looks {
		fmt.Fprintf(&css, ".sfn-graph .%s { %s }\n", l.name, l.css(func(p paint) uint32 { return p.light }, true))
	}
	css.WriteString("@media screen and (prefers-color-scheme: dark) {\n")
	for _, l := range looks {
		fmt.Fprintf(&css, ".sfn-graph .%s { %s }\n", l.name, l.css(func(p paint) uint32 { return p.dark }, false))
	}
	css.WriteString("}\n")
	return css.String()
}

// css returns the look's colors, and its line widths and dashes if lines is true.
func (l look) css(shade func(paint) uint32, lines bool) string {
	var rules []string
	for _, part := range []struct {
		name string
		paint
	}{{"fill", l.fill}, {"stroke", l.stroke}} {
		if part.paint == none {
			rules = append(rules, part.name+": none;")
		} else {
			rules = append(rules, fmt.Sprintf("%s: #%06x;", part.name, shade(part.paint)))
		}
	}
	if lines && l.stroke != none {
		rules = append(rules, fmt.Sprintf("stroke-width: %g;", l.width))
	}
	if lines && l.dash != nil {
		rules = append(rules, fmt.Sprintf("stroke-dasharray: %s;", strings.Trim(fmt.Sprint(l.dash), "[]")))
	}
	return strings.Join(rules, " ")
}

// svg is the canvas of an SVG: https://www.w3.org/TR/SVG2/
type svg struct{ strings.Builder }

func (s *svg) write(format string, values ...any) { fmt.Fprintf(s, format+"\n", values...) }

func (s *svg) begin(class, title string) {
	s.write(`<g class="%s"><title>%s</title>`, class, escape(title))
}

func (s *svg) end() { s.write("</g>") }

func (s *svg) rect(r rect, radius float64, look string) {
	s.write(`<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="%g"/>`,
		look, r.x, r.y, r.width, r.height, radius)
}

func (s *svg) circle(middle point, radius float64, look string) {
	s.write(`<circle class="%s" cx="%.1f" cy="%.1f" r="%g"/>`, look, middle.x, middle.y, radius)
}

func (s *svg) curve(points []point, look string) {
	s.write(`<path class="%s" d="M%s C%s"/>`, look, list(points[:1]), list(points[1:]))
}

func (s *svg) polygon(points []point, look string) {
	s.write(`<polygon class="%s" points="%s"/>`, look, list(points))
}

func (s *svg) strokes(lines [][]point, look string) {
	for _, points := range lines {
		s.write(`<polyline class="%s" points="%s"/>`, look, list(points))
	}
}

// text sets the length of the text, which would not fit in a wider font than the measured one.
func (s *svg) text(middle point, text string, size float64, bold bool, look string) {
	weight := ""
	if bold {
		weight = ` font-weight="bold"`
	}
	s.write(`<text class="%s" x="%.1f" y="%.1f" font-size="%g"%s textLength="%.1f" `+
		`lengthAdjust="spacingAndGlyphs">%s</text>`,
		look, middle.x, middle.y, size, weight, measure(text, size, bold), escape(text))
}

func list(points []point) string {
	var texts []string
	for _, p := range points {
		texts = append(texts, fmt.Sprintf("%.1f,%.1f", p.x, p.y))
	}
	return strings.Join(texts, " ")
}

func escape(text string) string {
	var escaped strings.Builder
	_ = xml.EscapeText(&escaped, []byte(text)) // a Builder returns no error
	return escaped.String()
}
