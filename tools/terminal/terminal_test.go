package main

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
)

// TestDraw records a line that is cleared and redrawn, as in the live table of retrycatch run.
func TestDraw(t *testing.T) {
	screen := vt.NewEmulator(columns, rows)
	var r recording
	for _, output := range []struct {
		at   time.Duration
		text string
	}{
		{0, "$ run\r\n"},
		{100 * time.Millisecond, "\x1b[1m429\x1b[m  again in 1.0 s\r\n"},
		{1100 * time.Millisecond, "\x1b[A\x1b[2K"},
		{1110 * time.Millisecond, "\x1b[1m429\x1b[m  \x1b[32m✓ <OK>\x1b[m"},
	} {
		if _, err := screen.Write([]byte(output.text)); err != nil {
			t.Fatal(err)
		}
		r.add(output.at, readScreen(screen))
	}
	var out strings.Builder
	draw(&out, &r, "a & b", "")
	svg := out.String()
	for name, want := range map[string]string{
		"title":          "<title id=\"title\">a &amp; b</title>",
		"height":         `height="70"`,
		"first line":     `<g style="animation:hide 0.00s"><text x="16.0" y="30" textLength="42.0">$ run</text></g>`,
		"temporary line": `<g class="once" style="animation:show 1.00s 0.10s"><text x="16.0" y="49" textLength="25.2" class="bold">429</text>`,
		"final line":     `<g style="animation:hide 1.10s"><text x="16.0" y="49" textLength="25.2" class="bold">429</text>`,
		"color":          `class="green">✓ &lt;OK&gt;</text>`,
		"position":       `<text x="58.0" y="49" textLength="50.4" class="green">`,
		"end of the SVG": "</svg>\n",
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(svg, want) {
				t.Errorf("got the SVG\n%s\nwant it to contain %s", svg, want)
			}
		})
	}
	if n := strings.Count(svg, "<g "); n != 3 {
		t.Errorf("the SVG draws %d versions of rows, want 3, because the cleared row must not be drawn:\n%s", n, svg)
	}
}

func TestRecord(t *testing.T) {
	for name, test := range map[string]struct{ script, text, wantErr string }{
		"terminal": {"test -t 1 && echo yes", "yes", ""},
		"failure":  {"exit 3", "", "exit status 3"},
		"too long": {"seq 100", "", "more than 40 rows"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := record([]string{"sh", "-c", test.script})
			if test.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), test.wantErr) {
					t.Fatalf("got error %v, want %q", err, test.wantErr)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := r[0][len(r[0])-1].runs[0].text; got != test.text {
				t.Errorf("got %q in the first row, want %q", got, test.text)
			}
		})
	}
}
