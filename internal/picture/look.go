package picture

import "image/color"

// paint is a colour on light and on dark paper, as 0xRRGGBB.
type paint struct{ light, dark uint32 }

var (
	none  = paint{}
	paper = paint{0xffffff, 0x161d26}
	ink   = paint{0x16191f, 0xf2f3f3}
	muted = paint{0x5f6b7a, 0xa6b2c0}
	faint = paint{0xb6bec9, 0x4b5766}
	soft  = paint{0xf6f7f9, 0x1e2733}
	green = paint{0x1d8102, 0x55c23d}
	amber = paint{0xb45309, 0xf0a04b}
	blue  = paint{0x0972d3, 0x6cb4f5}
	red   = paint{0xd13212, 0xff8871}
)

// look is how something is drawn. What an outcome is shows in lines and signs, not in colours alone.
type look struct {
	name         string
	stroke, fill paint // none is not drawn
	width        float64
	dash         []float64
}

// looks are all that there are. A picture names them; an SVG has them as classes.
var looks = []look{
	{name: "paper", fill: paper},
	{name: "ink", fill: ink},
	{name: "muted", fill: muted},
	{name: "label", fill: muted, stroke: paper, width: 3}, // with an edge around it, for where it lies on a line
	{name: "label-taken", fill: ink, stroke: paper, width: 3},
	{name: "terminal", stroke: muted, fill: paper, width: 1.5},
	{name: "done", fill: muted},
	{name: "group", stroke: muted, fill: soft, width: 1, dash: []float64{6, 4}},
	{name: "box", stroke: muted, fill: paper, width: 1.3},
	{name: "box-not-visited", stroke: faint, fill: paper, width: 1, dash: []float64{2, 3}},
	{name: "box-succeeded", stroke: green, fill: paint{0xf2f8f0, 0x16291a}, width: 2.2},
	{name: "box-caught", stroke: amber, fill: paint{0xfdf4e8, 0x33250f}, width: 2.2, dash: []float64{9, 4}},
	{name: "box-stopped", stroke: muted, fill: soft, width: 2.2, dash: []float64{2, 3}},
	{name: "box-running", stroke: blue, fill: paint{0xeff6fd, 0x10263b}, width: 2.2, dash: []float64{5, 4}},
	{name: "box-failed", stroke: red, fill: paint{0xfdf1ee, 0x3a1a15}, width: 4},
	{name: "text-succeeded", fill: green},
	{name: "text-caught", fill: amber},
	{name: "text-stopped", fill: muted},
	{name: "text-running", fill: blue},
	{name: "text-failed", fill: red},
	{name: "icon-succeeded", stroke: green, width: 1.8},
	{name: "icon-caught", stroke: amber, width: 1.8},
	{name: "icon-stopped", stroke: muted, width: 1.8},
	{name: "icon-running", stroke: blue, width: 1.8},
	{name: "icon-failed", stroke: red, width: 1.8},
	{name: "edge", stroke: muted, width: 1.2},
	{name: "edge-catch", stroke: muted, width: 1.2, dash: []float64{5, 4}},
	{name: "edge-not-taken", stroke: faint, width: 1},
	{name: "edge-catch-not-taken", stroke: faint, width: 1, dash: []float64{5, 4}},
	{name: "edge-taken", stroke: ink, width: 2.6},
	{name: "edge-catch-taken", stroke: amber, width: 2.6, dash: []float64{8, 4}},
	{name: "arrow", fill: muted},
	{name: "arrow-not-taken", fill: faint},
	{name: "arrow-taken", fill: ink},
	{name: "arrow-catch-taken", fill: amber},
}

func lookOf(name string) look {
	for _, l := range looks {
		if l.name == name {
			return l
		}
	}
	panic("there is no look " + name) // a mistake in this package, which its tests would meet
}

func (p paint) onLight() color.Color {
	return color.RGBA{uint8(p.light >> 16), uint8(p.light >> 8), uint8(p.light), 0xff}
}
