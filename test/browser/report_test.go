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
	"github.com/google/go-cmp/cmp"

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
	// A link leads to an execution, and another one back to the list.
	do(t, ctx, chromedp.Click(chromedp.CSS(`a[href="#execution-4"]`)), chromedp.Click(chromedp.CSS("#execution-4 ~ .back a")))
	if at := look[string](t, ctx, "location.hash"); at != "#list" {
		t.Errorf("the link back leads to %q", at)
	}
	said.mu.Lock()
	defer said.mu.Unlock()
	if len(said.all) > 0 {
		t.Errorf("the page complains: %q", said.all)
	}
}

// TestFilter chooses executions with the keyboard alone.
func TestFilter(t *testing.T) {
	t.Parallel()
	ctx, page := chromium(t), written(t, oddExamples())
	do(t, ctx, chromedp.Navigate(page), chromedp.Focus(chromedp.CSS("#show-0")))
	const shown = `["tr.item", "article.item"].map(c => [...document.querySelectorAll(c)].filter(e => e.checkVisibility()).length).join()`
	choices := look[[]string](t, ctx, `[...document.querySelectorAll(".filter label")].map(l => l.innerText.replace(/\s+/g, " ").trim())`)
	want := []string{"all 7", "✗ FAILED 3", "✓ SUCCEEDED 1", "… RUNNING 2", "■ ABORTED 1", "✗ not as expected 1"}
	if diff := cmp.Diff(want, choices); diff != "" {
		t.Fatalf("the choices differ (-want +got):\n%s", diff)
	}
	for _, choice := range choices {
		n := choice[strings.LastIndex(choice, " ")+1:]
		if got := look[string](t, ctx, shown); got != n+","+n {
			t.Errorf("%s shows %s rows and sections", choice, got)
		}
		do(t, ctx, chromedp.KeyEvent(kb.ArrowRight))
	}
	if got := look[string](t, ctx, shown); got != "7,7" { // after the last comes the first
		t.Errorf("in the end %s rows and sections are shown", got)
	}
}
