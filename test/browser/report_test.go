// Package browser opens reports in a real browser without a window.
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

// chromium starts the browser. Without Chromium it skips the test, or fails it on a CI server.
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
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program), chromedp.UserDataDir(t.TempDir()))
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox) // root cannot use the sandbox
	}
	allocator, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	browser, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	return browser
}

// complaints collects a page's errors, exceptions, and requests to other addresses.
type complaints struct {
	mu  sync.Mutex
	all []string
}

func (c *complaints) listen(ctx context.Context, page string) error {
	return chromedp.Listen(ctx, func(event any) {
		complaint := ""
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			complaint = "exception: " + e.ExceptionDetails.Text
		case *runtime.EventConsoleAPICalled:
			complaint = "console: " + string(e.Type)
		case *log.EventEntryAdded:
			complaint = "log: " + e.Entry.Text
		case *network.EventRequestWillBeSent:
			if e.Request.URL != page && !strings.HasPrefix(e.Request.URL, "data:") {
				complaint = "request: " + e.Request.URL
			}
		}
		if complaint != "" {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.all = append(c.all, complaint)
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

// prefer sets the reader's preferred color scheme, light or dark.
func prefer(scheme string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		features := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features})
		return err
	})
}

func TestReport(t *testing.T) {
	t.Parallel()
	ctx, page, complained := chromium(t), writeReport(t, plainExamples()), &complaints{}
	if err := complained.listen(ctx, page); err != nil {
		t.Fatal(err)
	}
	do(t, ctx, chromedp.Navigate(page))
	if pictures := look[int](t, ctx, `document.querySelectorAll("article svg").length`); pictures != 4 {
		t.Errorf("got %d graphs, want 4", pictures)
	}
	const duplicates = `[...document.querySelectorAll("[id]")].map(e => e.id).filter((id, i, all) => all.indexOf(id) != i)`
	if ids := look[[]string](t, ctx, duplicates); len(ids) > 0 {
		t.Errorf("got duplicate IDs: %q", ids)
	}
	if look[bool](t, ctx, `"pwned" in window || document.scripts.length > 0 || document.images.length > 0`) {
		t.Error("the page treats a text as markup")
	}

	// The first click unfolds the list of events, the second one an event.
	const open = `document.querySelectorAll("details[open]").length`
	do(t, ctx, chromedp.Click(chromedp.CSS(".events > summary")), chromedp.Click(chromedp.CSS(".events li summary")))
	if n := look[int](t, ctx, open); n != 2 {
		t.Errorf("got %d unfolded parts after two clicks, want 2", n)
	}
	if shown := look[bool](t, ctx, `document.querySelector(".events li pre").checkVisibility()`); !shown {
		t.Error("an unfolded event does not show its details")
	}
	// The Enter key unfolds a part of a step.
	do(t, ctx, chromedp.Focus(chromedp.CSS(".steps summary")), chromedp.KeyEvent(kb.Enter))
	if n := look[int](t, ctx, open); n != 3 {
		t.Errorf("got %d unfolded parts after a key, want 3", n)
	}
	// One link leads to an execution, another one back to the list.
	do(t, ctx, chromedp.Click(chromedp.CSS(`a[href="#execution-4"]`)),
		chromedp.Click(chromedp.CSS("#execution-4 ~ .back a")))
	if at := look[string](t, ctx, "location.hash"); at != "#list" {
		t.Errorf("the link back leads to %q, want #list", at)
	}
	complained.mu.Lock()
	defer complained.mu.Unlock()
	if len(complained.all) > 0 {
		t.Errorf("got complaints from the page: %q", complained.all)
	}
}

// TestFilter filters the executions with the keyboard alone.
func TestFilter(t *testing.T) {
	t.Parallel()
	ctx, page := chromium(t), writeReport(t, oddExamples())
	do(t, ctx, chromedp.Navigate(page), chromedp.Focus(chromedp.CSS("#show-0")))
	const (
		visible = `c => [...document.querySelectorAll(c)].filter(e => e.checkVisibility()).length`
		shown   = `["tr.item", "article.item"].map(` + visible + `).join()`
		labels  = `[...document.querySelectorAll(".filter label")].map(l => l.innerText.replace(/\s+/g, " ").trim())`
	)
	choices := look[[]string](t, ctx, labels)
	want := []string{"all 7", "✗ FAILED 3", "✓ SUCCEEDED 1", "… RUNNING 2", "■ ABORTED 1", "✗ not as expected 1"}
	if diff := cmp.Diff(want, choices); diff != "" {
		t.Fatalf("the choices differ (-want +got):\n%s", diff)
	}
	for _, choice := range choices {
		n := choice[strings.LastIndex(choice, " ")+1:]
		if got := look[string](t, ctx, shown); got != n+","+n {
			t.Errorf("%s: got %s rows and sections, want %s of each", choice, got, n)
		}
		do(t, ctx, chromedp.KeyEvent(kb.ArrowRight))
	}
	if got := look[string](t, ctx, shown); got != "7,7" { // the first choice follows the last
		t.Errorf("got %s rows and sections at the end, want 7 of each", got)
	}
}
