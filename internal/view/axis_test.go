package view

import (
	"testing"
	"time"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/history"
)

func TestTheBarOfAStep(t *testing.T) {
	t.Parallel()
	at := func(s float64) time.Time { return awsstub.Start.Add(time.Duration(s * float64(time.Second))) }
	try := func(from, to, backoff float64) history.Attempt {
		a := history.Attempt{Start: at(from), End: at(to), Backoff: time.Duration(backoff * float64(time.Second))}
		if to == 0 {
			a.End = time.Time{}
		}
		return a
	}
	tests := []struct {
		name string
		step history.Step
		want string
	}{
		{"attempts with waits that double", history.Step{Attempts: []history.Attempt{try(0, 1, 0), try(2, 3, 1), try(5, 6, 2)}}, "█·█··█    "},
		{"an attempt shorter than a character", history.Step{Attempts: []history.Attempt{try(4, 4.01, 0)}}, "    █     "},
		{"at the very end", history.Step{Attempts: []history.Attempt{try(10, 10, 0)}}, "         █"},
		{"an attempt that lasts", history.Step{Attempts: []history.Attempt{try(1, 2, 0), try(5, 0, 3)}}, " █···▒▒▒▒▒"},
		{"a redrive is no wait", history.Step{Attempts: []history.Attempt{try(0, 1, 0), try(5, 6, 0)}}, "█    █    "},
		{"a wait", history.Step{Type: "Wait", Entered: at(2), Exited: at(5)}, "  ░░░     "},
		{"a wait that lasts", history.Step{Type: "Wait", Entered: at(2), Status: history.StepRunning}, "  ▒▒▒▒▒▒▒▒"},
		{"work without attempts", history.Step{Type: "Pass", Entered: at(2), Exited: at(2)}, "  █       "},
		{"an end that is none", history.Step{Type: "Fail", Entered: at(2), Status: history.StepFailed}, "  █       "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := (Axis{From: at(0), to: at(10), width: 10}).Bar(test.step); got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
	if got := (Axis{From: at(0), to: at(0), width: 3}).Bar(tests[0].step); got != "█  " {
		t.Errorf("of no time at all it is %q", got)
	}
}
