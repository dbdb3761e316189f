package view

import (
	"testing"
	"time"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/history"
)

func TestDuration(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct{ took, since string }{
		"0s":         {"0.00 s", "+0.00 s"},
		"50ms":       {"0.05 s", "+0.05 s"},
		"-1s":        {"-1.00 s", "+-1.00 s"},
		"59.994s":    {"59.99 s", "+59.99 s"},
		"59.996s":    {"1 min", "+1:00.00"},
		"60s":        {"1 min", "+1:00.00"},
		"90.25s":     {"1 min 30 s", "+1:30.25"},
		"59m59.6s":   {"1 h", "+59:59.60"},
		"90m":        {"1 h 30 min", "+1:30:00.00"},
		"23h59m31s":  {"1 d", "+23:59:31.00"},
		"25h10m1.5s": {"1 d 1 h", "+25:10:01.50"},
		"8760h":      {"365 d", "+8760:00:00.00"},
		"2h3m4s":     {"2 h 3 min", "+2:03:04.00"},
		"1m5.004s":   {"1 min 5 s", "+1:05.00"},
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			d, err := time.ParseDuration(text)
			if err != nil {
				t.Fatal(err)
			}
			if got := timeBetween(awsstub.Start, awsstub.Start.Add(d)); got != want.took {
				t.Errorf("timeBetween: got %q, want %q", got, want.took)
			}
			if got := offsetText(awsstub.Start.Add(d), awsstub.Start); got != want.since {
				t.Errorf("offsetText: got %q, want %q", got, want.since)
			}
		})
	}
}

func TestAttemptLine(t *testing.T) {
	t.Parallel()
	start := awsstub.Start
	end := start.Add(50 * time.Millisecond)
	failed := func(err, cause string) history.Attempt {
		return history.Attempt{Start: start, End: end, Failed: true, Error: err, Cause: history.NewCause(cause)}
	}
	tests := map[string]struct {
		n       int
		attempt history.Attempt
		want    string
	}{
		"success": {0, history.Attempt{Start: start, End: end},
			"attempt 1, succeeded in 0.05 s"},
		"failure": {0, failed("E", "why"),
			"attempt 1, failed in 0.05 s: E: why"},
		"no cause": {0, failed("E", ""),
			"attempt 1, failed in 0.05 s: E"},
		"no error, no cause": {0, failed("", ""),
			"attempt 1, failed in 0.05 s"},
		"cause without an error": {0, failed("", "why"),
			"attempt 1, failed in 0.05 s: why"},
		"aborted": {1, history.Attempt{Start: start, Stopped: end, Backoff: time.Second},
			"attempt 2, after 1.0 s, aborted after 0.05 s"},
		"success after a backoff": {1, history.Attempt{Start: start, End: end, Backoff: 2 * time.Second},
			"attempt 2, after 2.0 s, succeeded in 0.05 s"},
		"success after a redrive": {1, history.Attempt{Start: start, End: end},
			"attempt 2, succeeded in 0.05 s"},
		"running": {2, history.Attempt{Start: start, Backoff: time.Second},
			"attempt 3, after 1.0 s, unfinished"},
		"control characters": {0, failed("E\x1b", "w\u202ehy"),
			"attempt 1, failed in 0.05 s: E : w hy"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := attemptLine(test.n, test.attempt); got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

func TestTexts(t *testing.T) {
	t.Parallel()
	failed := history.Step{Status: history.StepFailed, Error: "E", Cause: history.NewCause("why")}
	for want, got := range map[string]string{
		"1 execution":                      Counted(1, "execution"),
		"0 executions":                     Counted(0, "execution"),
		"RUNNING":                          statusText(history.New(nil)),
		"FAILED: E ":                       statusText(history.Execution{Status: "FAILED", Error: "E\n"}),
		"caught: E":                        endText(history.Step{Status: history.StepCaught, Caught: "E"}),
		"caught":                           endText(history.Step{Status: history.StepCaught}),
		"failed":                           endText(history.Step{Status: history.StepFailed}),
		"attempt 1 failed":                 attemptFailureText(0, history.Attempt{Failed: true}),
		"failed: E: why":                   endText(failed),
		"aborted":                          endText(history.Step{Status: history.StepAborted}),
		"":                                 endText(history.Step{Status: history.StepRunning}),
		"event 2":                          missingText(history.Span{First: 2, Last: 2}),
		"events 2 to 3":                    missingText(history.Span{First: 2, Last: 3}),
		"1 state transition, 0.000025 USD": costText(1),
		"event 2 and all later events: the history is cut short": missingText(history.Span{First: 2}),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
