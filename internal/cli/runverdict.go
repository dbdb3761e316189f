package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"retrycatch/internal/problem"
	"retrycatch/internal/safetext"
	"retrycatch/internal/scenario"
	"retrycatch/internal/view"
)

// verdict returns an error unless every execution was started and followed to its end, and every
// checked execution behaved as expected. After an interrupt, the error suggests the command that
// watches an execution that is still running.
func (a *app) verdict(t *target, runs []*scenario.Run, hint advice) error {
	var faults []error
	addFault := func(err error, next, what string, values ...any) {
		if errors.Is(err, context.Canceled) { // explain() prints the interrupt
			faults, err = append(faults, context.Canceled), nil
		}
		faults = append(faults, asBadResult(&problem.Problem{What: fmt.Sprintf(what, values...), Err: err, Next: next}))
	}
	if deviating := scenario.WithOutcome(runs, scenario.NotAsExpected); len(deviating) > 0 {
		addFault(nil, hint.next, "%s did not behave as expected", nounWithNames("the scenario", labelsOf(deviating)))
	}
	if notStarted := scenario.WithOutcome(runs, scenario.NotStarted); len(notStarted) > 0 {
		addFault(notStarted[0].Err, nextOf(notStarted[0].Err, a.commandLine()), "%s not started",
			nounWithNames("the execution", namesOf(notStarted), "was", "were"))
	}
	var unwatched []*scenario.Run
	var reasons []string
	lost := map[string][]*scenario.Run{} // by reason
	for _, r := range scenario.WithOutcome(runs, scenario.Lost) {
		if errors.Is(r.Err, context.Canceled) {
			unwatched = append(unwatched, r)
			continue
		}
		reason := view.Explanation(r.Err)
		if lost[reason] == nil {
			reasons = append(reasons, reason)
		}
		lost[reason] = append(lost[reason], r)
	}
	for _, reason := range reasons {
		group := lost[reason]
		addFault(group[0].Err, nextOf(group[0].Err, t.inspectCommand(group[0].Name)), "%s",
			nounWithNames("the execution", namesOf(group), "was not followed to its end", "were not followed to their ends"))
	}
	if len(unwatched) > 0 {
		addFault(context.Canceled, t.inspectCommand(unwatched[0].Name, "--watch"), "%s running",
			nounWithNames("the execution", namesOf(unwatched), "is still", "are still"))
	}
	return errors.Join(faults...)
}

func labelsOf(runs []*scenario.Run) []string {
	var labels []string
	for _, r := range runs {
		labels = append(labels, r.Label())
	}
	return labels
}

func namesOf(runs []*scenario.Run) []string {
	var names []string
	for _, r := range runs {
		names = append(names, r.Name)
	}
	return names
}

// nounWithNames returns a noun and names, such as "the executions a and b". If verbs holds a
// singular and a plural verb, it adds the matching verb.
func nounWithNames(noun string, names []string, verbs ...string) string {
	plural := min(len(names)-1, 1)
	if plural > 0 {
		noun += "s"
	}
	text := noun + " " + strings.Join(names, ", ")
	if i := strings.LastIndex(text, ", "); i >= 0 {
		text = text[:i] + " and" + text[i+1:]
	}
	if len(verbs) > 0 {
		text += " " + verbs[plural]
	}
	return text
}

// suggestAfter returns the next command after successful runs: "retrycatch inspect" for the run
// with the most retries. If there is more than one run and none had a retry, it returns
// "retrycatch report".
func (t *target) suggestAfter(runs []*scenario.Run) string {
	best, most := runs[0], 0
	for _, r := range runs {
		if n := countRetries(r); n > most {
			best, most = r, n
		}
	}
	if most == 0 && len(runs) > 1 {
		return t.Command("report")
	}
	return t.inspectCommand(best.Name)
}

// countRetries counts the attempts of all steps, except for the first attempt of each step.
func countRetries(r *scenario.Run) int {
	n := 0
	for _, step := range r.Steps {
		n += max(len(step.Attempts)-1, 0)
	}
	return n
}

// stopAllCommand returns a command line that stops the running executions whose names contain the
// suffix. If an execution cannot be stopped, the AWS CLI exits with code 255. The loop then
// continues, whereas xargs would stop:
// https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-returncodes.html
func (t *target) stopAllCommand(stateMachine, suffix string) string {
	query := "executions[?contains(name, `\"" + suffix + "\"`)].[executionArn]"
	return t.AWS("aws stepfunctions list-executions --state-machine-arn "+safetext.Word(stateMachine)+
		" --status-filter RUNNING --query "+safetext.Word(query)+" --output text") +
		" | while read -r arn; do " + t.stopCommand() + `"$arn" </dev/null; done`
}

// stopCommand returns the AWS CLI command that stops an execution. The caller appends the ARN.
func (t *target) stopCommand() string {
	return t.AWS("aws stepfunctions stop-execution") + " --execution-arn "
}
