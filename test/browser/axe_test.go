package browser

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// axeFile is the path of axe-core, which checks pages against WCAG and best practices:
// https://github.com/dequelabs/axe-core/blob/develop/doc/rule-descriptions.md
const axeFile = "../node_modules/axe-core/axe.min.js"

// axeRun runs the rules for WCAG levels A and AA and for best practices, and returns the
// violations. axe-core disables target-size by default.
const axeRun = `;axe.run(document, {
	resultTypes: ["violations"],
	runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"],
	rules: {"target-size": {enabled: true}},
}).then(r => r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.target.join(" "))))`

// axeViolations runs axe-core in the page. The page's content security policy does not block
// scripts that DevTools injects.
func axeViolations(t *testing.T, ctx context.Context) []string {
	t.Helper()
	source, err := os.ReadFile(axeFile)
	if err != nil {
		t.Fatalf("cannot read axe-core (\"make test-setup\" installs it): %v", err)
	}
	found, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](string(source)+axeRun, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("cannot run axe-core: %v", err)
	}
	return found
}

func TestAxe(t *testing.T) {
	t.Parallel()
	ctx, page, backgrounds := startChromium(t), writeReport(t, edgeCaseExamples()), map[string]bool{}
	for _, width := range []int64{360, 768, 1280} {
		for _, scheme := range []string{"light", "dark"} {
			t.Run(fmt.Sprintf("%d/%s", width, scheme), func(t *testing.T) {
				runActions(t, ctx, chromedp.EmulateViewport(width, 800), setColorScheme(scheme), chromedp.Navigate(page))
				evaluate[bool](t, ctx, openDetails)
				for _, violation := range axeViolations(t, ctx) {
					t.Error(violation)
				}
				backgrounds[evaluate[string](t, ctx, "getComputedStyle(document.body).backgroundColor")] = true
			})
		}
	}
	if len(backgrounds) != 2 {
		t.Errorf("got the background colors %v, want one for light and another for dark", backgrounds)
	}
}

// TestAxeFindsViolations proves that TestAxe can fail.
func TestAxeFindsViolations(t *testing.T) {
	t.Parallel()
	const broken = `<!doctype html><title></title><main><h1>A</h1><h3 style="color:#ccc">faint</h3>` +
		`<input><img src="data:,"></main><p>outside`
	ctx := startChromium(t)
	runActions(t, ctx, chromedp.Navigate(writePage(t, []byte(broken))))
	all := strings.Join(axeViolations(t, ctx), "\n")
	for _, rule := range []string{
		"color-contrast", "document-title", "heading-order", "html-has-lang", "image-alt", "label", "region",
	} {
		if !strings.Contains(all, rule+": ") {
			t.Errorf("got the violations\n%s\nwant a violation of %s", all, rule)
		}
	}
}
