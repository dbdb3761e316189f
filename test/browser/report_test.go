// Package browser opens what is made for people in a real browser, without its window.
package browser

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"retrycatch/internal/graphviztest"
)

func TestMain(m *testing.M) { os.Exit(graphviztest.Run(m)) }

// chromium starts the browser, or says what is missing.
func chromium(t *testing.T) context.Context {
	t.Helper()
	var program string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if found, err := exec.LookPath(name); err == nil {
			program = found
			break
		}
	}
	if program == "" {
		const missing = "the report was not opened in a browser: install Chromium (Debian: apt-get install chromium)"
		if os.Getenv("CI") != "" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.UserDataDir(t.TempDir()))
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium refuses root otherwise
	}
	allocator, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	browser, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	return browser
}

// complaints collects what a page should not do: errors, exceptions, and requests for anything but itself.
type complaints struct {
	mu  sync.Mutex
	all []string
}

func (c *complaints) listen(ctx context.Context, page string) error {
	return chromedp.Listen(ctx, func(event any) {
		said := ""
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			said = "exception: " + e.ExceptionDetails.Text
		case *runtime.EventConsoleAPICalled:
			said = "console: " + string(e.Type)
		case *log.EventEntryAdded:
			said = "log: " + e.Entry.Text
		case *network.EventRequestWillBeSent:
			if e.Request.URL != page && !strings.HasPrefix(e.Request.URL, "data:") {
				said = "request: " + e.Request.URL
			}
		}
		if said != "" {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.all = append(c.all, said)
		}
	})
}

// look evaluates an expression in the page.
func look[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// unfold opens every part of the page.
const unfold = `document.querySelectorAll("details").forEach(d => d.open = true), true`

func do(t *testing.T, ctx context.Context, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// prefer sets what the reader's system says of light and dark.
func prefer(scheme string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia,
			emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		return err
	})
}

func TestAReportOpensFromDiskRunsNothingAndUnfolds(t *testing.T) {
	t.Parallel()
	ctx, page, said := chromium(t), written(t, plainExamples()), &complaints{}
	if err := said.listen(ctx, page); err != nil {
		t.Fatal(err)
	}
	do(t, ctx, chromedp.Navigate(page))
	if pictures := look[int](t, ctx, `document.querySelectorAll("article svg").length`); pictures != 4 {
		t.Errorf("it shows %d graphs, expected 4", pictures)
	}
	if ids := look[[]string](t, ctx, `[...document.querySelectorAll("[id]")].map(e => e.id).filter((id, i, all) => all.indexOf(id) != i)`); len(ids) > 0 {
		t.Errorf("these IDs are there twice: %q", ids)
	}
	if look[bool](t, ctx, `"pwned" in window || document.scripts.length > 0 || document.images.length > 0`) {
		t.Error("an input has become markup")
	}

	// A click unfolds the events, and another one of them.
	const open = `document.querySelectorAll("details[open]").length`
	do(t, ctx, chromedp.Click(chromedp.CSS(".events > summary")), chromedp.Click(chromedp.CSS(".events li summary")))
	if n := look[int](t, ctx, open); n != 2 {
		t.Errorf("after two clicks %d are unfolded", n)
	}
	if shown := look[bool](t, ctx, `document.querySelector(".events li pre").checkVisibility()`); !shown {
		t.Error("an event that is unfolded does not show its details")
	}
	// So does the keyboard.
	do(t, ctx, chromedp.Focus(chromedp.CSS(".steps summary")), chromedp.KeyEvent(kb.Enter))
	if n := look[int](t, ctx, open); n != 3 {
		t.Errorf("after a key %d are unfolded, expected 3", n)
	}
	do(t, ctx, chromedp.Click(chromedp.CSS(`a[href="#execution-4"]`)))
	said.mu.Lock()
	defer said.mu.Unlock()
	if len(said.all) > 0 {
		t.Errorf("the page complains: %q", said.all)
	}
}

// contrasts are those of texts with what is behind them, as WCAG 2 reckons them, below the 4.5 that it asks for:
// https://www.w3.org/TR/WCAG22/#contrast-minimum
const contrasts = `(() => {
	const light = c => { const [r, g, b] = c.match(/[\d.]+/g).slice(0, 3).map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b }
	const behind = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (c != "rgba(0, 0, 0, 0)") return c } return "rgb(255, 255, 255)" }
	const faint = []
	for (const e of document.querySelectorAll("h1, h2, h3, h4, p, a, th, td, dt, dd, pre, .chip, .name, .type, .mark, .kind, .state, .number")) {
		if (!e.checkVisibility()) continue
		const [a, b] = [light(getComputedStyle(e).color), light(behind(e))].sort((x, y) => y - x)
		const ratio = (a + 0.05) / (b + 0.05)
		if (ratio < 4.5) faint.push(e.tagName + "." + e.className + " " + ratio.toFixed(2))
	}
	return faint
})()`

func TestAReportIsReadableOnAnyScreenInLightAndDark(t *testing.T) {
	t.Parallel()
	ctx, page := chromium(t), written(t, oddExamples())
	backgrounds := map[string]bool{}
	for _, width := range []int64{360, 1280} {
		for _, scheme := range []string{"light", "dark"} {
			do(t, ctx, chromedp.EmulateViewport(width, 800), prefer(scheme), chromedp.Navigate(page))
			look[bool](t, ctx, unfold)
			if wide := look[int64](t, ctx, "document.documentElement.scrollWidth"); wide > width {
				t.Errorf("on a screen of %d pixels the page is %d wide", width, wide)
			}
			if faint := look[[]string](t, ctx, contrasts); len(faint) > 0 {
				t.Errorf("in %s these are hard to read: %q", scheme, faint)
			}
			if over := look[[]string](t, ctx, `[...document.querySelectorAll("article *:not(svg *)")].filter(e => !e.closest(".scroll, pre") && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.tagName + "." + e.className)`); len(over) > 0 {
				t.Errorf("on a screen of %d pixels these are cut off: %q", width, over)
			}
			backgrounds[look[string](t, ctx, "getComputedStyle(document.body).backgroundColor")] = true
		}
	}
	if len(backgrounds) != 2 {
		t.Errorf("light and dark have the backgrounds %v", backgrounds)
	}
}
