package view

import (
	"os"
	"strings"
	"testing"
	"unicode"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/graph"
	"retrycatch/internal/history"
)

// projectGraph returns the graph of a copy of the project's definition. The copy does not change
// when the project adds a state.
func projectGraph(t *testing.T) *graph.Graph {
	t.Helper()
	text, err := os.ReadFile("../asl/testdata/project.asl.json")
	if err != nil {
		t.Fatal(err)
	}
	g, err := graph.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// nestedMaps is a definition with a long name and a long condition inside two Maps.
const nestedMaps = `{"StartAt": "A", "States": {"A": {"Type": "Map", "End": true, "ItemProcessor":
	{"StartAt": "B", "States": {"B": {"Type": "Map", "End": true, "ItemProcessor":
	{"StartAt": "C", "States": {"C": {"Type": "Choice", "Default": "ANameOfFortyCharactersWithoutAnySpaceInIt",
		"Choices": [{"And": [{"Variable": "$.order.customer.tier", "StringEquals": "gold and more than gold"},
			{"Variable": "$.order.customer.address.country", "StringMatches": "A*"}], "Next": "D"}]},
	"D": {"Type": "Wait", "Seconds": 3, "Next": "C"},
	"ANameOfFortyCharactersWithoutAnySpaceInIt": {"Type": "Succeed"}}}}}}}}}`

func TestGraphAtAllWidths(t *testing.T) {
	t.Parallel()
	deep, err := graph.Parse([]byte(nestedMaps))
	if err != nil {
		t.Fatal(err)
	}
	steps := []history.Step{
		{State: "Call API", Status: history.StepCaught, Previous: -1, Attempts: make([]history.Attempt, 3)},
		{State: "Wait and Try Later", Status: history.StepSucceeded},
		{State: "Not in the graph", Status: history.StepRunning, Previous: 1},
	}
	for name, trace := range map[string]*graph.Trace{
		"project":   projectGraph(t).Plain(),
		"nested":    deep.Plain(),
		"execution": projectGraph(t).Trace(steps),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			show := func(c *Console) { Graph{trace}.Text(c) }
			want := withoutLayout(shownAt(unlimitedWidth, show))
			for columns := narrowTerminal; columns <= wideTerminal; columns++ {
				text := shownAt(columns, show)
				if got := withoutLayout(text); got != want {
					t.Fatalf("%d columns: got the text\n%s\nwant\n%s", columns, got, want)
				}
				for line := range strings.SplitSeq(text, "\n") {
					if ansi.StringWidth(line) > columns {
						t.Fatalf("%d columns: got a line of %d columns: %s", columns, ansi.StringWidth(line), line)
					}
				}
			}
		})
	}
}

// withoutLayout removes vertical lines and all spaces, because the drawing breaks long words.
func withoutLayout(text string) string {
	drawing := func(r rune) bool { return unicode.IsSpace(r) || r == '│' || r == '┃' }
	return strings.Join(strings.FieldsFunc(text, drawing), "")
}

// The vertical lines continue beside wrapped text.
func TestGraphMargin(t *testing.T) {
	t.Parallel()
	text := shownAt(50, func(c *Console) { Graph{projectGraph(t).Plain()}.Text(c) })
	const want = `│   ↻ retry 2× TooManyRequestsException, after 1
│     s, then 2 s
│   ↻ retry 6×
│     Lambda.ClientExecutionTimeoutException and 4
│     more, after 2 s, then 4 s, 8 s, …, 64 s
`
	if !strings.Contains(text, want) {
		t.Errorf("got\n%s\nwant it to contain\n%s", text, want)
	}
}

// Only the signs and words of outcomes have colors.
func TestGraphColors(t *testing.T) {
	t.Parallel()
	steps := []history.Step{
		{State: "Call API", Status: history.StepCaught, Previous: -1, Attempts: make([]history.Attempt, 3)},
		{State: "Server Unavailable", Status: history.StepFailed},
	}
	var got []string
	for _, line := range projectGraph(t).Trace(steps).Lines() {
		if text := wrapGraphLine(line, 0)[0]; strings.Contains(text, "\x1b[3") {
			got = append(got, text)
		}
	}
	want := []string{
		"\x1b[33m↷\x1b[m Call API  (Task · ${MockAPIFunctionArn})  \x1b[33mcaught\x1b[m, \x1b[33m↻ 3 attempts\x1b[m",
		"│   ↷ Server Unavailable  on ServerUnavailableException  \x1b[33m┃ taken\x1b[m",
		"\x1b[31m✗\x1b[m Server Unavailable  (Fail · ServerUnavailable)  \x1b[31mfailed\x1b[m",
		"    → End  \x1b[32m┃ taken\x1b[m",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the colored lines differ (-want +got):\n%s", diff)
	}
}
