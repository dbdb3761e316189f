package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"retrycatch/internal/cdk"
	"retrycatch/internal/deployment"
	"retrycatch/internal/preflight"
	"retrycatch/internal/problem"
	"retrycatch/internal/safetext"
	"retrycatch/internal/session"
	"retrycatch/internal/view"
)

// preflight checks each target. It returns the targets to bootstrap first. The error is *declined
// or joins every blocker.
func (a *app) preflight(ctx context.Context, r rollout) (bare []*target, err error) {
	var found []error
	states := map[*target]preflight.Bootstrap{}
	for _, t := range r.targets {
		found = append(found, preflight.Deploy(ctx, t.Config, t.stackName, t.expected, t)...)
		found = append(found, a.settingsBlockers(ctx, t, r.settings)...)
		state, blocker := t.bootstrapState(ctx, r.options.yes)
		found = append(found, blocker)
		if blocker == nil && !state.Ready() {
			bare, states[t] = append(bare, t), state
		}
	}
	blockers, warnings := preflight.Split(found)
	a.warn(warnings)
	if !r.options.yes && !a.console.Interactive {
		blockers = append(blockers, a.unapproved(bare, states)...)
	}
	if len(blockers) > 0 || r.options.yes {
		return bare, errors.Join(blockers...)
	}
	// Ask last, when nothing else blocks the deployment.
	for _, t := range bare {
		agreed, err := a.console.Confirm(ctx, t.bootstrapQuestion(states[t]))
		if err != nil {
			return nil, err
		}
		if !agreed {
			return nil, &declined{what: "Nothing was deployed.", next: t.bootstrapCommand()}
		}
	}
	return bare, nil
}

// unapproved returns the blockers of a deployment without a terminal to approve it on. With --yes,
// deploy also bootstraps each target that it may bootstrap.
func (a *app) unapproved(bare []*target, states map[*target]preflight.Bootstrap) (blockers []error) {
	what := "deploying creates IAM roles"
	for i, t := range bare {
		if !t.bootstrappable(states[t], true) {
			blockers = append(blockers, t.bootstrapFault(states[t]))
		}
		if i == 0 {
			what += ", and first bootstraps " + t.place()
		} else {
			what += " and " + t.place()
		}
	}
	if len(blockers) > 0 {
		return blockers
	}
	return []error{&problem.Problem{
		What: what + ", but there is no terminal for the approval", Next: a.commandLine("--yes")}}
}

// bootstrapState returns the state of the target's bootstrap. It returns a blocker if the CDK
// cannot deploy with that bootstrap and this command may not create it.
func (t *target) bootstrapState(ctx context.Context, yes bool) (preflight.Bootstrap, error) {
	if !t.bootstrap.Valid() {
		return preflight.Bootstrap{}, t.invalidQualifier()
	}
	state, err := t.readBootstrap(ctx)
	switch {
	case err != nil:
		return state, preflight.UncheckedBootstrap(err)
	case !state.Ready() && !t.bootstrappable(state, yes):
		return state, t.bootstrapFault(state)
	}
	return state, nil
}

func (t *target) invalidQualifier() error {
	return &problem.Problem{
		What: fmt.Sprintf("%s cannot be %q: it must be 1 to 10 letters, digits, hyphens or underscores",
			cdk.ContextQualifier, t.bootstrap.Qualifier),
		Next: "correct it on the command line or in cdk.json"}
}

// bootstrappable reports whether this command may create the bootstrap. It never updates a
// bootstrap, because other deployments may use it, and never creates a second one. With --yes it
// creates only the CDK's default.
func (t *target) bootstrappable(state preflight.Bootstrap, yes bool) bool {
	return state.Absent() && (!yes || state.OthersErr == nil && !t.bootstrap.Custom())
}

func (t *target) readBootstrap(ctx context.Context) (preflight.Bootstrap, error) {
	return preflight.ReadBootstrap(ctx, t.Config, t.bootstrap.Qualifier, t.bootstrap.StackName())
}

// bootstrapQuestion asks whether to bootstrap the target's account and region.
func (t *target) bootstrapQuestion(state preflight.Bootstrap) string {
	return view.Capitalize(t.bootstrapFault(state).Error()) + ".\nBootstrap it now? " +
		"It creates a bucket and roles that stay, one of them with AdministratorAccess."
}

