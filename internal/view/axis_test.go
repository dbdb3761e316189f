package view

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/history"
)

// atSecond returns the time n seconds after awsstub.Start.
func atSecond(n float64) time.Time { return awsstub.Start.Add(time.Duration(n * float64(time.Second))) }

func TestTimeAxisBar(t *testing.T) {
	t.Parallel()
	// attempt returns an attempt that starts and ends at the given seconds. If to is 0, the attempt
	// has no end.
	attempt := func(from, to, backoff float64) history.Attempt {
		wait := time.Duration(backoff * float64(time.Second))
		a := history.Attempt{Start: atSecond(from), End: atSecond(to), Backoff: wait}
		if to == 0 {
			a.End = time.Time{}
		}
		return a
	}
	task := func(attempts ...history.Attempt) history.Step {
		return history.Step{Type: "Task", Status: history.StepRunning, Attempts: attempts}
	}
	failed := attempt(1, 2, 0)
	failed.Failed = true
	tests := map[string]struct {
		step history.Step
		want string
	}{
		"doubling backoffs":  {task(attempt(0, 1, 0), attempt(2, 3, 1), attempt(5, 6, 2)), "█·█··█    "},
		"short attempt":      {task(attempt(4, 4.01, 0)), "    █     "},
		"attempt at the end": {task(attempt(10, 10, 0)), "         █"},
		"running attempt":    {task(attempt(1, 2, 0), attempt(5, 0, 3)), " █···▒▒▒▒▒"},
		"pending retry":      {task(failed), " █········"},
		"redrive":            {task(attempt(0, 1, 0), attempt(5, 6, 0)), "█    █    "},
		"wait": {history.Step{Type: "Wait", Entered: atSecond(2), Exited: atSecond(5)},
			"  ░░░     "},
		"running wait": {history.Step{Type: "Wait", Entered: atSecond(2), Status: history.StepRunning},
			"  ▒▒▒▒▒▒▒▒"},
		"aborted wait": {history.Step{Type: "Wait", Entered: atSecond(2), Stopped: atSecond(5), Status: history.StepAborted},
			"  ▒▒▒     "},
		"no attempts": {history.Step{Type: "Pass", Entered: atSecond(2), Exited: atSecond(2)},
			"  █       "},
		"Fail state": {history.Step{Type: "Fail", Entered: atSecond(2), Stopped: atSecond(2), Status: history.StepFailed},
			"  █       "},
		"missing exit": {
			history.Step{Type: "Pass", Entered: atSecond(2), Stopped: atSecond(4), Status: history.StepSucceeded},
			"  ██      "},
	}
	axis := timeAxis{from: atSecond(0), to: atSecond(10), width: 10}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := ansi.Strip(axis.bar(test.step)); got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
	if got := (timeAxis{from: atSecond(0), to: atSecond(0), width: 3}).bar(task(attempt(0, 1, 0))); got != "█  " {
		t.Errorf("axis of length 0: got %q, want %q", got, "█  ")
	}
	if got, want := axis.bar(task(failed)), failedStrokeStyle.Styled("█"); !strings.Contains(got, want) {
		t.Errorf("failed attempt: got %q, want it to contain the colored %q", got, want)
	}
}
