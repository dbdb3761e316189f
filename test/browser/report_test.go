// Package browser tests reports in headless Chromium.
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

// startChromium starts the browser. If Chromium is missing, it skips the test, or fails the test if
// CI is set.
func startChromium(t *testing.T) context.Context {
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

// pageErrors collects a page's exceptions, console and log messages, and requests to other URLs.
type pageErrors struct {
	mu       sync.Mutex
	messages []string
}

func (p *pageErrors) listen(ctx context.Context, page string) error {
	return chromedp.Listen(ctx, func(event any) {
		message := ""
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			message = "exception: " + e.ExceptionDetails.Text
		case *runtime.EventConsoleAPICalled:
			message = "console: " + string(e.Type)
		case *log.EventEntryAdded:
			message = "log: " + e.Entry.Text
		case *network.EventRequestWillBeSent:
			if e.Request.URL != page && !strings.HasPrefix(e.Request.URL, "data:") {
				message = "request: " + e.Request.URL
			}
		}
		if message != "" {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.messages = append(p.messages, message)
		}
	})
}

// evaluate returns the value of a JavaScript expression in the page.
func evaluate[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// openDetails opens every details element of the page.
const openDetails = `document.querySelectorAll("details").forEach(d => d.open = true), true`

func runActions(t *testing.T, ctx context.Context, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// setColorScheme sets the reader's preferred color scheme, light or dark.
func setColorScheme(scheme string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		features := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features})
		return err
	})
}

func TestReport(t *testing.T) {
	t.Parallel()
	ctx, page, observed := startChromium(t), writeReport(t, scenarioExamples()), &pageErrors{}
	if err := observed.listen(ctx, page); err != nil {
		t.Fatal(err)
	}
	runActions(t, ctx, chromedp.Navigate(page))
	if pictures := evaluate[int](t, ctx, `document.querySelectorAll("article svg").length`); pictures != 4 {
		t.Errorf("got %d graphs, want 4", pictures)
	}
	const duplicates = `[...document.querySelectorAll("[id]")].map(e => e.id).filter((id, i, all) => all.indexOf(id) != i)`
	if ids := evaluate[[]string](t, ctx, duplicates); len(ids) > 0 {
		t.Errorf("got duplicate IDs: %q", ids)
	}
	if evaluate[bool](t, ctx, `"pwned" in window || document.scripts.length > 0 || document.images.length > 0`) {
		t.Error("the page turned hostile texts into scripts or images")
	}

	// The first click opens the list of events, the second click opens an event.
	const open = `document.querySelectorAll("details[open]").length`
	runActions(t, ctx, chromedp.Click(chromedp.CSS(".events > summary")),
		chromedp.Click(chromedp.CSS(".events li summary")))
	if n := evaluate[int](t, ctx, open); n != 2 {
		t.Errorf("after two clicks: got %d open details elements, want 2", n)
	}
	if shown := evaluate[bool](t, ctx, `document.querySelector(".events li pre").checkVisibility()`); !shown {
		t.Error("the open event does not show its details")
	}
	// The Enter key opens the details of a step.
	runActions(t, ctx, chromedp.Focus(chromedp.CSS(".steps summary")), chromedp.KeyEvent(kb.Enter))
	if n := evaluate[int](t, ctx, open); n != 3 {
		t.Errorf("after the Enter key: got %d open details elements, want 3", n)
	}
	// One link leads to an execution, and another link leads back to the list.
	runActions(t, ctx, chromedp.Click(chromedp.CSS(`a[href="#execution-4"]`)),
		chromedp.Click(chromedp.CSS("#execution-4 ~ .back a")))
	if at := evaluate[string](t, ctx, "location.hash"); at != "#list" {
		t.Errorf("link back: got %q, want #list", at)
	}
	observed.mu.Lock()
	defer observed.mu.Unlock()
	if len(observed.messages) > 0 {
		t.Errorf("got errors from the page: %q", observed.messages)
	}
}

// TestFilter filters the executions with the keyboard only.
func TestFilter(t *testing.T) {
	t.Parallel()
	ctx, page := startChromium(t), writeReport(t, edgeCaseExamples())
	runActions(t, ctx, chromedp.Navigate(page), chromedp.Focus(chromedp.CSS("#show-0")))
	const (
		visible = `c => [...document.querySelectorAll(c)].filter(e => e.checkVisibility()).length`
		shown   = `["tr.item", "article.item"].map(` + visible + `).join()`
		labels  = `[...document.querySelectorAll(".filter label")].map(l => l.innerText.replace(/\s+/g, " ").trim())`
	)
	choices := evaluate[[]string](t, ctx, labels)
	want := []string{"all 7", "✗ FAILED 3", "✓ SUCCEEDED 1", "… RUNNING 2", "■ ABORTED 1", "✗ not as expected 1"}
	if diff := cmp.Diff(want, choices); diff != "" {
		t.Fatalf("choices (-want +got):\n%s", diff)
	}
	for _, choice := range choices {
		n := choice[strings.LastIndex(choice, " ")+1:]
		if got := evaluate[string](t, ctx, shown); got != n+","+n {
			t.Errorf("%s: got %s visible rows and sections, want %s of each", choice, got, n)
		}
		runActions(t, ctx, chromedp.KeyEvent(kb.ArrowRight))
	}
	if got := evaluate[string](t, ctx, shown); got != "7,7" { // after the last choice, the right arrow selects the first
		t.Errorf("after the last choice: got %s visible rows and sections, want 7 of each", got)
	}
}
