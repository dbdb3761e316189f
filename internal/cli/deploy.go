package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"retrycatch/internal/cdk"
	"retrycatch/internal/deployment"
	"retrycatch/internal/health"
	"retrycatch/internal/inventory"
	"retrycatch/internal/problem"
	"retrycatch/internal/safetext"
	"retrycatch/internal/scratch"
	"retrycatch/internal/view"
)

// interruptedLimit limits how long the last calls may take after an interrupt.
const interruptedLimit = 10 * time.Second

// After a deployment, deploy reexamines resources that seem faulty, because reads may be stale.
const (
	maxExaminations  = 3
	examinationDelay = 5 * time.Second // between examinations
)

type deployOptions struct {
	context []string
	yes     bool
	output  outputFlag
}

func (a *app) deploy() *cobra.Command {
	o := deployOptions{output: outputText}
	cmd := &cobra.Command{
		Use:   "deploy",
		Short: "Check the account and deploy the stack with the CDK",
		Long:  "Check the account, bootstrap it if you agree, deploy the stack with the CDK, and examine each resource.",
		Example: example("Deploy to your default account and region", "retrycatch deploy",
			"Deploy a second stack without prompts", "retrycatch deploy --stage dev --yes",
			"Deploy without the alarms and the dashboard", "retrycatch deploy -c observability=off"),
		GroupID: groupDeploy,
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.runDeploy(cmd.Context(), o) },
	}
	a.accessFlags(cmd)
	cmd.Flags().StringArrayVarP(&o.context, "context", "c", nil,
		"set a deployment option, with the same syntax as cdk deploy: `NAME=VALUE`, where NAME is one of "+
			strings.Join(deployment.OptionNames(), ", "))
	completeFlag(cmd, "context", completeOptions)
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, "bootstrap and deploy without prompts")
	outputVar(cmd, &o.output, "the stack outputs")
	return cmd
}

func (a *app) runDeploy(ctx context.Context, o deployOptions) error {
	r, err := a.prepare(ctx, o)
	if err != nil {
		return err
	}
	return errors.Join(a.rollOut(ctx, r), r.synthesis.Close())
}

// prepare opens a target in each region and starts the synthesis. The caller must close the
// synthesis.
func (a *app) prepare(ctx context.Context, o deployOptions) (rollout, error) {
	r := rollout{options: o}
	cli, err := a.cdk()
	if err != nil {
		return r, err // without a project, there are no options to check
	}
	toolErr := errors.Join(cli.Check(), scratch.SelectTempDir())
	d, pairs, optionErr := a.options(o.context)
	settings, settingsErr := a.settings()
	if settingsErr != nil {
		return r, errors.Join(optionErr, toolErr)
	}
	targets, accessErr := a.openAll(ctx, d)
	for _, t := range targets {
		if t != nil {
			t.context, t.bootstrap = o.context, settings.Bootstrap(pairs)
			a.assumeBootstrapRoles(t)
		}
	}
	if err := errors.Join(optionErr, toolErr, accessErr); err != nil {
		return r, err
	}
	// All regions share these credentials. With several regions, the CDK app sets the region of
	// each stack.
	if cli.Access, err = targets[0].cdkAccess(ctx); err != nil {
		return r, err
	}
	r.cli, r.targets, r.settings, r.pairs = cli, targets, settings, pairs
	r.synthesis = cli.Synthesize(ctx, r.stackIDs()[0], pairs)
	return r, nil
}

// rollout holds a deployment to one or more regions.
type rollout struct {
	cli       cdk.CLI
	targets   []*target
	settings  cdk.Settings
	pairs     []string // the options NAME=VALUE for the CDK CLI
	options   deployOptions
	synthesis *cdk.Synthesis
}

// stackIDs lists the stack IDs that the CDK CLI uses.
func (r rollout) stackIDs() (ids []string) {
	for _, t := range r.targets {
		ids = append(ids, t.stackID)
	}
	return ids
}

// assembly waits for the synthesis and returns its result.
func (r rollout) assembly(ctx context.Context) (cdk.Assembly, error) {
	assembly, err := r.synthesis.Wait()
	if err != nil && ctx.Err() == nil {
		err = &problem.Problem{What: "the CDK cannot synthesize the app", Err: err,
			Next: r.targets[0].CDK("synth --quiet " + strings.Join(r.stackIDs(), " ") + contextFlags(r.pairs))}
	}
	return assembly, err
}

// rollOut checks each target, bootstraps where necessary, and deploys. It reports all blockers
// before it changes anything and without waiting for the synthesis.
func (a *app) rollOut(ctx context.Context, r rollout) error {
	a.announce(r.targets...)
	unbootstrapped, err := a.checkTargets(ctx, r)
	if err != nil {
		return a.handleDeclined(err)
	}
	assembly, err := r.assembly(ctx)
	if err != nil {
		return err
	}
	if err := a.bootstrapAll(ctx, r.cli, unbootstrapped); err != nil {
		return err
	}
	for _, t := range r.targets {
		if t.mark, err = inventory.MarkEvents(ctx, t.Config, t.stackName); err != nil {
			return err
		}
		// Temporary credentials may have been renewed while the previous stack was deployed.
		if r.cli.Access, err = r.targets[0].cdkAccess(ctx); err != nil {
			return err
		}
		err := a.deployStack(ctx, r, t, assembly)
		switch {
		case errors.Is(err, cdk.ErrDeclined):
			what := "Nothing was deployed."
			if t != r.targets[0] { // the earlier regions are deployed
				what = "Nothing was deployed to " + t.place() + "."
			}
			return a.handleDeclined(&declined{what: what, next: a.commandLine("--yes")})
		case err != nil:
			return asBadResult(a.failedDeployProblem(ctx, r.targets, err))
		}
	}
	err = a.showDeployed(ctx, r.targets, r.options.output)
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return asBadResult(a.failedDeployProblem(ctx, r.targets, err))
	}
	return err
}

