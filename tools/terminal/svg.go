package main

import (
	"fmt"
	"html"
	"io"
)

// Sizes in pixels.
const (
	cellWidth  = 8.4
	cellHeight = 19
	padding    = 16
)

// head is the start of the SVG. The background is dark, so a border separates the SVG from a dark
// page.
const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]g %[2]d" width="%[1]g" height="%[2]d" role="img" aria-labelledby="title desc">
<title id="title">%[3]s</title>
<desc id="desc">%[4]s</desc>
<style>
text{font:14px ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace;fill:#d6dde5;white-space:pre}
.bold{font-weight:bold}.faint{fill:#8b949e}
.red{fill:#ff7b72}.green{fill:#56d364}.yellow{fill:#e3b341}.blue{fill:#79c0ff}.magenta{fill:#d2a8ff}.cyan{fill:#76e3ea}
.once{visibility:hidden}
@keyframes show{0%%,100%%{visibility:visible}}
@keyframes hide{0%%,100%%{visibility:hidden}}
@media (prefers-reduced-motion:reduce),print{*{animation:none!important}}
</style>
<rect x=".5" y=".5" width="%[5]g" height="%[6]d" rx="8" fill="#0d1117" stroke="#3d444d"/>
`

// draw writes a recording as an SVG. The animation starts when the SVG is loaded, and plays once.
func draw(out io.Writer, r *recording, title, description string) {
	width, height := columns*cellWidth+2*padding, r.height()*cellHeight+2*padding
	fmt.Fprintf(out, head, width, height, html.EscapeString(title), html.EscapeString(description), width-1, height-1)
	for row, versions := range r {
		for _, version := range versions {
			if len(version.runs) > 0 {
				drawVersion(out, row, version)
			}
		}
	}
	fmt.Fprintln(out, "</svg>")
}

// drawVersion writes one version of a row. The last version of a row stays visible.
func drawVersion(out io.Writer, row int, v version) {
	if v.to > 0 {
		fmt.Fprintf(out, `<g class="once" style="animation:show %.2fs %.2fs">`, (v.to - v.from).Seconds(), v.from.Seconds())
	} else {
		fmt.Fprintf(out, `<g style="animation:hide %.2fs">`, v.from.Seconds())
	}
	for _, run := range v.runs {
		class := ""
		if run.class != "" {
			class = fmt.Sprintf(` class="%s"`, run.class)
		}
		// A fixed position and length keep the columns aligned in every font.
		fmt.Fprintf(out, `<text x="%.1f" y="%d" textLength="%.1f"%s>%s</text>`, padding+float64(run.column)*cellWidth,
			padding+row*cellHeight+14, float64(run.width)*cellWidth, class, html.EscapeString(run.text))
	}
	fmt.Fprintln(out, "</g>")
}
