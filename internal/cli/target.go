package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"retrycatch/internal/cdk"
	"retrycatch/internal/deployment"
	"retrycatch/internal/inventory"
	"retrycatch/internal/preflight"
	"retrycatch/internal/problem"
	"retrycatch/internal/resource"
	"retrycatch/internal/safetext"
	"retrycatch/internal/session"
	"retrycatch/internal/teardown"
	"retrycatch/internal/view"
)

// target is the stack, in an account and region, that a command works on.
type target struct {
	*session.Session
	stackID   string // the CDK CLI's name for it
	stackName string
	stage     string              // empty for the deployment without a suffix
	profile   string              // that the command line or the CDK's settings name; empty for the environment's
	project   string              // as --project names it; empty where it was not given
	folder    string              // the project's; empty where it is the working folder
	function  string              // the function's name
	expected  []resource.Resource // all that the stack may have; some may not exist

	bootstrap cdk.Bootstrap // that the settings select

	mark    inventory.Mark        // the stack's newest event before a deployment
	known   deployment.Deployment // the options that the command knows
	context []string              // the options that the command line gives with -c, as NAME=VALUE
}

// openAll opens each stack of a deployment, or only the one in the region that the command line
// names.
func (a *app) openAll(ctx context.Context, d deployment.Deployment) ([]*target, error) {
	stacks := d.Stacks()
	if a.region != "" && len(d.Regions) > 0 {
		stacks = slices.DeleteFunc(stacks, func(s deployment.Stack) bool { return s.Region != a.region })
	}
	if len(stacks) == 0 {
		return nil, &problem.Problem{
			What: fmt.Sprintf("the option regions does not have the region %s: %s", a.region,
				strings.Join(d.Regions, ", ")),
			Next: a.setting("region", d.Regions[0])}
	}
	var targets []*target
	var problems []error
	for _, s := range stacks {
		t, err := a.open(ctx, s.Region, d, s)
		targets = append(targets, t)
		same := func(known error) bool { return known.Error() == err.Error() }
		if err != nil && !slices.ContainsFunc(problems, same) {
			problems = append(problems, err)
		}
		if failed := (*session.CredentialsError)(nil); errors.As(err, &failed) {
			break // every region has the same credentials, and would ask for another MFA code
		}
	}
	if len(stacks) == 1 {
		a.opened = targets[0]
	}
	return targets, errors.Join(problems...)
}

// openOne opens the stack of a stage in one region. The target's expected resources cover every way
// to deploy it: some names depend on whether it was deployed with the option regions.
func (a *app) openOne(ctx context.Context) (*target, error) {
	d, _, err := a.options(nil)
	if err != nil {
		return nil, err
	}
	region := a.region
	if region == "" && len(d.Regions) == 1 {
		region = d.Regions[0]
	}
	t, err := a.open(ctx, region, d, deployment.Deployment{Stage: d.Stage}.Stacks()[0])
	if err != nil {
		return nil, err
	}
	a.opened = t
	if region == "" && len(d.Regions) > 1 && !slices.Contains(d.Regions, t.Region()) {
		return nil, &problem.Problem{
			What: "the option regions names several: " + strings.Join(d.Regions, ", ") + "; --region names one of them",
			Next: a.setting("region", d.Regions[0])}
	}
	t.expected = t.expects(deployment.AllNames(d.Stage, ""))
	for _, resource := range t.expects(deployment.AllNames(d.Stage, t.Region())) {
		if !slices.Contains(t.expected, resource) {
			t.expected = append(t.expected, resource)
		}
	}
	return t, nil
}

// open opens one stack, in the region of the settings if the region is empty. It returns an error
// if the options name another account.
func (a *app) open(ctx context.Context, region string, d deployment.Deployment, s deployment.Stack) (*target, error) {
	settings, err := a.settings()
	if err != nil {
		return nil, err
	}
	chosen, err := a.selectAccess(settings, region)
	if err != nil {
		return nil, err
	}
	opened, err := a.connect(ctx, chosen)
	if err != nil {
		return nil, err
	}
	if d.Account != "" && opened.Account != d.Account {
		return nil, &problem.Problem{
			What: fmt.Sprintf("the credentials belong to the account %s, and the option account names %s",
				opened.Account, d.Account),
			Next: "use other credentials, for example with --profile, or correct the option"}
	}
	if !arn.IsARN(opened.Caller) {
		return nil, &problem.Problem{What: "sts:GetCallerIdentity answered without an ARN: " + opened.Caller,
			Next: "check AWS_ENDPOINT_URL if it is set"}
	}
	folder, err := a.elsewhere()
	if err != nil {
		return nil, err
	}
	t := &target{Session: opened, folder: folder, stackID: s.ID, stackName: s.Names.Stack, stage: s.Stage,
		profile: chosen.profile, project: a.project,
		bootstrap: settings.Bootstrap(cdk.Context()), function: s.Names.Function, known: d}
	t.expected = t.expects(s.Names)
	return t, nil
}

// expects lists the resources with these names in the target's account and region.
func (t *target) expects(names deployment.Names) []resource.Resource {
	return resource.Expected(names, resource.Place{Partition: t.partition(), Region: t.Region(),
		Account: t.Account})
}