// bootstrapFault explains why the CDK cannot deploy to the target's account and region.
func (t *target) bootstrapFault(state preflight.Bootstrap) error {
	with := ""
	if t.bootstrap.Qualified() {
		with = " with the qualifier " + t.bootstrap.Qualifier
	}
	p := &problem.Problem{What: fmt.Sprintf("%s is not bootstrapped for the CDK%s", t.place(), with),
		Next: t.bootstrapCommand()}
	switch {
	case state.Version > 0:
		p.What = fmt.Sprintf("the CDK's bootstrap of %s%s is outdated: it has version %d, and the stack needs %d; "+
			"updating it affects every deployment that uses it",
			t.place(), with, state.Version, preflight.BootstrapNeeded)
		p.Next = t.bootstrapUpdate()
	case len(state.Others) > 0 && !t.bootstrap.Qualified():
		p.What += " with the default qualifier, but with " + strings.Join(state.Others, ", ")
		p.Next = t.Command("deploy") + contextFlags(append(slices.Clone(t.context),
			cdk.ContextQualifier+"="+state.Others[0]))
	case len(state.Others) > 0:
		p.What += ", but with " + strings.Join(state.Others, ", ")
	case state.Occupied:
		p.What += fmt.Sprintf(", and the stack %s exists: a new bootstrap would replace its resources",
			t.bootstrap.StackName())
		p.Next = t.AWS("aws cloudformation describe-stack-resources --stack-name " +
			safetext.Word(t.bootstrap.StackName()))
	case state.OthersErr != nil:
		p.What += fmt.Sprintf(" (whether it has another bootstrap is unknown: the credentials may not call %s)",
			session.DeniedAction(state.OthersErr))
	}
	return p
}

// bootstrapUpdate returns the command that updates the bootstrap. The name of its stack is
// unknown, so CloudFormation finds the stack by the parameter that holds the version.
func (t *target) bootstrapUpdate() string {
	parameter := "/cdk-bootstrap/" + t.bootstrap.Qualifier + "/version"
	name := t.AWS("aws cloudformation describe-stack-resources --physical-resource-id " + parameter +
		" --query 'StackResources[0].StackName' --output text")
	return t.CDK(fmt.Sprintf("bootstrap aws://%s/%s --qualifier %s --toolkit-stack-name \"$(%s)\"",
		t.Account, t.Region(), t.bootstrap.Qualifier, name))
}

// bootstrapCommand returns the command that bootstraps the target's account and region.
func (t *target) bootstrapCommand() string {
	var words []string
	for _, argument := range t.bootstrap.Arguments(t.partition(), t.Account, t.Region()) {
		words = append(words, safetext.Word(argument))
	}
	return t.CDK(strings.Join(words, " "))
}

// bootstrapBlocker returns the blocker in the bootstrap of the target's account and region. offer
// is a sentence, or empty: deploy offers to create that bootstrap first.
func (t *target) bootstrapBlocker(ctx context.Context) (offer string, blocker error) {
	state, blocker := t.bootstrapState(ctx, false)
	if blocker == nil && !state.Ready() {
		offer = view.Capitalize(t.bootstrapFault(state).Error()) + "; retrycatch deploy offers to bootstrap it."
	}
	return offer, blocker
}

// bootstrapAll bootstraps the accounts and regions of the targets.
func (a *app) bootstrapAll(ctx context.Context, cli cdk.CLI, targets []*target) (err error) {
	for _, t := range targets {
		a.console.Progress("Bootstrapping %s for the CDK.", t.place())
		if cli.Access, err = t.cdkAccess(ctx); err != nil {
			return err
		}
		if err := a.bootstrap(ctx, cli, t); err != nil {
			return asBadResult(&problem.Problem{What: "bootstrapping failed", Err: err,
				Next: t.AWS("aws cloudformation describe-stack-events --stack-name " +
					safetext.Word(t.bootstrap.StackName()))})
		}
	}
	return nil
}

// settingsBlockers returns the blockers in the project's CDK settings.
func (a *app) settingsBlockers(ctx context.Context, t *target, s cdk.Settings) []error {
	var blockers []error
	if role := s.RoleARN; role.Value != "" {
		a.console.Progress("CloudFormation uses the role %s (%s).", safetext.Line(role.Value), role.Source)
		blockers = preflight.DeployRole(ctx, t.Config, role.Value, role.Source, t.Account)
	}
	if boundary := t.bootstrap.BoundaryARN(t.partition(), t.Account, t.Region()); boundary != "" {
		blockers = append(blockers, preflight.Boundary(ctx, t.Config, boundary))
	}
	for _, tag := range s.Tags {
		for _, own := range deployment.StackTags(t.stackName) {
			if tag.Key == own.Key && tag.Value != own.Value {
				blockers = append(blockers, &problem.Problem{
					What: fmt.Sprintf("the tag %s=%s in cdk.json replaces the stack's own tag %s=%s, "+
						"which identifies the stack", tag.Key, tag.Value, own.Key, own.Value),
					Next: "rename the tag " + tag.Key + " in cdk.json"})
			}
		}
	}
	return blockers
}

// stackTags returns the tags to pass to the CDK CLI, or nil if the settings have none. The CDK CLI
// replaces a stack's own tags with those of the settings, so both are passed:
// https://github.com/aws/aws-cdk-cli/blob/main/packages/aws-cdk/lib/cli/cdk-toolkit.ts
func stackTags(s cdk.Settings, stackName string) []cdk.Tag {
	if len(s.Tags) == 0 {
		return nil
	}
	var tags []cdk.Tag
	for _, own := range deployment.StackTags(stackName) {
		tags = append(tags, cdk.Tag(own))
	}
	for _, tag := range s.Tags {
		if !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	return tags
}
