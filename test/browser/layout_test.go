package browser

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
)

// cut names what a reader does not see whole: elements beyond the edges of the page, texts that are
// cut off or scroll sideways, and labels of a scale that overlap. A graph may scroll in its box.
const cut = `(() => {
	const name = e => e.tagName.toLowerCase() + (e.classList.length ? "." + [...e.classList].join(".") : "") + " " + e.textContent.trim().slice(0, 30)
	const found = [], width = document.documentElement.clientWidth
	if (document.documentElement.scrollWidth > width) found.push("the page scrolls sideways: " + document.documentElement.scrollWidth)
	for (const e of document.querySelectorAll("body *:not(svg *)")) {
		if (e.closest("thead, .skip") || !e.checkVisibility()) continue
		const box = e.getBoundingClientRect()
		if (!e.parentElement.closest(".graph") && (box.right > width + 1 || box.left < -1)) found.push("beyond the edge: " + name(e))
		if (!e.matches(".graph, svg") && getComputedStyle(e).overflowX != "visible" && e.scrollWidth > e.clientWidth) found.push("cut: " + name(e))
	}
	for (const hint of document.querySelectorAll(".hint")) {
		const graph = hint.parentElement.querySelector(".graph"), scrolls = graph.scrollWidth > graph.clientWidth
		if (scrolls != hint.checkVisibility()) found.push("the hint to scroll is wrong: " + graph.scrollWidth + " in " + graph.clientWidth)
	}
	for (const scale of document.querySelectorAll(".scale")) {
		const boxes = [...scale.querySelectorAll("span span")].filter(e => e.checkVisibility()).map(e => e.getBoundingClientRect())
		boxes.forEach((box, i) => { if (i && box.left < boxes[i - 1].right) found.push("overlaps: " + name(scale)) })
	}
	return [...new Set(found)]
})()`

// cutAt opens the page at a width, with letters of a size in percent, and returns what is cut.
func cutAt(t *testing.T, ctx context.Context, page string, width int64, letters int) []string {
	t.Helper()
	do(t, ctx, chromedp.EmulateViewport(width, 800), chromedp.Navigate(page))
	look[bool](t, ctx, unfold)
	look[bool](t, ctx, fmt.Sprintf(`document.documentElement.style.fontSize = "%d%%", true`, letters))
	return look[[]string](t, ctx, cut)
}

func TestLayout(t *testing.T) {
	t.Parallel()
	ctx, page := chromium(t), written(t, oddExamples())
	for _, test := range []struct {
		width   int64
		letters int
	}{{320, 100}, {360, 100}, {640, 100}, {768, 100}, {1280, 100}, {360, 200}, {640, 200}, {1280, 200}} {
		t.Run(fmt.Sprintf("%d px, letters %d %%", test.width, test.letters), func(t *testing.T) {
			for _, found := range cutAt(t, ctx, page, test.width, test.letters) {
				t.Error(found)
			}
		})
	}
	t.Run("status first on a phone", func(t *testing.T) {
		do(t, ctx, chromedp.EmulateViewport(360, 800), chromedp.Navigate(page))
		if late := look[int](t, ctx, `[...document.querySelectorAll("tr.item")].filter(row => [...row.cells].some(c =>
			c.getBoundingClientRect().top < row.querySelector(".chip").getBoundingClientRect().bottom && !c.matches(".status"))).length`); late > 0 {
			t.Errorf("%d rows show something else first", late)
		}
	})
}

// TestLayoutBroken proves that the check can fail.
func TestLayoutBroken(t *testing.T) {
	t.Parallel()
	ctx := chromium(t)
	for name, broken := range map[string]string{
		"wide page":   `<p style="width:500px">wide`,
		"cut text":    `<p style="width:50px;overflow:hidden;white-space:nowrap">a long text`,
		"sideways":    `<pre style="width:50px;overflow:auto">a long line of text</pre>`,
		"left":        `<p style="margin-left:-40px">left`,
		"two labels":  `<div class="scale"><span><span style="position:absolute;left:0">0 s</span><span style="position:absolute;left:5px">1 s</span></span></div>`,
		"large texts": `<p style="width:20rem">wide`,
	} {
		t.Run(name, func(t *testing.T) {
			if found := cutAt(t, ctx, saved(t, []byte("<!doctype html><body>"+broken)), 360, 200); len(found) == 0 {
				t.Error("nothing is found")
			}
		})
	}
}
