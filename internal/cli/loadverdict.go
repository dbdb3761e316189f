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

// verdict returns an error unless every execution ended as its scenario expects. again is the
// command that repeats the load test.
func (l *loadResult) verdict(t *target, again string) error {
	var faults []error
	addFault := func(err error, next, what string, values ...any) {
		faults = append(faults, asBadResult(&problem.Problem{What: fmt.Sprintf(what, values...), Next: next, Err: err}))
	}
	if deviating := scenario.WithOutcome(l.Runs, scenario.NotAsExpected); len(deviating) > 0 {
		scenarios := labelsOf(deviating)
		slices.Sort(scenarios)
		addFault(nil, l.advice.next, "%s of %s did not behave as expected",
			view.Counted(len(deviating), "execution"), nounWithNames("the scenario", slices.Compact(scenarios)))
	}
	lost, notStarted := scenario.WithOutcome(l.Runs, scenario.Lost), scenario.WithOutcome(l.Runs, scenario.NotStarted)
	unwatched := 0
	for _, r := range lost {
		if load.MayBeRunning(r) {
			unwatched++
		}
	}
	if len(notStarted) > 0 {
		addFault(l.stopped, nextOf(l.stopped, again), "%s not started", executionsWere(len(notStarted)))
	}
	if unwatched > 0 {
		addFault(nil, t.stopAllCommand(l.StateMachine, l.tag), "up to %s may still be running",
			view.Counted(unwatched, "execution"))
	}
	if n := len(lost); n > 0 && l.interrupted == nil {
		addFault(nil, nextOf(lost[0].Err, t.Command("executions")), "%s lost", executionsWere(n))
	}
	if l.interrupted != nil && len(faults) > 0 {
		faults = append(faults, l.interrupted) // for this error, the function explain prints "interrupted"
	}
	return errors.Join(faults...)
}

func executionsWere(n int) string {
	if n == 1 {
		return "1 execution was"
	}
	return view.Counted(n, "execution") + " were"
}
