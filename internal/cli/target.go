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

// target is the stack that a command uses, with its account and region.
type target struct {
	*session.Session
	stackID   string // the stack's ID in the CDK app
	stackName string
	stage     string              // empty if the names have no stage suffix
	profile   string              // from the command line or the CDK settings; may be empty
	project   string              // the value of --project
	folder    string              // the project folder; empty for the working folder
	function  string              // the name of the Lambda function
	expected  []resource.Resource // every resource that the stack can contain

	bootstrap cdk.Bootstrap // from the CDK settings

	mark    inventory.Mark        // the stack's newest event before a deployment
	options deployment.Deployment // the options from all sources
	context []string              // the options from -c, as NAME=VALUE
}

// openAll opens every stack of a deployment. With --region, it opens only the stack in that region.
func (a *app) openAll(ctx context.Context, d deployment.Deployment) ([]*target, error) {
	stacks := d.Stacks()
	if a.region != "" && len(d.Regions) > 0 {
		stacks = slices.DeleteFunc(stacks, func(s deployment.Stack) bool { return s.Region != a.region })
	}
	if len(stacks) == 0 {
		return nil, &problem.Problem{
			What: fmt.Sprintf("the region %s is not in the regions option: %s", a.region,
				strings.Join(d.Regions, ", ")),
			Next: a.withFlag("region", d.Regions[0])}
	}
	var targets []*target
	var problems []error
	for _, s := range stacks {
		t, err := a.open(ctx, s.Region, d, s)
		targets = append(targets, t)
		isSame := func(known error) bool { return known.Error() == err.Error() }
		if err != nil && !slices.ContainsFunc(problems, isSame) {
			problems = append(problems, err)
		}
		if failed := (*session.CredentialsError)(nil); errors.As(err, &failed) {
			break // opening another region would fail too, and might ask for an MFA code again
		}
	}
	if len(stacks) == 1 {
		a.opened = targets[0]
	}
	return targets, errors.Join(problems...)
}

// openOne opens the stack of the selected stage in one region. Depending on the regions option,
// some resource names contain the region. The expected resources therefore include each of these
// names both with and without the region.
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
			What: "the regions option lists more than one region: " + strings.Join(d.Regions, ", ") +
				"; choose one with --region",
			Next: a.withFlag("region", d.Regions[0])}
	}
	t.expected = t.expectedResources(deployment.AllNames(d.Stage, ""))
	for _, resource := range t.expectedResources(deployment.AllNames(d.Stage, t.Region())) {
		if !slices.Contains(t.expected, resource) {
			t.expected = append(t.expected, resource)
		}
	}
	return t, nil
}

// open opens one stack. If the parameter "region" is empty, the command line or the settings select
// the region. If the options set an account, the credentials must be for that account.
func (a *app) open(ctx context.Context, region string, d deployment.Deployment, s deployment.Stack) (*target, error) {
	settings, err := a.settings()
	if err != nil {
		return nil, err
	}
	access, err := a.selectAccess(settings, region)
	if err != nil {
		return nil, err
	}
	opened, err := a.connect(ctx, access)
	if err != nil {
		return nil, err
	}
	if d.Account != "" && opened.Account != d.Account {
		return nil, &problem.Problem{
			What: fmt.Sprintf("the credentials are for account %s, but the account option is %s",
				opened.Account, d.Account),
			Next: "use other credentials, for example with --profile, or correct the option"}
	}
	if !arn.IsARN(opened.Caller) {
		return nil, &problem.Problem{What: "sts:GetCallerIdentity returned no ARN: " + opened.Caller,
			Next: "check AWS_ENDPOINT_URL if it is set"}
	}
	folder, err := a.cdFolder()
	if err != nil {
		return nil, err
	}
	t := &target{Session: opened, folder: folder, stackID: s.ID, stackName: s.Names.Stack, stage: s.Stage,
		profile: access.profile, project: a.project,
		bootstrap: settings.Bootstrap(cdk.EnvContext()), function: s.Names.Function, options: d}
	t.expected = t.expectedResources(s.Names)
	return t, nil
}

