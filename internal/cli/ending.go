package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"retrycatch/internal/problem"
	"retrycatch/internal/resource"
	"retrycatch/internal/session"
	"retrycatch/internal/teardown"
	"retrycatch/internal/view"
)

// teardownOutcome holds the report and the error of a teardown.
type teardownOutcome struct {
	report   teardown.Report
	err      error
	options  destroyOptions
	repeated bool // the stack was already deleted, so destroy only checked each resource again
}

// countUnconfirmed returns the number of resources that are left or could not be checked.
func (o teardownOutcome) countUnconfirmed() int {
	return o.report.Count(teardown.Remaining) + o.report.Count(teardown.Unknown)
}

// endTeardown prints the proof: the state of each resource. It returns an error if the teardown
// failed, if a resource is left, or if a resource could not be checked.
func (a *app) endTeardown(t *target, o teardownOutcome) error {
	shown := view.Teardown{
		Report: o.report, StackName: t.stackName, Location: t.place(), AlreadyDeleted: o.repeated, CompleteCommand: t.AWS}
	a.show(shown, o.options.output)
	if o.err != nil || o.countUnconfirmed() > 0 {
		return asBadResult(o.problem(t))
	}
	a.console.Done("%s", shown.Summary())
	a.success = success{"everything is gone", t.destroyCommand(o.options)}
	return nil
}

// problem returns the problem of a teardown that failed or left resources.
func (o teardownOutcome) problem(t *target) error {
	if errors.Is(o.err, context.Canceled) {
		return &problem.Problem{What: o.interruptedText(), Next: t.destroyCommand(o.options), Err: o.err}
	}
	what := "the teardown did not finish"
	if o.repeated {
		what = "the stack " + t.stackName + " does not exist, but some of its resources may still exist"
	}
	if left := o.report.In(teardown.Remaining); len(left) > 0 {
		what += "; resources left: " + joinNames(left)
	}
	what += uncheckedText(o.report.In(teardown.Unknown))
	if o.executionsMayBeRunning() {
		what += "; executions of the state machine may still be running: " + view.Explanation(o.report.StopErr)
	}
	return &problem.Problem{What: what, Err: o.err, Next: o.nextStep(t)}
}

// executionsMayBeRunning reports whether a state machine is left and its executions were not
// stopped.
func (o teardownOutcome) executionsMayBeRunning() bool {
	return o.report.StopErr != nil && slices.ContainsFunc(o.report.In(teardown.Remaining),
		func(item teardown.Item) bool { return item.Resource.Kind == resource.StateMachine })
}

func (o teardownOutcome) interruptedText() string {
	if o.repeated {
		return "the check that every resource is gone was interrupted"
	}
	return "the teardown was interrupted, and CloudFormation may still be deleting the stack"
}

// nextStep returns the next step: a command, or an instruction that is followed by a command.
func (o teardownOutcome) nextStep(t *target) string {
	left, unknown := o.report.In(teardown.Remaining), o.report.In(teardown.Unknown)
	repeat := t.destroyCommand(o.options)
	removable := slices.ContainsFunc(left, func(item teardown.Item) bool { return item.Removable })
	failed := (*teardown.FailedError)(nil)
	switch {
	case session.AccessLost(o.err) || session.Denied(o.err):
		return nextOf(o.err, repeat) + "; then " + repeat
	case o.executionsMayBeRunning():
		return "ask an administrator to allow " + session.DeniedAction(o.report.StopErr) +
			", or wait until the executions have ended; then " + repeat
	case !o.options.force && (errors.As(o.err, &failed) || removable):
		return t.destroyCommand(o.options, "--force")
	case len(left) == 0 && len(unknown) > 0:
		return nextStepToCheck(t, unknown, repeat)
	case o.options.force && len(left) > 0 && left[0].Removable:
		return t.AWS(left[0].Resource.RemoveCommand())
	case errors.As(o.err, &failed): // the stack's events name the cause
		return t.AWS("aws cloudformation describe-stack-events --stack-name " + failed.Stack)
	default:
		return repeat
	}
}

// missingActions lists the denied IAM actions that are necessary to check the items.
func missingActions(items []teardown.Item) string {
	var actions []string
	for _, item := range items {
		if action := session.DeniedAction(item.Err); action != "" {
			actions = append(actions, action)
		}
	}
	slices.Sort(actions)
	return strings.Join(slices.Compact(actions), ", ")
}

// nextStepToCheck returns the next step for resources that could not be checked.
func nextStepToCheck(t *target, items []teardown.Item, repeat string) string {
	if missing := missingActions(items); missing != "" {
		return "ask an administrator to allow " + missing + "; then " + repeat
	}
	for _, item := range items {
		if !item.Resource.Kind.Known() { // another check would fail the same way
			return t.AWS(fmt.Sprintf("aws cloudcontrol list-resources --type-name %s", item.Resource.Kind))
		}
	}
	return repeat
}

func joinNames(items []teardown.Item) string {
	var names []string
	for _, item := range items {
		names = append(names, item.Resource.String())
	}
	return strings.Join(names, ", ")
}
