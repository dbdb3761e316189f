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

// deployStack deploys one stack. The CDK CLI asks its own questions. Afterwards, CloudFormation's
// events show the progress. At the end it prints the CDK CLI's warnings, or after a failure all of
// the CDK CLI's output.
func (a *app) deployStack(ctx context.Context, r rollout, t *target, assembly cdk.Assembly) error {
	a.console.Progress("Deploying %s to %s.", t.stackName, t.place())
	approval := "broadening"
	if r.options.yes {
		approval = "never"
	}
	changes := a.following(ctx, t, plannedIn(assembly, t.stackID))
	talk := &cdk.Talk{
		Stack:     t.stackID,
		Name:      t.stackName,
		Step:      changes.shown.Step,
		Deploying: changes.begin,
		Pass: func(text []byte) {
			changes.shown.Pause()
			_, _ = a.console.ChildStderr().Write(text)
		},
	}
	r.cli.Out = talk
	err := r.cli.Deploy(ctx, cdk.Deployment{
		Assembly: assembly,
		Stack:    t.stackID,
		Approval: approval,
		Pairs:    r.pairs,
		Tags:     stackTags(r.settings, r.targets[0].stackName),
		Terminal: a.console.Terminal(),
	})
	changes.end(err)
	if err == nil && !changes.any {
		a.console.Progress("CloudFormation has nothing to change.")
	}
	switch {
	case ctx.Err() != nil || errors.Is(err, cdk.ErrDeclined):
	case err != nil:
		_, _ = io.WriteString(a.console.ChildStderr(), strings.TrimLeft(talk.Kept(), "\r\n"))
	default:
		_, _ = io.WriteString(a.console.ChildStderr(), talk.Remarks())
	}
	return err
}

// plannedIn lists the resources that a new stack creates.
func plannedIn(assembly cdk.Assembly, stackID string) (planned []view.PlannedResource) {
	for _, declared := range assembly.Resources(stackID) {
		r := resource.Resource{Kind: resource.Kind(declared.Type), ID: declared.Name}
		if r.Kind.Exists() {
			planned = append(planned, view.PlannedResource{Resource: r, LogicalID: declared.LogicalID})
		}
	}
	slices.SortFunc(planned, func(a, b view.PlannedResource) int { return strings.Compare(a.String(), b.String()) })
	return planned
}

// following shows the changes of a stack while another program makes them.
type following struct {
	ctx   context.Context
	log   *inventory.EventLog
	shown view.StackChanges
	stop  func() // nil before begin
	any   bool   // the stack had an event
}

// following returns a view of the stack's events since the target's mark. begin starts it.
func (a *app) following(ctx context.Context, t *target, planned []view.PlannedResource) *following {
	return &following{ctx: ctx, log: inventory.NewEventLog(t.Config, t.stackName, t.mark),
		shown: a.console.NewStackChanges(planned)}
}

// begin starts to show the changes.
func (f *following) begin() {
	ctx, cancel := context.WithCancel(f.ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := f.log.Follow(ctx, f.tell); err != nil { // the other program continues
			f.shown.Say(view.Capitalize(view.Reason(err)))
		}
	}()
	f.stop = func() {
		cancel()
		<-done
	}
}

func (f *following) tell(event inventory.Event) {
	f.any = true
	f.shown.Event(event)
}

// end shows the events since the last poll. It polls for none if the other program failed before
// it changed anything. It ignores an error: the examination of the result reports it.
func (f *following) end(failed error) {
	if f.stop != nil {
		f.stop()
	}
	if f.ctx.Err() == nil && (f.stop != nil || failed == nil) {
		events, _ := f.log.News(f.ctx)
		for _, event := range events {
			f.tell(event)
		}
	}
	f.shown.End()
}

// bootstrap bootstraps the target's account and region. It prints the CDK CLI's output only after
// a failure.
func (a *app) bootstrap(ctx context.Context, cli cdk.CLI, t *target) error {
	shown := a.console.NewStackChanges(nil)
	shown.Step("bootstrapping")
	out, said := cli.Out, &bytes.Buffer{}
	cli.Out = said
	err := cli.Bootstrap(ctx, t.bootstrap, t.partition())
	shown.End()
	if err != nil && ctx.Err() == nil {
		_, _ = out.Write(said.Bytes())
	}
	return err
}
