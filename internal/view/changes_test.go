package view

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/history"
)

func TestChangeLines(t *testing.T) {
	t.Parallel()
	whole := retriedExecution()
	want := []string{
		"→ Call API",
		"Call API: attempt 1 failed: TooManyRequestsException",
		"Call API: attempt 2, after 1.0 s",
		"Call API: attempt 2 failed: TooManyRequestsException",
		"→ Wait",
		"→ Server Unavailable",
		"FAILED: ServerUnavailable",
	}

	running := whole
	running.Status, running.End, running.Error = types.ExecutionStatusRunning, time.Time{}, ""
	callingAPI := func(attempts ...history.Attempt) history.Execution {
		e := running
		e.Steps = []history.Step{{State: "Call API", Type: "Task", Entered: atMillisecond(100), Attempts: attempts}}
		return e
	}
	beforeRetry := callingAPI(whole.Steps[0].Attempts[0])
	inFirstAttempt := callingAPI(history.Attempt{Start: atMillisecond(100)})

	for name, readings := range map[string][]history.Execution{
		"single reading":                    {whole},
		"readings before and after the end": {running, whole},
		"reading between the attempts":      {beforeRetry, running, whole},
		"reading during an attempt":         {inFirstAttempt, beforeRetry, running, whole},
		"repeated readings":                 {beforeRetry, beforeRetry, whole, whole},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			before := history.New(nil)
			for _, now := range readings {
				for _, line := range changeLines(before, now) {
					_, change, _ := strings.Cut(line, " s")
					got = append(got, strings.TrimSpace(strings.TrimPrefix(change, "\x1b[m")))
				}
				before = now
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the lines differ (-want +got):\n%s", diff)
			}
		})
	}
}
