package view

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/history"
)

// second returns the moment so many seconds after the start.
func second(n float64) time.Time { return awsstub.Start.Add(time.Duration(n * float64(time.Second))) }

func TestAxis(t *testing.T) {
	t.Parallel()
	try := func(from, to, backoff float64) history.Attempt {
		a := history.Attempt{Start: second(from), End: second(to), Backoff: time.Duration(backoff * float64(time.Second))}
		if to == 0 {
			a.End = time.Time{}
		}
		return a
	}
	attempts := func(attempts ...history.Attempt) history.Step {
		return history.Step{Type: "Task", Status: history.StepRunning, Attempts: attempts}
	}
	failed := try(1, 2, 0)
	failed.Failed = true
	tests := map[string]struct {
		step history.Step
		want string
	}{
		"waits that double":                       {attempts(try(0, 1, 0), try(2, 3, 1), try(5, 6, 2)), "█·█··█    "},
		"attempt shorter than a character":        {attempts(try(4, 4.01, 0)), "    █     "},
		"at the very end":                         {attempts(try(10, 10, 0)), "         █"},
		"attempt that lasts":                      {attempts(try(1, 2, 0), try(5, 0, 3)), " █···▒▒▒▒▒"},
		"backoff that lasts":                      {attempts(failed), " █········"},
		"redrive":                                 {attempts(try(0, 1, 0), try(5, 6, 0)), "█    █    "},
		"wait":                                    {history.Step{Type: "Wait", Entered: second(2), Exited: second(5)}, "  ░░░     "},
		"wait that lasts":                         {history.Step{Type: "Wait", Entered: second(2), Status: history.StepRunning}, "  ▒▒▒▒▒▒▒▒"},
		"wait that was cut off":                   {history.Step{Type: "Wait", Entered: second(2), Stopped: second(5), Status: history.StepAborted}, "  ▒▒▒     "},
		"work without attempts":                   {history.Step{Type: "Pass", Entered: second(2), Exited: second(2)}, "  █       "},
		"failure at once":                         {history.Step{Type: "Fail", Entered: second(2), Stopped: second(2), Status: history.StepFailed}, "  █       "},
		"succeeded, with an exit that is missing": {history.Step{Type: "Pass", Entered: second(2), Stopped: second(4), Status: history.StepSucceeded}, "  ██      "},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := ansi.Strip(timeAxis{from: second(0), to: second(10), width: 10}.bar(test.step)); got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
	if got := (timeAxis{from: second(0), to: second(0), width: 3}).bar(attempts(try(0, 1, 0))); got != "█  " {
		t.Errorf("of no time at all it is %q", got)
	}
	if got := (timeAxis{from: second(0), to: second(10), width: 10}).bar(attempts(failed)); !strings.Contains(got, failedStyle.Render("█")) {
		t.Errorf("a failure has no color: %q", got)
	}
}
