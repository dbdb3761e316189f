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

// countUnproved returns the number of resources that are left or could not be checked.
func (e teardownOutcome) countUnproved() int {
	return e.report.Count(teardown.Remaining) + e.report.Count(teardown.Unknown)
}

// endTeardown prints the proof: the state of each resource. It returns an error if the teardown
// failed, if a resource is left, or if a resource could not be checked.
func (a *app) endTeardown(t *target, e teardownOutcome) error {
	shown := view.Teardown{
		Report: e.report, StackName: t.stackName, Location: t.place(), AlreadyDeleted: e.repeated, CompleteCommand: t.AWS}
	a.show(shown, e.options.output)
	if e.err != nil || e.countUnproved() > 0 {
		return asBadResult(e.problem(t))
	}
	a.console.Done("%s", shown.Summary())
	a.success = success{"everything is gone", t.destroyCommand(e.options)}
	return nil
}

// problem returns the problem of a teardown that failed or left resources.
func (e teardownOutcome) problem(t *target) error {
	if errors.Is(e.err, context.Canceled) {
		return &problem.Problem{What: e.interruptedText(), Next: t.destroyCommand(e.options), Err: e.err}
	}
	what := "the teardown did not finish"
	if e.repeated {
		what = "the stack " + t.stackName + " does not exist, but the deletion of some of its resources is not proved"
	}
	if left := e.report.In(teardown.Remaining); len(left) > 0 {
		what += "; resources left: " + joinNames(left)
	}
	what += uncheckedText(e.report.In(teardown.Unknown))
	if e.executionsMayBeRunning() {
		what += "; executions of the state machine may still be running: " + view.Explanation(e.report.Unstopped)
	}
	return &problem.Problem{What: what, Err: e.err, Next: e.nextStep(t)}
}

// executionsMayBeRunning reports whether a state machine is left and its executions were not
// stopped.
func (e teardownOutcome) executionsMayBeRunning() bool {
	return e.report.Unstopped != nil && slices.ContainsFunc(e.report.In(teardown.Remaining),
		func(item teardown.Item) bool { return item.Resource.Kind == resource.StateMachine })
}

func (e teardownOutcome) interruptedText() string {
	if e.repeated {
		return "the proof was interrupted"
	}
	return "the teardown was interrupted, and CloudFormation may still be deleting the stack"
}

// nextStep returns the command that continues the teardown.
func (e teardownOutcome) nextStep(t *target) string {
	left, unknown := e.report.In(teardown.Remaining), e.report.In(teardown.Unknown)
	repeat := t.destroyCommand(e.options)
	removable := slices.ContainsFunc(left, func(item teardown.Item) bool { return item.Removable })
	failed := (*teardown.FailedError)(nil)
	switch {
	case session.AccessLost(e.err) || session.Denied(e.err):
		return nextOf(e.err, repeat) + "; then " + repeat
	case e.executionsMayBeRunning():
		return "ask an administrator to allow " + session.DeniedAction(e.report.Unstopped) +
			", or wait until the executions have ended; then " + repeat
	case !e.options.force && (errors.As(e.err, &failed) || removable):
		return t.destroyCommand(e.options, "--force")
	case len(left) == 0 && len(unknown) > 0:
		return nextStepToCheck(t, unknown, repeat)
	case e.options.force && len(left) > 0 && left[0].Removable:
		return t.AWS(left[0].Resource.RemoveCommand())
	case errors.As(e.err, &failed): // the stack's events name the cause
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
