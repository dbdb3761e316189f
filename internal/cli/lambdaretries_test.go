package cli

import (
	"strings"
	"testing"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/history"
	"retrycatch/internal/load"
)

const (
	throttledError = "Lambda.TooManyRequestsException"
	serviceRetries = "Retries after errors in the Lambda service: "
)

func TestLoadLambdaRetries(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		errors      []string
		concurrency int
		summary     string
		hint        string
	}{
		{"no errors", nil, 50, "", ""},
		{"one service error", []string{"Lambda.ServiceException"}, 50,
			serviceRetries + "1 (0 after throttling). Such retries are not deviations.\n", ""},
		{"throttled", []string{throttledError, throttledError}, 50,
			serviceRetries + "2 (2 after throttling). Such retries are not deviations.\n",
			"next: retrycatch run --count 2 --concurrency 10\n"},
		{"throttled at a low concurrency", []string{throttledError}, 6,
			serviceRetries + "1 (1 after throttling).", "next: retrycatch run --count 2 --concurrency 3\n"},
		{"throttled at the minimum concurrency", []string{throttledError}, 1,
			serviceRetries + "1 (1 after throttling).", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := finishedLoad(t, 1)
			r.Concurrency = test.concurrency
			r.Runs[0].Execution = history.New(awsstub.LambdaErrorEvents("200", test.errors...))
			c, out, stderr := consoleOf("")
			a := &app{console: c, args: []string{"run", "--count", "2"}}
			r.Text(c)
			a.adviseConcurrency(r)
			has := strings.Contains(out.String(), serviceRetries)
			if has != (test.summary != "") || !strings.Contains(out.String(), test.summary) {
				t.Errorf("got the summary\n%s\nwant it to contain %q", out, test.summary)
			}
			if has := stderr.Len() > 0; has != (test.hint != "") || !strings.HasSuffix(stderr.String(), test.hint) {
				t.Errorf("got the hint\n%s\nwant it to end with %q", stderr, test.hint)
			}
			if d := load.Summarize(r.Runs); d.LambdaRetries.Total != len(test.errors) || d.AsExpected != 2 {
				t.Errorf("got %+v, want %d retries and 2 executions that ended as expected", d, len(test.errors))
			}
		})
	}
}
