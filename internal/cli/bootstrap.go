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

// checkTargets checks each target and returns the targets to bootstrap. Without --yes, it asks
// whether to bootstrap them, unless it found blockers. The error joins all blockers, or is a
// *declined if the user answered No.
func (a *app) checkTargets(ctx context.Context, r rollout) (unbootstrapped []*target, err error) {
	var problems []error
	states := map[*target]preflight.Bootstrap{}
	for _, t := range r.targets {
		problems = append(problems, preflight.CheckDeploy(ctx, t.Config, t.stackName, t.expected, t)...)
		problems = append(problems, a.settingsBlockers(ctx, t, r.settings)...)
		state, err := t.bootstrapState(ctx, r.options.yes)
		problems = append(problems, err)
		if err == nil && !state.Ready() {
			unbootstrapped, states[t] = append(unbootstrapped, t), state
		}
	}
	blockers, warnings := preflight.Split(problems)
	a.warn(warnings)
	if !r.options.yes && !a.console.Interactive {
		blockers = append(blockers, a.approvalBlockers(unbootstrapped, states)...)
	}
	if len(blockers) > 0 || r.options.yes {
		return unbootstrapped, errors.Join(blockers...)
	}
	// Ask only now: nothing else blocks the deployment.
	for _, t := range unbootstrapped {
		agreed, err := a.console.Confirm(ctx, t.bootstrapQuestion(states[t]))
		if err != nil {
			return nil, err
		}
		if !agreed {
			return nil, &declined{what: "Nothing was deployed.", next: t.bootstrapCommand()}
		}
	}
	return unbootstrapped, nil
}

// approvalBlockers returns the blockers of a deployment that needs approval but has no terminal to
// ask on. It suggests --yes only if --yes allows deploy to bootstrap every target.
func (a *app) approvalBlockers(unbootstrapped []*target, states map[*target]preflight.Bootstrap) (blockers []error) {
	what := "deploy needs approval to create IAM roles"
	for i, t := range unbootstrapped {
		if !t.canBootstrap(states[t], true) {
			blockers = append(blockers, t.bootstrapProblem(states[t]))
		}
		if i == 0 {
			what += " and to bootstrap " + t.place()
		} else {
			what += " and " + t.place()
		}
	}
	if len(blockers) > 0 {
		return blockers
	}
	return []error{&problem.Problem{
		What: what + ", but there is no terminal", Next: a.commandLine("--yes")}}
}

// bootstrapState returns the state of the target's bootstrap. It returns an error if the bootstrap
// is missing or outdated and this command is not allowed to create it. If the credentials cannot
// read the bootstrap, the error is a *preflight.Warning. yes reports whether --yes is set.
func (t *target) bootstrapState(ctx context.Context, yes bool) (preflight.Bootstrap, error) {
	if !t.bootstrap.HasValidQualifier() {
		return preflight.Bootstrap{}, t.invalidQualifierError()
	}
	state, err := t.readBootstrap(ctx)
	switch {
	case err != nil:
		return state, preflight.BootstrapWarning(err)
	case !state.Ready() && !t.canBootstrap(state, yes):
		return state, t.bootstrapProblem(state)
	}
	return state, nil
}

func (t *target) invalidQualifierError() error {
	return &problem.Problem{
		What: fmt.Sprintf("%s cannot be %q: it must have 1 to 10 letters, digits, hyphens or underscores",
			cdk.ContextQualifier, t.bootstrap.Qualifier),
		Next: "correct it on the command line or in cdk.json"}
}

// canBootstrap reports whether this command is allowed to create the bootstrap. It must not update
// a bootstrap, because other deployments might use it, nor add a second one to a region. With
// --yes, it creates only the CDK's default bootstrap, after a successful search for others.
func (t *target) canBootstrap(state preflight.Bootstrap, yes bool) bool {
	return state.Absent() && (!yes || state.ConflictsErr == nil && !t.bootstrap.IsCustom())
}

func (t *target) readBootstrap(ctx context.Context) (preflight.Bootstrap, error) {
	return preflight.ReadBootstrap(ctx, t.Config, t.bootstrap.Qualifier, t.bootstrap.StackName())
}

// bootstrapQuestion asks whether to bootstrap the target's account and region.
func (t *target) bootstrapQuestion(state preflight.Bootstrap) string {
	return view.Capitalize(t.bootstrapProblem(state).Error()) + ".\nBootstrap it now? " +
		"This creates a bucket and roles, one of them with AdministratorAccess. They remain after retrycatch destroy."
}

