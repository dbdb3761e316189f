package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/spf13/cobra"

	"retrycatch/internal/preflight"
	"retrycatch/internal/problem"
	"retrycatch/internal/safetext"
	"retrycatch/internal/teardown"
	"retrycatch/internal/view"
)

type destroyOptions struct {
	yes     bool
	force   bool
	assets  bool
	roleARN string
	output  outputFlag
}

func (a *app) destroy() *cobra.Command {
	o := destroyOptions{output: outputText}
	cmd := &cobra.Command{
		Use:   "destroy",
		Short: "Delete the stack and prove that none of its resources are left",
		Long: "Stop the running executions, delete the stack, and prove that none of its resources are left.\n\n" +
			"If the stack is already deleted, destroy repeats the proof.",
		Example: example("Delete the stack in your default region", "retrycatch destroy",
			"Delete the stack of a stage and its CDK assets", "retrycatch destroy --stage dev --assets",
			"Delete a protected stack without prompts", "retrycatch destroy --force --yes"),
		GroupID: groupDeploy,
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.runDestroy(cmd.Context(), o) },
	}
	a.accessFlags(cmd)
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, "delete without a prompt")
	cmd.Flags().BoolVar(&o.force, "force", false, "turn off termination protection, detach policies that the stack "+
		"did not attach, and remove resources that CloudFormation left behind or cannot delete")
	cmd.Flags().BoolVar(&o.assets, "assets", false,
		"also delete the CDK assets of the stack, unless another stack uses them")
	nameVar(cmd, &o.roleARN, "role-arn", "",
		"delete with the CloudFormation service role that has this `ARN` (default: the stack's role)")
	completeFlag(cmd, "role-arn", cobra.NoFileCompletions)
	outputVar(cmd, &o.output, "the proof")
	return cmd
}

func (a *app) runDestroy(ctx context.Context, o destroyOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	t, err := a.openOne(ctx)
	if err != nil {
		return err
	}
	a.announce(t)
	a.assumeBootstrapRoles(t)
	return a.tearDown(ctx, t, o)
}

// check returns a problem if --role-arn is not the ARN of a role.
func (o destroyOptions) check() error {
	parsed, err := arn.Parse(o.roleARN)
	if o.roleARN == "" || err == nil && parsed.Service == "iam" && strings.HasPrefix(parsed.Resource, "role/") {
		return nil
	}
	return &problem.Problem{What: fmt.Sprintf("%q is not the ARN of an IAM role", o.roleARN),
		Next: "use an ARN such as arn:aws:iam::123456789012:role/NAME with --role-arn"}
}

// tearDown lists the resources that exist, asks for approval, and deletes them.
func (a *app) tearDown(ctx context.Context, t *target, o destroyOptions) error {
	plan, err := readPlan(ctx, t, o)
	if err != nil {
		return err
	}
	planned := view.Plan{
		Plan: plan, StackName: t.stackName, Location: t.place(), Force: o.force, RemoveAssets: o.assets}
	if plan.Stack == nil && len(plan.Removable()) == 0 && !(o.assets && len(plan.Assets) > 0) {
		planned.ShowWarnings(a.console)
		changes := a.console.NewStackChanges(planned.PlannedResources())
		report, err := teardown.Prove(ctx, t.Config, plan, changes)
		a.endProgress(changes, report, o)
		return a.endTeardown(t, teardownOutcome{report: report, err: err, options: o, repeated: true})
	}
	if err := a.destroyBlockers(ctx, t, plan, o); err != nil {
		return err
	}
	if o.yes {
		planned.Summarize(a.console)
	} else {
		planned.Show(a.console)
		agreed, err := a.console.Confirm(ctx, "Delete these resources, including logs and executions?")
		if err != nil || !agreed {
			a.console.Progress("Nothing was deleted.")
			return asBadResult(err)
		}
	}
	options := teardown.Options{Force: o.force, Assets: o.assets, RoleARN: o.roleARN}
	changes := a.console.NewStackChanges(planned.PlannedResources())
	report, err := teardown.Execute(ctx, t.Config, plan, options, changes)
	a.endProgress(changes, report, o)
	return a.endTeardown(t, teardownOutcome{report: report, err: err, options: o})
}

// endProgress ends the progress display of a teardown. On a terminal, the proof replaces the
// progress display. The proof is a table that shows, for each resource, whether it is gone and
// which call confirmed that.
func (a *app) endProgress(changes view.StackChanges, report teardown.Report, o destroyOptions) {
	if len(report.Items) > 0 && o.output == outputText && a.console.OutIsTerminal() {
		changes.Erase()
		return
	}
	changes.End()
}

// readPlan finds every resource that the teardown deletes. It returns an error for a stack that
// retrycatch did not create.
func readPlan(ctx context.Context, t *target, o destroyOptions) (teardown.Plan, error) {
	plan, err := teardown.Read(ctx, t.Config, t.teardownTarget())
	if err != nil {
		return plan, err
	}
	if plan.Stack != nil {
		if err := t.foreignError(plan.Stack); err != nil {
			return plan, err
		}
	}
	if o.assets {
		err = plan.FindAssets(ctx, t.Config)
	}
	return plan, err
}

// uncheckedText returns the end of a message: the resources that could not be checked, and the
// permissions that the caller lacks.
func uncheckedText(unknown []teardown.Item) string {
	if len(unknown) == 0 {
		return ""
	}
	text := "; cannot check whether these are gone: " + joinNames(unknown)
	if missing := missingActions(unknown); missing != "" {
		text += " (the credentials cannot call " + missing + ")"
	}
	return text
}

func (a *app) printProgressLine(line string) { a.console.Progress("%s", safetext.Line(line)) }

// destroyBlockers returns every problem that would make the teardown fail.
func (a *app) destroyBlockers(ctx context.Context, t *target, plan teardown.Plan, o destroyOptions) error {
	var blockers []error
	if plan.Stack != nil {
		blockers = preflight.CheckInProgress(plan.Stack, t)
		if !o.force {
			blockers = append(blockers, preflight.CheckProtection(plan.Stack, plan.Holds, t)...)
		}
		more, err := preflight.CheckDeletion(ctx, t.Config, preflight.Teardown{
			Stack:    plan.Stack,
			Running:  plan.Running,
			RoleARN:  o.roleARN,
			Caller:   t.Caller,
			Deployer: t.bootstrapRoles().DeployRoleARN(),
		}, t)
		if err != nil {
			return err
		}
		more, warnings := preflight.Split(more)
		a.warn(warnings)
		blockers = append(blockers, more...)
	} else if left := plan.Removable(); len(left) > 0 && !o.force {
		blockers = append(blockers, asBadResult(&problem.Problem{
			What: "the stack is deleted, but these resources are left: " + joinNames(left) +
				uncheckedText(plan.In(teardown.Unknown)),
			Next: t.destroyCommand(o, "--force")}))
	}
	if !o.yes && !a.console.Interactive {
		blockers = append(blockers, &problem.Problem{What: "destroy needs approval, but there is no terminal",
			Next: a.commandLine("--yes")})
	}
	return errors.Join(blockers...)
}

// destroyCommand returns the command line of a teardown with these options and more flags. It omits
// --yes, so that the command asks for approval.
func (t *target) destroyCommand(o destroyOptions, more ...string) string {
	command := "destroy"
	if o.force {
		command += " --force"
	}
	if o.assets {
		command += " --assets"
	}
	if o.roleARN != "" {
		command += " --role-arn " + safetext.Word(o.roleARN)
	}
	for _, flag := range more {
		command += " " + flag
	}
	return t.Command(command)
}
