package picture

import (
	"image/color"
	"slices"
	"strings"

	"retrycatch/internal/history"
	outcomes "retrycatch/internal/look"
)

// paint holds a color for light mode and one for dark mode, as 0xRRGGBB.
type paint struct{ light, dark uint32 }

var (
	noPaint = paint{}
	paper   = paint{0xffffff, 0x161d26}
	ink     = paint{0x16191f, 0xf2f3f3}
	muted   = paint{0x5f6b7a, 0xa6b2c0}
	faint   = paint{0xb6bec9, 0x4b5766}
	soft    = paint{0xf6f7f9, 0x1e2733}
	amber   = newPaint(outcomes.OfStep(history.StepCaught).Foreground)
)

func newPaint(c outcomes.Color) paint { return paint{uint32(c.Light), uint32(c.Dark)} }

// style defines how a shape or a text is drawn. Line widths, dashes and signs also tell outcomes
// apart, because some readers do not see the colors.
type style struct {
	name         string
	stroke, fill paint // noPaint if not drawn
	width        float64
	dash         []float64
}

// allStyles lists the styles. Drawing functions select one by name. An SVG has a class for each.
var allStyles = append(outcomeStyles(), []style{
	{name: "paper", fill: paper},
	{name: "ink", fill: ink},
	{name: "muted", fill: muted},
	{name: "label", fill: muted, stroke: paper, width: 3}, // an outline, in case the text lies on a line
	{name: "label-taken", fill: ink, stroke: paper, width: 3},
	{name: "label-inner", fill: muted, stroke: soft, width: 3}, // for labels inside a frame
	{name: "label-inner-taken", fill: ink, stroke: soft, width: 3},
	{name: "terminal", stroke: muted, fill: paper, width: 1.5},
	{name: "point", fill: muted},
	{name: "ring", stroke: muted, fill: paper, width: 1},
	{name: "group", stroke: muted, fill: soft, width: 1, dash: []float64{6, 4}},
	{name: "box", stroke: muted, fill: paper, width: 1.3},
	{name: "box-not-visited", stroke: faint, fill: paper, width: 1, dash: []float64{2, 3}},
	{name: "edge", stroke: muted, width: 1.2},
	{name: "edge-catch", stroke: muted, width: 1.2, dash: []float64{5, 4}},
	{name: "edge-not-taken", stroke: faint, width: 1},
	{name: "edge-catch-not-taken", stroke: faint, width: 1, dash: []float64{5, 4}},
	{name: "edge-taken", stroke: ink, width: 2.6},
	{name: "edge-catch-taken", stroke: amber, width: 2.6, dash: []float64{8, 4}},
	{name: "pill", stroke: muted, fill: soft, width: 1},
	{name: "pill-not-taken", stroke: faint, fill: soft, width: 1},
	{name: "pill-taken", stroke: ink, fill: soft, width: 2},
	{name: "pill-catch-taken", stroke: amber, fill: soft, width: 2},
	{name: "arrow", fill: muted},
	{name: "arrow-not-taken", fill: faint},
	{name: "arrow-taken", fill: ink},
	{name: "arrow-catch-taken", fill: amber},
}...)

// outcomeStyles returns the styles of boxes, texts and icons for all outcomes.
func outcomeStyles() []style {
	lines := map[history.StepStatus]style{
		history.StepSucceeded: {width: 2.2},
		history.StepCaught:    {width: 2.2, dash: []float64{9, 4}},
		history.StepAborted:   {width: 2.2, dash: []float64{2, 3}},
		history.StepRunning:   {width: 2.2, dash: []float64{5, 4}},
		history.StepFailed:    {width: 4},
	}
	var all []style
	for status, box := range lines {
		o := outcomes.OfStep(status)
		box.name, box.stroke, box.fill = "box-"+o.ID, newPaint(o.Foreground), newPaint(o.Background)
		all = append(all, box,
			style{name: "text-" + o.ID, fill: box.stroke},
			style{name: "icon-" + o.ID, stroke: box.stroke, width: 1.8})
	}
	slices.SortFunc(all, func(a, b style) int { return strings.Compare(a.name, b.name) })
	return all
}

func styleOf(name string) style {
	for _, s := range allStyles {
		if s.name == name {
			return s
		}
	}
	panic("unknown style " + name) // impossible: the tests use every name
}

func (p paint) lightColor() color.Color {
	return color.RGBA{uint8(p.light >> 16), uint8(p.light >> 8), uint8(p.light), 0xff}
}