// expectedResources returns the resources with these names in the target's account and region.
func (t *target) expectedResources(names deployment.Names) []resource.Resource {
	return resource.Expected(names, resource.Location{Partition: t.partition(), Region: t.Region(),
		Account: t.Account})
}

// place returns the target's account and region for messages.
func (t *target) place() string { return view.Location(t.Account, t.Region()) }

// Command returns a retrycatch command with the flags that select this stack.
func (t *target) Command(name string) string { return "retrycatch " + name + t.flags() }

// inspectCommand returns the command that inspects an execution. The command also works if the name
// begins with a hyphen.
func (t *target) inspectCommand(execution string, flags ...string) string {
	command, word := strings.Join(append([]string{"inspect"}, flags...), " "), safetext.Word(execution)
	if strings.HasPrefix(execution, "-") {
		return t.Command(command) + " -- " + word
	}
	return t.Command(command + " " + word)
}

// selection returns the flags that select this stack, with their values. A value may be empty.
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

// CDK returns a command line that runs the project's CDK CLI with these arguments and the target's
// profile. The command line first changes to the project folder, because in any other folder, npx
// would use the newest CDK CLI.
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

// AWS adds the region and profile to an AWS CLI command.
func (t *target) AWS(line string) string {
	line += " --region " + safetext.Word(t.Region())
	if t.profile != "" {
		line += " --profile " + safetext.Word(t.profile)
	}
	return line
}

// OtherStageCommand returns the command that deploys another stage, whose resources have other
// names.
func (t *target) OtherStageCommand() string {
	other := *t
	other.stage = otherStage(t.stage)
	return other.Command("deploy") + contextFlags(withoutOption(t.context, deployment.OptionStage))
}

// otherStage returns a different stage: dev if the given stage is empty, or else the given stage
// with the next number at its end.
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

// RegionalCommand returns the command that deploys with the region in each name that must be unique
// in the account.
func (t *target) RegionalCommand() string {
	return t.Command("deploy") + " -c " + deployment.OptionRegions + "=" + t.Region() +
		contextFlags(withoutOption(t.context, deployment.OptionRegions))
}

// withoutOption returns the pairs that do not set the option.
func withoutOption(pairs []string, option string) []string {
	return slices.DeleteFunc(slices.Clone(pairs), func(pair string) bool { return strings.HasPrefix(pair, option+"=") })
}

func (t *target) teardownTarget() teardown.Target {
	return teardown.Target{StackName: t.stackName, Function: t.function, Expected: t.expected}
}

// stack returns the target's deployed stack. It returns a problem if the stack is not deployed or
// retrycatch did not create it.
func (a *app) stack(ctx context.Context, t *target) (*inventory.Stack, error) {
	stack, err := inventory.CurrentStack(ctx, t.Config, t.stackName)
	if err != nil {
		return nil, err
	}
	if stack == nil {
		return nil, a.unknownStageError(ctx, t)
	}
	if err := t.foreignError(stack); err != nil {
		return nil, err
	}
	return stack, nil
}

// foreignError returns a problem if retrycatch did not create the stack. The next step lists the
// stacks that retrycatch created.
func (t *target) foreignError(stack *inventory.Stack) error {
	foreign := (*problem.Problem)(nil)
	if !errors.As(preflight.CheckOwner(stack, t), &foreign) {
		return nil
	}
	const list = `aws cloudformation describe-stacks --query "Stacks[?Tags[?Key=='%s' && Value=='%s']].StackName"`
	foreign.Next = t.AWS(fmt.Sprintf(list, deployment.TagProject, deployment.Project))
	return foreign
}

// command returns a retrycatch command with the flags that select the stack, even before the stack
// is open.
func (a *app) command(name string) string {
	if a.opened != nil {
		return a.opened.Command(name)
	}
	command := "retrycatch " + name
	for _, pair := range a.stagePairs {
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

func (t *target) notDeployedError() error {
	return &problem.Problem{What: "the stack " + t.stackName + " is not deployed in " + t.place(),
		Next: t.Command("deploy")}
}
