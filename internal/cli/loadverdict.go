package cli

import (
	"errors"
	"fmt"
	"slices"

	"retrycatch/internal/load"
	"retrycatch/internal/problem"
	"retrycatch/internal/scenario"
	"retrycatch/internal/view"
)

// verdict returns nil if every execution ended as its scenario expects. again repeats this command.
func (l *loadResult) verdict(t *target, again string) error {
	var faults []error
	fault := func(err error, next, what string, values ...any) {
		faults = append(faults, asBadResult(&problem.Problem{What: fmt.Sprintf(what, values...), Next: next, Err: err}))
	}
	if others := scenario.WithOutcome(l.Runs, scenario.NotAsExpected); len(others) > 0 {
		kinds := labelsOf(others)
		slices.Sort(kinds)
		fault(nil, l.advice.next, "%s of %s did not behave as expected",
			view.Counted(len(others), "execution"), phrase("the scenario", slices.Compact(kinds)))
	}
	lost, pending, unwatched := scenario.WithOutcome(l.Runs, scenario.Lost), scenario.WithOutcome(l.Runs, scenario.NotStarted), 0
	for _, r := range lost {
		if load.MayBeRunning(r) {
			unwatched++
		}
	}
	if len(pending) > 0 {
		fault(l.stopped, nextOf(l.stopped, again), "%s not started", executionsWere(len(pending)))
	}
	if unwatched > 0 {
		fault(nil, t.stopAllCommand(l.StateMachine, l.suffix), "up to %s may still be running unwatched",
			view.Counted(unwatched, "execution"))
	}
	if n := len(lost); n > 0 && l.interrupted == nil {
		fault(nil, nextOf(lost[0].Err, t.Command("executions")), "%s lost", executionsWere(n))
	}
	if l.interrupted != nil && len(faults) > 0 {
		faults = append(faults, l.interrupted) // the interrupt is reported separately
	}
	return errors.Join(faults...)
}

func executionsWere(n int) string {
	if n == 1 {
		return "1 execution was"
	}
	return view.Counted(n, "execution") + " were"
}
