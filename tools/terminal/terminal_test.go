package main

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
)

// TestDraw follows a line that a program draws again, as the live board of retrycatch run does.
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
		r.add(output.at, read(screen))
	}
	var out strings.Builder
	draw(&out, &r, "a & b", "")
	svg := out.String()
	for name, want := range map[string]string{
		"title":         "<title id=\"title\">a &amp; b</title>",
		"height":        `height="70"`,
		"first line":    `<g style="animation:hide 0.00s"><text x="16.0" y="30" textLength="42.0">$ run</text></g>`,
		"once":          `<g class="once" style="animation:show 1.00s 0.10s"><text x="16.0" y="49" textLength="25.2" class="bold">429</text>`,
		"final line":    `<g style="animation:hide 1.10s"><text x="16.0" y="49" textLength="25.2" class="bold">429</text>`,
		"color":         `class="green">✓ &lt;OK&gt;</text>`,
		"place":         `<text x="58.0" y="49" textLength="50.4" class="green">`,
		"end of an svg": "</svg>\n",
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(svg, want) {
				t.Errorf("the SVG lacks %s:\n%s", want, svg)
			}
		})
	}
	if n := strings.Count(svg, "<g "); n != 3 {
		t.Errorf("the SVG has %d versions of rows, want 3: none of the empty row between two drawings\n%s", n, svg)
	}
}

// TestRecord runs commands in a terminal.
func TestRecord(t *testing.T) {
	for name, test := range map[string]struct{ script, text, fault string }{
		"terminal": {"test -t 1 && echo yes", "yes", ""},
		"failure":  {"exit 3", "", "exit status 3"},
		"too long": {"seq 100", "", "more than 40 rows"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := record([]string{"sh", "-c", test.script})
			if test.fault != "" {
				if err == nil || !strings.Contains(err.Error(), test.fault) {
					t.Fatalf("the error is %v, want %q", err, test.fault)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := r[0][len(r[0])-1].runs[0].text; got != test.text {
				t.Errorf("the first row is %q, want %q", got, test.text)
			}
		})
	}
}
