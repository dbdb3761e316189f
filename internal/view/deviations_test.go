package view

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/scenario"
)

var (
	pathDeviation = scenario.Deviation{Kind: scenario.Path,
		Expected: []string{"Call API", "Wait and Try Later", "Change to 200", "Call API", "OK"},
		Got:      []string{"Call API", "Wait and Try Later", "Catch All"}}
	attemptsDeviation = scenario.Deviation{Kind: scenario.Attempts, State: "Call API",
		Expected: []string{"TooManyRequestsException", "TooManyRequestsException", "TooManyRequestsException"},
		Got:      []string{"TooManyRequestsException", "OtherException"}}
)

func TestPrintDeviations(t *testing.T) {
	t.Parallel()
	value := func(kind scenario.Kind, want, got []string) scenario.Deviation {
		return scenario.Deviation{Kind: kind, Expected: want, Got: got}
	}
	for name, test := range map[string]struct {
		width      int
		deviations []scenario.Deviation
		want       string
	}{
		"values": {80, []scenario.Deviation{
			value(scenario.Status, []string{"SUCCEEDED"}, []string{"FAILED"}),
			value(scenario.Output, []string{`"The request has succeeded."`}, nil),
			value(scenario.Error, nil, []string{"ServerUnavailable"})}, `
  status  expected  SUCCEEDED
          got       FAILED
  output  expected  "The request has succeeded."
          got       none
  error   expected  none
          got       ServerUnavailable
`},
		"value differs in a character": {80, []scenario.Deviation{
			value(scenario.Output, []string{`"200 OK"`}, []string{`"200 O K"`})}, `
  output  expected  "200 OK"
          got       "200 O K"
                          ^
`},
		"value ends early": {80, []scenario.Deviation{value(scenario.Output, []string{`{"é":1}`}, []string{`{"é"`})}, `
  output  expected  {"é":1}
          got       {"é"
                        ^
`},
		"path differs in a state": {120, []scenario.Deviation{pathDeviation}, `
  path  expected  Call API → Wait and Try Later → Change to 200 → Call API → OK
        got       Call API → Wait and Try Later → Catch All
                                                  ^^^^^^^^^
`},
		"wrapped path": {64, []scenario.Deviation{pathDeviation}, `
  path  expected  Call API → Wait and Try Later → Change to 200
                  → Call API → OK
        got       Call API → Wait and Try Later → Catch All
                                                  ^^^^^^^^^
`},
		"path ends early": {80, []scenario.Deviation{
			value(scenario.Path, []string{"Call API", "OK"}, []string{"Call API"})}, `
  path  expected  Call API → OK
        got       Call API → (end)
                             ^^^^^
`},
		"path continues": {80, []scenario.Deviation{
			value(scenario.Path, []string{"Call API"}, []string{"Call API", "OK"})}, `
  path  expected  Call API → (end)
        got       Call API → OK
                             ^^
`},
		"attempts differ": {80, []scenario.Deviation{attemptsDeviation}, `
  attempts  expected  Call API: TooManyRequestsException,
                      TooManyRequestsException, TooManyRequestsException
            got       Call API: TooManyRequestsException, OtherException
                                                          ^^^^^^^^^^^^^^
`},
		"missing attempt": {80, []scenario.Deviation{{Kind: scenario.Attempts, State: "Call API",
			Expected: []string{"UnknownException", "succeeded"}, Got: []string{"UnknownException"}}}, `
  attempts  expected  Call API: UnknownException, succeeded
            got       Call API: UnknownException, (end)
                                                  ^^^^^
`},
		"no attempts": {80, []scenario.Deviation{
			{Kind: scenario.Attempts, State: "Call API", Expected: []string{"succeeded"}}}, `
  attempts  expected  Call API: succeeded
            got       Call API: none
                                ^^^^
`},
		"narrow terminal": {40, []scenario.Deviation{pathDeviation}, `
  path
    expected  Call API
              → Wait and Try Later
              → Change to 200 → Call API
              → OK
    got       Call API
              → Wait and Try Later
              → Catch All
                ^^^^^^^^^
`},
		"no terminal": {0, []scenario.Deviation{attemptsDeviation}, `
  attempts  expected  Call API: TooManyRequestsException, TooManyRequestsException, TooManyRequestsException
            got       Call API: TooManyRequestsException, OtherException
                                                          ^^^^^^^^^^^^^^
`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, out, _ := newTestConsole("")
			c.width = test.width
			c.printDeviations(test.deviations)
			if diff := cmp.Diff(test.want, "\n"+ansi.Strip(out.String())); diff != "" {
				t.Errorf("the text differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPrintDeviationsAtAllWidths(t *testing.T) {
	t.Parallel()
	requireAllWidths(t, func(c *Console) { c.printDeviations([]scenario.Deviation{pathDeviation, attemptsDeviation}) })
}

// The colored part is the part above the carets.
func TestPrintDeviationsColor(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	c := &Console{out: &out}
	c.printDeviations([]scenario.Deviation{pathDeviation})
	if want := failStyle.Render("Catch All") + "\n"; !strings.Contains(out.String(), want) {
		t.Errorf("got %q, want it to contain %q", out.String(), want)
	}
}
