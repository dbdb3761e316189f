package view

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
)

// newTestRegion returns a region of a terminal of this size.
func newTestRegion(out io.Writer, width, height int) *region {
	return &region{out: out, measure: func() (int, int) { return width, height }}
}

// screenText returns the text on a large terminal that received the written sequences.
func screenText(t *testing.T, written string) string {
	t.Helper()
	rows, row, column := [][]string{nil}, 0, 0
	parser := ansi.GetParser()
	defer ansi.PutParser(parser)
	for state := byte(0); written != ""; {
		sequence, width, n, next := ansi.DecodeSequence(written, state, parser)
		written, state = written[n:], next
		switch {
		case width > 0:
			for len(rows[row]) <= column {
				rows[row] = append(rows[row], " ")
			}
			rows[row][column] = sequence
			column += width
		case sequence == "\n":
			if row, column = row+1, 0; row == len(rows) {
				rows = append(rows, nil)
			}
		case sequence == "\r":
			column = 0
		case sequence == ansi.EraseLineRight:
			rows[row] = rows[row][:min(column, len(rows[row]))]
		case sequence == ansi.EraseScreenBelow:
			rows = rows[:row+1]
			rows[row] = rows[row][:min(column, len(rows[row]))]
		case ansi.HasCsiPrefix(sequence) && ansi.Cmd(parser.Command()).Final() == 'A':
			up, _ := parser.Param(0, 1)
			row = max(0, row-up)
		case ansi.HasCsiPrefix(sequence) && ansi.Cmd(parser.Command()).Final() == 'm':
		default:
			t.Fatalf("unexpected sequence %q", sequence)
		}
	}
	var lines []string
	for _, cells := range rows {
		lines = append(lines, strings.TrimRight(strings.Join(cells, ""), " "))
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

func TestRegion(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		draw func(r *region)
		want string
	}{
		"same number of lines": {func(r *region) {
			r.draw("a longer line", "b")
			r.draw("c", "d")
		}, "before\nc\nd"},
		"fewer lines": {func(r *region) {
			r.draw("a", "b", "c")
			r.draw("d")
		}, "before\nd"},
		"more lines": {func(r *region) {
			r.draw("a")
			r.draw("b", "c", "d")
		}, "before\nb\nc\nd"},
		"wide line": {func(r *region) {
			r.draw(strings.Repeat("a", 25), "b")
			r.draw(strings.Repeat("c", 25))
		}, "before\n" + strings.Repeat("c", 18) + "…"},
		"too many lines": {func(r *region) {
			r.draw("a", "b", "c", "d", "e")
			r.draw("a", "b", "c", "d", "e")
		}, "before\na\nb\nc\nd"},
		"text above": {func(r *region) {
			r.draw("a", "b")
			r.writeAbove("notice")
			r.draw("a", "b")
		}, "before\nnotice\na\nb"},
		"erased": {func(r *region) {
			r.draw("a", "b")
			r.erase()
		}, "before"},
		"text after erasing": {func(r *region) {
			r.draw("a", "b")
			r.erase()
			fmt.Fprintln(r.out, "after")
		}, "before\nafter"},
		"no lines": {func(r *region) {
			r.draw()
			r.erase()
		}, "before"},
		"drawn again after text": {func(r *region) {
			r.draw("a")
			r.erase()
			fmt.Fprintln(r.out, "after")
			r.draw("b")
		}, "before\nafter\nb"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			out.WriteString("before\n")
			test.draw(newTestRegion(&out, 20, 5))
			if diff := cmp.Diff(test.want, screenText(t, out.String())); diff != "" {
				t.Errorf("the screen differs (-want +got):\n%s", diff)
			}
		})
	}
}

// A terminal that becomes narrower breaks the drawn lines into more rows.
func TestRegionOnNarrowerTerminal(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	width := 20
	r := &region{out: &out, measure: func() (int, int) { return width, 24 }}
	r.draw(strings.Repeat("a", 19), "b")
	width = 10
	out.Reset()
	r.erase()
	if want := ansi.CursorUp(3) + "\r" + ansi.EraseScreenBelow; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}
