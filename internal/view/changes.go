package view

import (
	"fmt"
	"time"

	"retrycatch/internal/history"
)

// changeLines compares two readings of an execution and returns a line for each change. For the
// first reading, before is an execution without events.
func changeLines(before, now history.Execution) []string {
	var lines []string
	say := func(at time.Time, format string, values ...any) {
		lines = append(lines, faint.Render(stopwatchText(at.Sub(now.Start), 1))+" "+fmt.Sprintf(format, values...))
	}
	for i, step := range now.Steps {
		var known history.Step
		if i < len(before.Steps) {
			known = before.Steps[i]
		} else {
			say(step.Entered, "→ %s", printable(step.State))
		}
		for n, attempt := range step.Attempts {
			started := n >= len(known.Attempts)
			if started && n > 0 {
				say(attempt.Start, "%s: %s", printable(step.State), attemptLabel(n, attempt))
			}
			if !attempt.End.IsZero() && (started || known.Attempts[n].End.IsZero()) && attempt.Failed {
				say(attempt.End, "%s: %s", printable(step.State), attemptFailureText(n, attempt))
			}
		}
	}
	if now.Ended() && !before.Ended() {
		say(now.End, "%s", statusText(now))
	}
	return lines
}
