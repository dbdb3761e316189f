package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"retrycatch/internal/cdk"
	"retrycatch/internal/deployment"
	"retrycatch/internal/inventory"
	"retrycatch/internal/problem"
	"retrycatch/internal/session"
)

// target is a stack in an account: what a command works on.
type target struct {
	*session.Session
	stackID   string // by which the CDK CLI knows it
	stackName string
	flags     string               // that have a command work on this stack and no other
	expected  []inventory.Resource // by their names, whether they are there or not
}

// options reads the deployment's options where the CDK CLI does: in its files, in CDK_CONTEXT, and in the command line's
// pairs. A later place counts more. pairs are those that the CDK CLI has to be told.
func (a *app) options(commandLine []string) (d deployment.Deployment, pairs []string, err error) {
	pairs = slices.Concat(cdk.Context(), commandLine, a.stage)
	named := map[string]bool{}
	for _, pair := range slices.Concat(commandLine, a.stage) {
		if stage, ok := strings.CutPrefix(pair, deployment.OptionStage+"="); ok {
			named[stage] = true
		}
	}
	var twoStages error
	if len(named) > 1 {
		twoStages = &problem.Problem{What: "the command line names two stages", Next: "name one, with --stage"}
	}
	context, contextErr := projectContext()
	d, err = deployment.FromPairs(pairs, context)
	if err := errors.Join(twoStages, contextErr, wrongOptions(err)); err != nil {
		return deployment.Deployment{}, pairs, err
	}
	return d, pairs, nil
}

// projectContext is what the CDK's files say, if there is a project here at all: most commands work without one.
func projectContext() (map[string]any, error) {
	folder, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	project, err := cdk.FindProject(folder)
	if err != nil {
		return nil, nil
	}
	return cdk.ProjectContext(project)
}

// wrongOptions gives each wrong option its next step.
func wrongOptions(err error) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var each []error
		for _, one := range joined.Unwrap() {
			each = append(each, wrongOptions(one))
		}
		return errors.Join(each...)
	}
	if option := (*deployment.OptionError)(nil); errors.As(err, &option) {
		return &problem.Problem{What: option.Error(), Next: "correct it, on the command line or in cdk.json, and run this again"}
	}
	return err
}

// openAll opens the access to each stack of a deployment, or to the one in the region that the command line names.
func (a *app) openAll(ctx context.Context, d deployment.Deployment) ([]*target, error) {
	stacks := d.Stacks()
	if a.access.Region != "" && len(d.Regions) > 0 {
		stacks = slices.DeleteFunc(stacks, func(s deployment.Stack) bool { return s.Region != a.access.Region })
	}
	if len(stacks) == 0 {
		return nil, &problem.Problem{What: fmt.Sprintf("the region %s is none of the option regions: %s", a.access.Region, strings.Join(d.Regions, ", ")),
			Next: "name one of them, or add it to the option"}
	}
	var targets []*target
	var problems []error
	for _, s := range stacks {
		access := a.access
		if s.Region != "" {
			access.Region = s.Region
		}
		t, err := open(ctx, access, d.Account, s)
		targets, problems = append(targets, t), append(problems, err)
	}
	return targets, errors.Join(problems...)
}

// openOne opens the access to the stack of a stage in one region, however it was deployed. Expected is all that it may
// have: the names of some of its resources depend on whether it was deployed to several regions.
func (a *app) openOne(ctx context.Context) (*target, error) {
	d, _, err := a.options(nil)
	if err != nil {
		return nil, err
	}
	whole := deployment.Deployment{Stage: d.Stage, Observability: true, AlarmEmail: "anybody"}
	access := a.access
	if access.Region == "" && len(d.Regions) == 1 {
		access.Region = d.Regions[0]
	}
	t, err := open(ctx, access, d.Account, whole.Stacks()[0])
	if err != nil {
		return nil, err
	}
	if access.Region == "" && len(d.Regions) > 1 && !slices.Contains(d.Regions, t.Region()) {
		return nil, &problem.Problem{What: "the option regions names several: " + strings.Join(d.Regions, ", "), Next: "name one of them with --region"}
	}
	whole.Regions = []string{t.Region()}
	for _, resource := range t.names(whole.Stacks()[0]) {
		if !slices.Contains(t.expected, resource) {
			t.expected = append(t.expected, resource)
		}
	}
	return t, nil
}

// open opens the access to one stack, in the account that it must be, if any.
func open(ctx context.Context, access session.Options, account string, s deployment.Stack) (*target, error) {
	opened, err := session.Open(ctx, access)
	if err != nil {
		return nil, err
	}
	if account != "" && opened.Account != account {
		return nil, &problem.Problem{What: fmt.Sprintf("the credentials belong to the account %s, and the option account names %s", opened.Account, account),
			Next: "use other credentials, for example with --profile, or correct the option"}
	}
	if !arn.IsARN(opened.Caller) {
		return nil, &problem.Problem{What: "sts:GetCallerIdentity answered with no ARN but " + opened.Caller,
			Next: "check AWS_ENDPOINT_URL if it is set"}
	}
	t := &target{Session: opened, stackID: s.ID, stackName: s.Names.Stack}
	for _, flag := range [][2]string{{"stage", s.Stage}, {"region", access.Region}, {"profile", access.Profile}} {
		if flag[1] != "" {
			t.flags += " --" + flag[0] + " " + flag[1]
		}
	}
	t.expected = t.names(s)
	return t, nil
}

// names are the resources that the stack's names make in the target's account and region.
func (t *target) names(s deployment.Stack) []inventory.Resource {
	caller, _ := arn.Parse(t.Caller) // open has seen that it is one
	return inventory.Expected(s.Names, caller.Partition, t.Region(), t.Account)
}

// place is where the target is, for messages.
func (t *target) place() string { return "account " + t.Account + ", region " + t.Region() }

// command is a command line for this very stack: without its flags the command would work on another.
func (t *target) command(name string) string { return "retrycatch " + name + t.flags }

// stack returns the deployed stack, or a problem that names the next step when there is none.
func (t *target) stack(ctx context.Context) (*inventory.Stack, error) {
	stack, err := inventory.FindStack(ctx, t.Config, t.stackName)
	if err != nil {
		return nil, session.Explain(err)
	}
	if stack == nil {
		return nil, &problem.Problem{What: "the stack " + t.stackName + " is not deployed in " + t.place(),
			Next: "run " + t.command("deploy") + ", or name another --stage, --region or --profile"}
	}
	return stack, nil
}
