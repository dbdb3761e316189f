package browser

import (
	"bytes"
	"compress/zlib"
	"context"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

var (
	pdfPage   = regexp.MustCompile(`(?s)/Type /Page\n.*?/Contents (\d+) 0 R`)
	pdfStream = regexp.MustCompile(`(\d+) 0 obj\n<<[^>]*/Length (\d+)[^>]*>> stream\n`)
	pdfText   = regexp.MustCompile(`<([0-9A-F]+)> Tj`) // four hexadecimal digits per letter
)

// printPage prints the page to a PDF, and returns the number of letters on each sheet. It supports
// only PDFs from Chromium.
func printPage(t *testing.T, ctx context.Context) []int {
	t.Helper()
	pdf, err := chromedp.Run(ctx, chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4)))
	if err != nil {
		t.Fatal(err)
	}
	streams := map[string][]byte{}
	for _, at := range pdfStream.FindAllSubmatchIndex(pdf, -1) {
		length, _ := strconv.Atoi(string(pdf[at[4]:at[5]]))
		streams[string(pdf[at[2]:at[3]])] = pdf[at[1]:min(at[1]+length, len(pdf))]
	}
	var letters []int
	for _, page := range pdfPage.FindAllSubmatch(pdf, -1) {
		packed, err := zlib.NewReader(bytes.NewReader(streams[string(page[1])]))
		if err != nil {
			t.Fatalf("sheet %d: %v", len(letters)+1, err)
		}
		content, err := io.ReadAll(packed)
		if err != nil {
			t.Fatalf("sheet %d: %v", len(letters)+1, err)
		}
		n := 0
		for _, text := range pdfText.FindAllSubmatch(content, -1) {
			n += len(text[1]) / 4
		}
		letters = append(letters, n)
	}
	return letters
}

// nearlyEmptySheets returns the numbers of the sheets with fewer than 150 letters. It ignores the
// last sheet.
func nearlyEmptySheets(letters []int) (sheets []int) {
	for i, n := range letters[:max(len(letters)-1, 0)] {
		if n < 150 {
			sheets = append(sheets, i+1)
		}
	}
	return sheets
}

// emulatePrint renders the page for print, in the dark color scheme.
func emulatePrint() chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print",
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}})
		return err
	})
}

func TestPrintSheets(t *testing.T) {
	t.Parallel()
	ctx := startChromium(t)
	for name, test := range map[string]struct {
		examples  []example
		maxSheets int
	}{"scenarios": {scenarioExamples(), 12}, "edge cases": {edgeCaseExamples(), 34}} {
		runActions(t, ctx, setColorScheme("dark"), chromedp.Navigate(writeReport(t, test.examples)))
		letters := printPage(t, ctx)
		if n := len(letters); n == 0 || n > test.maxSheets {
			t.Errorf("%s: got %d sheets, want 1 to %d", name, n, test.maxSheets)
		}
		if sheets := nearlyEmptySheets(letters); len(sheets) > 0 {
			t.Errorf("%s: got nearly empty sheets %v, want none (letters per sheet: %v)", name, sheets, letters)
		}
	}
}

func TestPrintStyle(t *testing.T) {
	t.Parallel()
	ctx := startChromium(t)
	runActions(t, ctx, chromedp.EmulateViewport(720, 1000), emulatePrint(),
		chromedp.Navigate(writeReport(t, edgeCaseExamples())))
	const visible = `[...document.querySelectorAll(%q)]` +
		`.filter(e => e.checkVisibility({contentVisibilityAuto: true})).length`
	for selector, want := range map[string]int{
		".legend": 7, ".scale": 7, ".events summary .closed": 7, ".steps .tries": 26,
		".events li": 0, ".filter": 0, ".back": 0, ".skip": 0, "p.closed": 0,
	} {
		if n := evaluate[int](t, ctx, fmt.Sprintf(visible, selector)); n != want {
			t.Errorf("%s: got %d visible elements, want %d", selector, n, want)
		}
	}
	const colorAdjust = `getComputedStyle(document.querySelector(%q)).printColorAdjust`
	for _, selector := range []string{".key", ".bar", ".axis"} {
		if adjust := evaluate[string](t, ctx, fmt.Sprintf(colorAdjust, selector)); adjust != "exact" {
			t.Errorf("%s: got print-color-adjust %s, want exact", selector, adjust)
		}
	}
	if ink := evaluate[string](t, ctx, `getComputedStyle(document.body).color`); ink != "rgb(22, 25, 31)" {
		t.Errorf("got the text color %s, want the light scheme's rgb(22, 25, 31)", ink)
	}
	for _, found := range evaluate[[]string](t, ctx, findCutOff) {
		t.Error(found)
	}
	// If a filter hides executions, the printed page shows the filter.
	evaluate[bool](t, ctx, `document.querySelector("#show-1").checked = true`)
	filter := evaluate[string](t, ctx, `document.querySelector(".filter").innerText`)
	if got, want := strings.Join(strings.Fields(filter), " "), "Show ✗ FAILED 3"; got != want {
		t.Errorf("got the filter %q, want %q", got, want)
	}
}

// TestPrintFindsEmptySheet proves that TestPrintSheets can fail.
func TestPrintFindsEmptySheet(t *testing.T) {
	t.Parallel()
	ctx := startChromium(t)
	const broken = `<!doctype html><body>%[1]s<p style="break-before:page">one line<p style="break-before:page">%[1]s`
	runActions(t, ctx, chromedp.Navigate(writePage(t, fmt.Appendf(nil, broken, strings.Repeat("many words ", 50)))))
	if letters := printPage(t, ctx); len(letters) != 3 || fmt.Sprint(nearlyEmptySheets(letters)) != "[2]" {
		t.Errorf("got %v letters per sheet, want three sheets and only the second nearly empty", letters)
	}
}