// bootstrapProblem explains why the target's bootstrap does not let the CDK deploy.
func (t *target) bootstrapProblem(state preflight.Bootstrap) error {
	qualifier := ""
	if t.bootstrap.HasCustomQualifier() {
		qualifier = " with the qualifier " + t.bootstrap.Qualifier
	}
	p := &problem.Problem{What: fmt.Sprintf("%s is not bootstrapped for the CDK%s", t.place(), qualifier),
		Next: t.bootstrapCommand()}
	switch {
	case state.Version > 0:
		p.What = fmt.Sprintf("the CDK bootstrap of %s%s is outdated: its version is %d, and the stack needs %d; "+
			"an update affects every deployment that uses it",
			t.place(), qualifier, state.Version, preflight.BootstrapNeeded)
		p.Next = t.bootstrapUpdateCommand()
	case len(state.Others) > 0 && !t.bootstrap.HasCustomQualifier():
		p.What += " with the default qualifier, only with the qualifier " + alternatives(state.Others)
		p.Next = t.Command("deploy") + contextFlags(append(slices.Clone(t.context),
			cdk.ContextQualifier+"="+state.Others[0]))
	case len(state.Others) > 0:
		p.What += ", only with the qualifier " + alternatives(state.Others)
	case state.NameInUse:
		p.What += fmt.Sprintf(", but the stack %s exists: a new bootstrap would replace its resources",
			t.bootstrap.StackName())
		p.Next = t.AWS("aws cloudformation describe-stack-resources --stack-name " +
			safetext.Word(t.bootstrap.StackName()))
	case state.ConflictsErr != nil:
		p.What += fmt.Sprintf(" (cannot check for another bootstrap: the credentials cannot call %s)",
			session.DeniedAction(state.ConflictsErr))
	}
	return p
}

// bootstrapUpdateCommand returns the command that updates the bootstrap. The name of the
// bootstrap's stack is unknown, so the command finds the stack through the SSM parameter that
// holds the version.
func (t *target) bootstrapUpdateCommand() string {
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

// bootstrapBlocker returns a blocker if the CDK cannot deploy with the target's bootstrap. If
// deploy would offer to create the bootstrap, bootstrapBlocker returns a sentence about that offer
// instead.
func (t *target) bootstrapBlocker(ctx context.Context) (offer string, blocker error) {
	state, blocker := t.bootstrapState(ctx, false)
	if blocker == nil && !state.Ready() {
		offer = view.Capitalize(t.bootstrapProblem(state).Error()) + "; retrycatch deploy offers to bootstrap it."
	}
	return offer, blocker
}

// bootstrapAll bootstraps the account and region of each target.
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

// settingsBlockers returns the problems with the project's CDK settings that block a deployment.
func (a *app) settingsBlockers(ctx context.Context, t *target, s cdk.Settings) []error {
	var blockers []error
	if role := s.RoleARN; role.Value != "" {
		a.console.Progress("CloudFormation uses the role %s (%s).", safetext.Line(role.Value), role.Source)
		blockers = preflight.CheckDeployRole(ctx, t.Config, role.Value, role.Source, t.Account)
	}
	if boundary := t.bootstrap.BoundaryARN(t.partition(), t.Account, t.Region()); boundary != "" {
		blockers = append(blockers, preflight.CheckBoundary(ctx, t.Config, boundary))
	}
	for _, tag := range s.Tags {
		for _, stackTag := range deployment.StackTags(t.stackName) {
			if tag.Key == stackTag.Key && tag.Value != stackTag.Value {
				blockers = append(blockers, &problem.Problem{
					What: fmt.Sprintf("the tag %s=%s in cdk.json replaces the stack's own tag %s=%s, "+
						"which identifies the stack", tag.Key, tag.Value, stackTag.Key, stackTag.Value),
					Next: "rename the tag " + tag.Key + " in cdk.json"})
			}
		}
	}
	return blockers
}

// stackTags returns the tags to pass to the CDK CLI, or nil if the settings have none. Tags from
// the settings replace the stack's own tags in the CDK CLI, so stackTags returns both:
// https://github.com/aws/aws-cdk-cli/blob/main/packages/aws-cdk/lib/cli/cdk-toolkit.ts
func stackTags(s cdk.Settings, stackName string) []cdk.Tag {
	if len(s.Tags) == 0 {
		return nil
	}
	var tags []cdk.Tag
	for _, stackTag := range deployment.StackTags(stackName) {
		tags = append(tags, cdk.Tag(stackTag))
	}
	for _, tag := range s.Tags {
		if !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	return tags
}
