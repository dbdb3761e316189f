package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"retrycatch/internal/cdk"
	"retrycatch/internal/inventory"
	"retrycatch/internal/resource"
	"retrycatch/internal/view"
)

// deployStack deploys one stack. The CDK CLI asks its questions first. Then CloudFormation's events
// show the progress. At the end, deployStack prints the CDK CLI's remaining warnings. After a
// failure, it prints the rest of the output instead.
func (a *app) deployStack(ctx context.Context, r rollout, t *target, assembly cdk.Assembly) error {
	a.console.Progress("Deploying %s to %s.", t.stackName, t.place())
	approval := "broadening"
	if r.options.yes {
		approval = "never"
	}
	follower := a.newStackFollower(ctx, t, plannedResources(assembly, t.stackID))
	splitter := &cdk.OutputSplitter{
		StackID:   t.stackID,
		StackName: t.stackName,
		Step:      follower.shown.Step,
		Deploying: follower.begin,
		Pass: func(text []byte) {
			follower.shown.Pause()
			_, _ = a.console.ChildStderr().Write(text)
		},
	}
	r.cli.Out = splitter
	err := r.cli.Deploy(ctx, cdk.Deployment{
		Assembly: assembly,
		Stack:    t.stackID,
		Approval: approval,
		Pairs:    r.pairs,
		Tags:     stackTags(r.settings, r.targets[0].stackName),
		Terminal: a.console.Terminal(),
	})
	follower.finish(err)
	if err == nil && !follower.hasEvents {
		a.console.Progress("CloudFormation has nothing to change.")
	}
	switch {
	case ctx.Err() != nil || errors.Is(err, cdk.ErrDeclined):
	case err != nil:
		_, _ = io.WriteString(a.console.ChildStderr(), strings.TrimLeft(splitter.Kept(), "\r\n"))
	default:
		_, _ = io.WriteString(a.console.ChildStderr(), splitter.Remarks())
	}
	return err
}

// plannedResources lists the resources that a new stack creates.
func plannedResources(assembly cdk.Assembly, stackID string) (planned []view.PlannedResource) {
	for _, declared := range assembly.Resources(stackID) {
		r := resource.Resource{Kind: resource.Kind(declared.Type), ID: declared.Name}
		if r.Kind.ExistsOutsideStack() {
			planned = append(planned, view.PlannedResource{Resource: r, LogicalID: declared.LogicalID})
		}
	}
	slices.SortFunc(planned, func(a, b view.PlannedResource) int { return strings.Compare(a.String(), b.String()) })
	return planned
}

// stackFollower shows the events of a stack while the CDK CLI changes it.
type stackFollower struct {
	ctx       context.Context
	log       *inventory.EventLog
	shown     view.StackChanges
	stop      func() // nil until the method begin runs
	hasEvents bool   // true after the first event
}

// newStackFollower returns a follower of the events after t.mark. The method begin starts it.
func (a *app) newStackFollower(ctx context.Context, t *target, planned []view.PlannedResource) *stackFollower {
	return &stackFollower{ctx: ctx, log: inventory.NewEventLog(t.Config, t.stackName, t.mark),
		shown: a.console.NewStackChanges(planned)}
}

// begin shows events in the background until finish is called.
func (f *stackFollower) begin() {
	ctx, cancel := context.WithCancel(f.ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := f.log.Follow(ctx, f.showEvent); err != nil { // only warn: the CDK CLI continues
			f.shown.Say(view.Capitalize(view.Reason(err)))
		}
	}()
	f.stop = func() {
		cancel()
		<-done
	}
}

func (f *stackFollower) showEvent(event inventory.Event) {
	f.hasEvents = true
	f.shown.Event(event)
}

// finish shows the events since the last poll, unless the CDK CLI failed before it changed
// anything. It ignores errors, because the later checks of the stack report them.
func (f *stackFollower) finish(deployErr error) {
	if f.stop != nil {
		f.stop()
	}
	if f.ctx.Err() == nil && (f.stop != nil || deployErr == nil) {
		events, _ := f.log.NewEvents(f.ctx)
		for _, event := range events {
			f.showEvent(event)
		}
	}
	f.shown.End()
}

// bootstrap bootstraps the target's account and region. It prints the output of the CDK CLI only
// after a failure.
func (a *app) bootstrap(ctx context.Context, cli cdk.CLI, t *target) error {
	shown := a.console.NewStackChanges(nil)
	shown.Step("bootstrapping")
	out, captured := cli.Out, &bytes.Buffer{}
	cli.Out = captured
	err := cli.Bootstrap(ctx, t.bootstrap, t.partition())
	shown.End()
	if err != nil && ctx.Err() == nil {
		_, _ = out.Write(captured.Bytes())
	}
	return err
}
