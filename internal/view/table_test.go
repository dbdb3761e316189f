package view

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
)

var (
	someColumns = []column{{title: "Name"}, {title: "Attempts", right: true}, {title: "Nothing"},
		{title: "Error", wraps: true}}
	someRows = [][]string{
		{"429-20260102T030405Z-abcdef", "12", "", "States.TaskFailed: the function said no, and then no again"},
		{"200-20260102T030405Z-abcdef", "1", "", passStyle.Render("✓ none at all")},
		{"403", "1", "", "no right to arn:aws:iam::111122223333:role/step_functions_basic_execution here"},
	}
)

func TestPrintTable(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		width int
		want  string
	}{
		"no terminal": {0, `
NAME                         ATTEMPTS  ERROR
429-20260102T030405Z-abcdef        12  States.TaskFailed: the function said no, and then no again
200-20260102T030405Z-abcdef         1  ✓ none at all
403                                 1  no right to arn:aws:iam::111122223333:role/step_functions_basic_execution here
`},
		"wrapped column": {80, `
NAME                         ATTEMPTS  ERROR
429-20260102T030405Z-abcdef        12  States.TaskFailed: the function said no,
                                       and then no again
200-20260102T030405Z-abcdef         1  ✓ none at all
403                                 1  no right to arn:aws:iam::111122223333:
                                       role/step_functions_basic_execution here
`},
		"column below the row": {60, `
NAME                         ATTEMPTS
429-20260102T030405Z-abcdef        12
  Error: States.TaskFailed: the function said no, and then
    no again
200-20260102T030405Z-abcdef         1
  Error: ✓ none at all
403                                 1
  Error: no right to arn:aws:iam::111122223333:role/step_functions_basic_execution
    here
`},
		"stacked values": {36, `
Name: 429-20260102T030405Z-abcdef
  Attempts: 12
  Error: States.TaskFailed: the
    function said no, and then no
    again
Name: 200-20260102T030405Z-abcdef
  Attempts: 1
  Error: ✓ none at all
Name: 403
  Attempts: 1
  Error: no right to arn:aws:iam::111122223333:role/step_functions_basic_execution
    here
`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, out, _ := newTestConsole("")
			c.width = test.width
			c.printTable(someColumns, someRows)
			if diff := cmp.Diff(test.want, "\n"+out.String()); diff != "" {
				t.Errorf("the text differs (-want +got):\n%s", diff)
			}
		})
	}
}

// A single wide row does not change the layout of the other rows.
func TestPrintTableWithWideRow(t *testing.T) {
	t.Parallel()
	c, out, _ := newTestConsole("")
	c.width = 40
	c.printTable([]column{{}, {title: "Name"}, {title: "Size", right: true}},
		[][]string{{"✓", "short", "1"}, {"✗", "a-name-that-is-as-wide-as-the-terminal", "2"}, {"✓", "shorter", "3"}})
	const want = `
   NAME     SIZE
✓  short       1
✗
  Name:
  a-name-that-is-as-wide-as-the-terminal
  Size: 2
✓  shorter     3
`
	if diff := cmp.Diff(want, "\n"+out.String()); diff != "" {
		t.Errorf("the text differs (-want +got):\n%s", diff)
	}
}

func TestTableAtAllWidths(t *testing.T) {
	t.Parallel()
	requireAllWidths(t, func(c *Console) { c.printTable(someColumns, someRows) })
	requireAllWidths(t, func(c *Console) { c.printRecords(someColumns, someRows) })
}

func TestPrintRecordsInPipe(t *testing.T) {
	t.Parallel()
	c, out, _ := newTestConsole("")
	c.printRecords(someColumns, [][]string{{"a", "1", "", failStyle.Render("two\nlines\tand a tab")}, {"b", "2", "", ""}})
	if diff := cmp.Diff("a\t1\t\ttwo lines and a tab\nb\t2\t\t\n", out.String()); diff != "" {
		t.Errorf("the text differs (-want +got):\n%s", diff)
	}
}

// A style must not extend into the next column.
func TestWrapCellStyle(t *testing.T) {
	t.Parallel()
	lines := wrapCell(failStyle.Render("one two"), 4)
	if len(lines) != 2 {
		t.Fatalf("got %d lines, want 2: %q", len(lines), lines)
	}
	for _, line := range lines {
		if !strings.HasPrefix(line, "\x1b[") || !strings.HasSuffix(line, "m") || ansi.StringWidth(line) != 3 {
			t.Errorf("got %q, want a line that starts and ends its style", line)
		}
	}
}

func TestWrapText(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text string
		want string
	}{
		"fits":                       {"ab  cd", "ab  cd"},
		"breaks at a space":          {"one two three four", "one two\nthree four"},
		"does not break at a hyphen": {"one two-three-x", "one\ntwo-three-x"},
		"keeps inner spaces":         {"a   b c d e f g", "a   b c d e\nf g"},
		"indents further lines":      {"  one two three", "  one two\n    three"},
		"wide characters":            {"日本 日本 日本", "日本 日本\n日本"},
		"wide word":                  {"one two arn:aws:states:x three", "one two arn:aws:states:x\nthree"},
		"text with line breaks":      {"one\n\ntwo three four", "one\n\ntwo three\nfour"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			extraIndent := 0
			if strings.HasPrefix(test.text, " ") {
				extraIndent = 2
			}
			if diff := cmp.Diff(test.want, wrapText(test.text, 11, extraIndent)); diff != "" {
				t.Errorf("the text differs (-want +got):\n%s", diff)
			}
		})
	}
}
