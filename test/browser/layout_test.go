package browser

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
)

// findCutOff lists everything that a reader cannot see completely: elements beyond the page's
// edges, texts that are cut off or scroll sideways, and overlapping labels of a time axis. It also
// lists graphs that scroll without a hint, or show the hint but do not scroll. No other element is
// allowed to scroll.
const findCutOff = `(() => {
	const page = document.documentElement, width = page.clientWidth, found = []
	const name = e => [e.tagName.toLowerCase(), ...e.classList].join(".") + " " + e.textContent.trim().slice(0, 30)
	if (page.scrollWidth > width) found.push("the page scrolls sideways: " + page.scrollWidth)
	for (const e of document.querySelectorAll("body *:not(svg *)")) {
		if (e.closest("thead, .skip") || !e.checkVisibility()) continue
		const box = e.getBoundingClientRect(), outside = box.right > width + 1 || box.left < -1
		if (outside && !e.parentElement.closest(".graph")) found.push("beyond the edge: " + name(e))
		const overflows = getComputedStyle(e).overflowX != "visible" && e.scrollWidth > e.clientWidth
		if (overflows && !e.matches(".graph, svg")) found.push("cut off: " + name(e))
	}
	for (const hint of document.querySelectorAll(".hint")) {
		const graph = hint.parentElement.querySelector(".graph")
		if (graph.scrollWidth > graph.clientWidth != hint.checkVisibility())
			found.push("wrong scroll hint: a graph of " + graph.scrollWidth + " px in " + graph.clientWidth + " px")
	}
	for (const scale of document.querySelectorAll(".scale")) {
		const labels = [...scale.querySelectorAll("span span")].filter(e => e.checkVisibility())
		const boxes = labels.map(e => e.getBoundingClientRect())
		boxes.forEach((box, i) => { if (i && box.left < boxes[i - 1].right) found.push("labels overlap: " + name(scale)) })
	}
	return [...new Set(found)]
})()`

// cutOffAtWidth opens the page at the given width in pixels and font size in percent, and returns
// the result of findCutOff.
func cutOffAtWidth(t *testing.T, ctx context.Context, page string, width int64, fontSize int) []string {
	t.Helper()
	runActions(t, ctx, chromedp.EmulateViewport(width, 800), chromedp.Navigate(page))
	evaluate[bool](t, ctx, openDetails)
	evaluate[bool](t, ctx, fmt.Sprintf(`document.documentElement.style.fontSize = "%d%%", true`, fontSize))
	return evaluate[[]string](t, ctx, findCutOff)
}

func TestLayout(t *testing.T) {
	t.Parallel()
	ctx, page := startChromium(t), writeReport(t, edgeCaseExamples())
	for _, test := range []struct {
		width    int64
		fontSize int
	}{{320, 100}, {360, 100}, {640, 100}, {768, 100}, {1280, 100}, {360, 200}, {640, 200}, {1280, 200}} {
		t.Run(fmt.Sprintf("%d px, font %d %%", test.width, test.fontSize), func(t *testing.T) {
			for _, found := range cutOffAtWidth(t, ctx, page, test.width, test.fontSize) {
				t.Error(found)
			}
		})
	}
	t.Run("status first on a phone", func(t *testing.T) {
		runActions(t, ctx, chromedp.EmulateViewport(360, 800), chromedp.Navigate(page))
		const rowsWithLateStatus = `[...document.querySelectorAll("tr.item")].filter(row => {
			const bottom = row.querySelector(".chip").getBoundingClientRect().bottom
			return [...row.cells].some(c => c.getBoundingClientRect().top < bottom && !c.matches(".status"))
		}).length`
		if n := evaluate[int](t, ctx, rowsWithLateStatus); n > 0 {
			t.Errorf("got %d rows whose first line is not the status, want none", n)
		}
	})
}

// TestLayoutFindsProblems proves that TestLayout can fail.
func TestLayoutFindsProblems(t *testing.T) {
	t.Parallel()
	ctx := startChromium(t)
	for name, broken := range map[string]string{
		"wide page":        `<p style="width:500px">wide`,
		"cut text":         `<p style="width:50px;overflow:hidden;white-space:nowrap">a long text`,
		"scrolling text":   `<pre style="width:50px;overflow:auto">a long line of text</pre>`,
		"beyond left edge": `<p style="margin-left:-40px">left`,
		"overlapping labels": `<div class="scale"><span><span style="position:absolute;left:0">0 s</span>` +
			`<span style="position:absolute;left:5px">1 s</span></span></div>`,
		"wide with large font": `<p style="width:20rem">wide`,
	} {
		t.Run(name, func(t *testing.T) {
			page := writePage(t, []byte("<!doctype html><body>"+broken))
			if found := cutOffAtWidth(t, ctx, page, 360, 200); len(found) == 0 {
				t.Error("got no problem, want at least one")
			}
		})
	}
}