// place names the target's account and region in messages.
func (t *target) place() string { return view.Place(t.Account, t.Region()) }

// Command returns a retrycatch command with the flags that select this stack.
func (t *target) Command(name string) string { return "retrycatch " + name + t.flags() }

// inspectCommand returns the command that inspects an execution. Its name may begin with a hyphen.
func (t *target) inspectCommand(execution string, flags ...string) string {
	command, word := strings.Join(append([]string{"inspect"}, flags...), " "), safetext.Word(execution)
	if strings.HasPrefix(execution, "-") {
		return t.Command(command) + " -- " + word
	}
	return t.Command(command + " " + word)
}

// selection lists the flags that select this stack, with their values. Some values are empty.
func (t *target) selection() [][2]string {
	return [][2]string{{"stage", t.stage}, {"region", t.Region()}, {"profile", t.profile}, {"project", t.project}}
}

func (t *target) flags() string {
	flags := ""
	for _, flag := range t.selection() {
		if flag[1] != "" {
			flags += " --" + flag[0] + " " + safetext.Word(flag[1])
		}
	}
	return flags
}

// CDK is a command line of the project's CDK CLI for the profile. Outside of the project's folder,
// npx would take the newest CDK CLI.
func (t *target) CDK(arguments string) string {
	line := "npx cdk " + arguments
	if t.profile != "" {
		line += " --profile " + safetext.Word(t.profile)
	}
	if t.folder != "" {
		line = "cd " + safetext.Word(t.folder) + " && " + line
	}
	return line
}

// AWS returns an AWS CLI command with the region and profile.
func (t *target) AWS(line string) string {
	line += " --region " + safetext.Word(t.Region())
	if t.profile != "" {
		line += " --profile " + safetext.Word(t.profile)
	}
	return line
}

// Elsewhere returns the command that deploys as another stage, and so under other names.
func (t *target) Elsewhere() string {
	other := *t
	other.stage = otherStage(t.stage)
	return other.Command("deploy") + contextFlags(without(t.context, deployment.OptionStage))
}

// otherStage suggests a stage beside the given one: dev, or the next number.
func otherStage(stage string) string {
	if stage == "" {
		return "dev"
	}
	base, number := stage, 2
	if i := strings.LastIndex(stage, "-"); i > 0 {
		if n, err := strconv.Atoi(stage[i+1:]); err == nil {
			base, number = stage[:i], n+1
		}
	}
	suffix := "-" + strconv.Itoa(number)
	return strings.TrimRight(base[:min(len(base), deployment.StageLength-len(suffix))], "-") + suffix
}

// Regional returns the command that deploys with the region in the names that are unique in the
// account.
func (t *target) Regional() string {
	return t.Command("deploy") + " -c " + deployment.OptionRegions + "=" + t.Region() +
		contextFlags(without(t.context, deployment.OptionRegions))
}

// without leaves an option out of pairs.
func without(pairs []string, option string) []string {
	return slices.DeleteFunc(slices.Clone(pairs), func(pair string) bool { return strings.HasPrefix(pair, option+"=") })
}

// deployment returns the target of a teardown.
func (t *target) deployment() teardown.Target {
	return teardown.Target{StackName: t.stackName, Function: t.function, Expected: t.expected}
}

// stack returns the deployed stack, or a problem if it is not deployed.
func (t *target) stack(ctx context.Context) (*inventory.Stack, error) {
	stack, err := inventory.CurrentStack(ctx, t.Config, t.stackName)
	if err != nil {
		return nil, err
	}
	if stack == nil {
		return nil, t.unknownStage(ctx)
	}
	if err := t.foreign(stack); err != nil {
		return nil, err
	}
	return stack, nil
}

// foreign returns a problem for somebody else's stack with the target's name, and nil for our
// stack. The next step lists our stacks.
func (t *target) foreign(stack *inventory.Stack) error {
	foreign := (*problem.Problem)(nil)
	if !errors.As(preflight.Foreign(stack, t), &foreign) {
		return nil
	}
	const ours = `aws cloudformation describe-stacks --query "Stacks[?Tags[?Key=='%s' && Value=='%s']].StackName"`
	foreign.Next = t.AWS(fmt.Sprintf(ours, deployment.TagProject, deployment.Project))
	return foreign
}

// command completes a command of retrycatch for the stack that the command line names, also before
// there is access to it.
func (a *app) command(name string) string {
	if a.opened != nil {
		return a.opened.Command(name)
	}
	command := "retrycatch " + name
	for _, pair := range a.stage {
		command += " --stage " + safetext.Word(strings.TrimPrefix(pair, deployment.OptionStage+"="))
	}
	for _, flag := range [][2]string{{"region", a.region}, {"profile", a.profile},
		{"project", a.project}} {
		if flag[1] != "" {
			command += " --" + flag[0] + " " + safetext.Word(flag[1])
		}
	}
	return command
}

func (t *target) notDeployed() error {
	return &problem.Problem{What: "the stack " + t.stackName + " is not deployed in " + t.place(),
		Next: t.Command("deploy")}
}
