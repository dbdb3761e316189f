package cli

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"retrycatch/internal/load"
	"retrycatch/internal/problem"
	"retrycatch/internal/safetext"
	"retrycatch/internal/scenario"
	"retrycatch/internal/view"
)

// verdict returns nil when every execution ended as its scenario must. again is this very command
// line.
func (l *loading) verdict(t *target, again string) error {
	var faults []error
	fault := func(err error, next, what string, values ...any) {
		faults = append(faults, bad(&problem.Problem{What: fmt.Sprintf(what, values...), Next: next, Err: err}))
	}
	lost, pending, unwatched := scenario.With(l.Runs, scenario.Lost), scenario.With(l.Runs, scenario.NotStarted), 0
	for _, r := range lost {
		if load.MayRun(r) {
			unwatched++
		}
	}
	if others := scenario.With(l.Runs, scenario.NotAsExpected); len(others) > 0 {
		why := strings.Join(slices.Concat(others[0].Deviations, l.advice.causes), "; ")
		fault(nil, l.advice.next, "%s did not behave as expected, the first %s: %s",
			view.Counted(len(others), "execution"), others[0].Name, why)
	}
	if len(pending) > 0 {
		err := cmp.Or(l.interrupted, l.stopped)
		fault(err, nextOf(err, again), "%s not started", wasOrWere(len(pending)))
	}
	if unwatched > 0 {
		fault(l.interrupted, l.stopCommand(t), "up to %s may run on without being watched",
			view.Counted(unwatched, "execution"))
	}
	if n := len(lost); n > 0 && l.interrupted == nil {
		err := lost[0].Err
		fault(err, nextOf(err, t.Command("executions")), "%s lost, the first %s", wasOrWere(n), lost[0].Name)
	}
	return errors.Join(faults...)
}

func wasOrWere(n int) string {
	if n == 1 {
		return "1 execution was"
	}
	return view.Counted(n, "execution") + " were"
}

// stopCommand stops the executions of this load that still run. Their names tell them from all
// others. It goes on after an execution that cannot be stopped. xargs would not: it ends when the
// AWS CLI fails with 255:
// https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-returncodes.html
func (l *loading) stopCommand(t *target) string {
	query := "executions[?contains(name, `\"" + l.suffix + "\"`)].[executionArn]"
	return t.AWS("aws stepfunctions list-executions --state-machine-arn "+safetext.Word(l.StateMachine)+
		" --status-filter RUNNING --query "+safetext.Word(query)+" --output text") +
		" | while read -r arn; do " + t.stopExecution() + `"$arn" </dev/null; done`
}

// stopExecution returns the AWS CLI's command line that stops one execution, without its ARN.
func (t *target) stopExecution() string {
	return t.AWS("aws stepfunctions stop-execution") + " --execution-arn "
}