// failedDeployProblem returns a problem that names the status of each stack, even after an
// interrupt. The next step shows the first existing stack whose deployment did not succeed. Without
// such a stack, it repeats the command.
func (a *app) failedDeployProblem(ctx context.Context, targets []*target, cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), interruptedLimit)
	defer cancel()
	p := &problem.Problem{What: "the deployment failed", Err: cause}
	interrupted := errors.Is(cause, context.Canceled)
	if interrupted {
		p.What = "the deployment was interrupted"
	}
	for _, t := range targets {
		p.What += fmt.Sprintf("; in the region %s ", t.Region())
		stack, err := inventory.FindStack(ctx, t.Config, t.stackName)
		switch {
		case err != nil:
			p.What += "the stack cannot be read: " + view.Explanation(err)
		case stack == nil:
			p.What += "the stack does not exist"
			continue
		default:
			p.What += fmt.Sprintf("the stack is %s", stack.Status)
			if interrupted && stack.InProgress() {
				p.What += ", and CloudFormation continues"
			}
		}
		if err != nil || !isComplete(stack) {
			p.Next = cmp.Or(p.Next, t.Command("status"))
		}
	}
	p.Next = cmp.Or(p.Next, a.commandLine())
	return p
}

// isComplete reports whether the last deployment of a stack succeeded.
func isComplete(stack *inventory.Stack) bool {
	return strings.HasSuffix(string(stack.Status), "_COMPLETE") && !strings.Contains(string(stack.Status), "ROLLBACK")
}

// showDeployed prints the stack outputs once all stacks are complete. Its error names each missing
// or edited resource. Deploying an unchanged template succeeds, but does not repair such a
// resource.
func (a *app) showDeployed(ctx context.Context, targets []*target, output outputFlag) error {
	var deployed []*inventory.Stack
	for _, t := range targets {
		stack, err := inventory.AwaitDeployment(ctx, t.Config, t.stackName, t.mark)
		if err != nil {
			return asBadResult(err)
		}
		if stack == nil {
			return asBadResult(t.notDeployedError())
		}
		if !isComplete(stack) {
			return asBadResult(&problem.Problem{
				What: fmt.Sprintf("the CDK reports success, but the stack %s in %s is %s", stack.Name, t.place(),
					stack.Status),
				Next: t.AWS("aws cloudformation describe-stack-events --stack-name " + stack.Name)})
		}
		deployed = append(deployed, stack)
	}
	var stacks view.DeployedStacks
	var faults []error
	for i, t := range targets {
		faults = append(faults, asBadResult(a.verifyStack(ctx, t, deployed[i])))
		stacks = append(stacks, view.DeployedStack{
			Region: t.Region(), Stack: deployed[i].ARN, Status: string(deployed[i].Status), Outputs: t.outputs(deployed[i])})
	}
	a.show(stacks, output)
	a.success = success{"the deployment is complete", targets[0].Command("status")}
	a.next = targets[0].Command("run all")
	for i, t := range targets {
		if faults[i] == nil && output == outputText {
			a.console.Done("%s is %s in %s.", t.stackName, stacks[i].Status, t.place())
		}
	}
	return errors.Join(faults...)
}

// verifyStack examines every resource of the deployed stack.
func (a *app) verifyStack(ctx context.Context, t *target, stack *inventory.Stack) error {
	record, err := inventory.ReadRecord(ctx, t.Config, stack)
	if err != nil {
		return err
	}
	end := a.console.StartProgress("Examining each of the %s of %s.",
		view.Counted(len(record.InStack()), "resource"), t.stackName)
	examined, err := a.examineUntilHealthy(ctx, t, record)
	end()
	if err != nil {
		return err
	}
	if n := health.CountCompared(examined); n < len(examined) && !a.temporary {
		a.console.Progress("CloudFormation compared %d of %s with the template. To see why it skipped the others, run %s.",
			n, view.Counted(len(examined), "resource"), t.Command("status"))
	}
	for _, line := range denials(record, examined) {
		a.console.Progress("%s", safetext.Line(view.Capitalize(line)))
	}
	found := health.Diagnose(examined)
	prefix := fmt.Sprintf("the stack %s in %s is deployed, but ", t.stackName, t.place())
	switch {
	case len(found.Faults) > 0:
		return &problem.Problem{What: prefix + found.String(), Next: t.repairCommand(record, found.Revertible)}
	case found.UncheckedText() != "":
		return &problem.Problem{What: prefix + found.UncheckedText(), Next: t.recheckStep(found)}
	}
	return nil
}

// examineUntilHealthy repeats the examination for a few seconds, until the resources have no
// faults. Reads from IAM and Step Functions are eventually consistent, even in CloudFormation's
// drift detection.
func (a *app) examineUntilHealthy(ctx context.Context, t *target, record inventory.Record) ([]health.Resource, error) {
	for attempt := 1; ; attempt++ {
		examined, err := health.Examine(ctx, t.Config, record)
		if err != nil {
			return nil, err
		}
		if len(health.Diagnose(examined).Faults) == 0 || attempt == maxExaminations {
			return examined, nil
		}
		if attempt == 1 {
			a.console.Notice("Some resources differ from the template. " +
				"Examining them again, because reads may be stale.")
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(examinationDelay):
		}
	}
}
