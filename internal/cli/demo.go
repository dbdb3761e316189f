package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/spf13/cobra"

	"retrycatch/internal/cdk"
	"retrycatch/internal/inventory"
	"retrycatch/internal/preflight"
	"retrycatch/internal/problem"
	"retrycatch/internal/safetext"
	"retrycatch/internal/scenario"
	"retrycatch/internal/view"
)

func (a *app) demo() *cobra.Command {
	region := defaultLocalRegion
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Deploy, run every path, write a report and clean up on a local AWS",
		Long: "Bootstrap, deploy, run every path, write a report, remove everything and prove it, all on a local " +
			"AWS.\n\nIf AWS_ENDPOINT_URL is set, demo uses that endpoint. It stops if the stack is already deployed there.",
		Example: example("See everything in a minute, without an account", "retrycatch demo"),
		GroupID: groupTry,
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.runDemo(cmd.Context(), region) },
	}
	a.stageFlag(cmd)
	a.projectFlag(cmd)
	regionFlag(cmd, &region)
	return cmd
}

// runDemo runs the commands that a user would run in an account, but on a local AWS.
func (a *app) runDemo(ctx context.Context, region string) (err error) {
	cli, err := a.cdk()
	if err != nil {
		return err
	}
	if err := cli.Check(); err != nil {
		return err
	}
	if err := a.checkWritable("the report", reportFile); err != nil {
		return &problem.Problem{What: err.Error(), Next: "run retrycatch demo in another folder"}
	}
	start := time.Now()
	a.console.Heading("Local AWS")
	server, err := a.openLocal(ctx, region)
	if err != nil {
		return err
	}
	a.temporary = server.Started()
	defer func() {
		closeErr := asBadResult(server.Close())
		if a.temporary && ctx.Err() != nil && errors.Is(err, ctx.Err()) && closeErr == nil {
			err = asBadResult(&problem.Problem{What: "the demo was interrupted, and its local AWS has stopped",
				Next: a.commandLine(), Err: ctx.Err()})
		}
		err = errors.Join(err, closeErr)
	}()
	if err := server.Enter(); err != nil {
		return err
	}
	a.region = region // only one region, even if cdk.json lists several
	return a.demonstrate(ctx, cli, start)
}

// demonstrate runs the demo on a server that is already open.
func (a *app) demonstrate(ctx context.Context, cli cdk.CLI, start time.Time) (err error) {
	r, err := a.prepare(ctx, deployOptions{yes: true, output: outputText})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.synthesis.Close()) }()
	t, err := a.openOne(ctx)
	if err != nil {
		return err
	}
	if err := a.checkDemo(ctx, t); err != nil {
		return err
	}

	a.console.Heading("Bootstrap: cdk bootstrap")
	if err := bootstrapDemo(ctx, cli, t, a.temporary); err != nil {
		return err
	}
	before, err := inventory.ReadAccount(ctx, t.Config)
	if err != nil {
		return asBadResult(err)
	}
	err = a.runLifecycle(ctx, r)
	switch {
	case ctx.Err() != nil && a.temporary:
		return ctx.Err()
	case ctx.Err() != nil:
		return a.interruptedDemoError(ctx, t)
	case err != nil:
		return err
	}
	a.console.Heading("Proof")
	if err := a.checkUnchanged(ctx, t, before); err != nil {
		return err
	}
	a.console.Progress("The demo took %s.", view.Seconds(time.Since(start)))
	a.success, a.next = success{what: "the demo is complete"}, ""
	if a.temporary {
		a.next = "retrycatch local"
		if a.project != "" {
			a.next += " --project " + safetext.Word(a.project)
		}
	}
	return nil
}

// bootstrapDemo bootstraps the account and region. On a server that the demo started, it also
// creates the permissions boundary.
func bootstrapDemo(ctx context.Context, cli cdk.CLI, t *target, ownServer bool) (err error) {
	if cli.Access, err = t.cdkAccess(ctx); err != nil {
		return err
	}
	if err := cli.Bootstrap(ctx, t.bootstrap, t.partition()); err != nil {
		return asBadResult(err)
	}
	if ownServer {
		return asBadResult(createBoundary(ctx, t))
	}
	return nil
}

// createBoundary creates the configured permissions boundary, which a new local AWS lacks.
func createBoundary(ctx context.Context, t *target) error {
	boundary := t.bootstrap.BoundaryARN(t.partition(), t.Account, t.Region())
	_, name, found := strings.Cut(boundary, ":"+t.Account+":policy/")
	if !found {
		return nil
	}
	const allowAll = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}`
	folder := name[:strings.LastIndex(name, "/")+1]
	_, err := iam.NewFromConfig(t.Config).CreatePolicy(ctx, &iam.CreatePolicyInput{
		Path:           aws.String("/" + folder),
		PolicyName:     aws.String(strings.TrimPrefix(name, folder)),
		PolicyDocument: aws.String(allowAll),
	})
	if err != nil {
		return fmt.Errorf("cannot create the permissions boundary %s: %w", boundary, err)
	}
	return nil
}

// interruptedDemoError returns the error of a demo that was interrupted after it began to deploy to
// the user's own endpoint. It says whether the stack exists.
func (a *app) interruptedDemoError(ctx context.Context, t *target) error {
	p := &problem.Problem{What: "the demo was interrupted", Next: a.commandLine(), Err: ctx.Err()}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), interruptedLimit)
	defer cancel()
	stack, err := inventory.FindStack(ctx, t.Config, t.stackName)
	switch {
	case err != nil:
		p.What += fmt.Sprintf("; the stack %s cannot be read: %s", t.stackName, view.Explanation(err))
		p.Next = t.Command("status")
	case stack != nil && stack.InProgress(): // CloudFormation would reject a deletion
		p.What += fmt.Sprintf("; the stack %s is %s, and CloudFormation continues", t.stackName, stack.Status)
		p.Next = t.Command("status")
	case stack != nil:
		p.What += fmt.Sprintf("; the stack %s is %s", t.stackName, stack.Status)
		p.Next = t.Command("destroy")
	}
	return asBadResult(p)
}

// runLifecycle deploys the stack, runs every path, writes a report and destroys the stack. An
// interrupt ends it at once.
func (a *app) runLifecycle(ctx context.Context, r rollout) error {
	a.console.Heading("Deploy: retrycatch deploy --yes")
	err := a.rollOut(ctx, r)
	if err == nil {
		a.console.Heading("Run every path: retrycatch run all")
		err = a.runRun(ctx, runOptions{output: outputText})
		if ctx.Err() == nil {
			a.console.Heading("Write a report: retrycatch report")
			err = errors.Join(err, a.runReport(ctx, reportOptions{limit: len(scenario.All()), out: reportFile}))
		}
	}
	if ctx.Err() != nil {
		return err
	}
	a.console.Heading("Clean up: retrycatch destroy --yes")
	return errors.Join(err, a.runDestroy(ctx, destroyOptions{yes: true, output: outputText}))
}

// checkUnchanged returns an error if the account's resources differ from those in the parameter
// "before".
func (a *app) checkUnchanged(ctx context.Context, t *target, before inventory.Account) error {
	after, err := inventory.ReadAccount(ctx, t.Config)
	if err != nil {
		return asBadResult(err)
	}
	if added, removed := after.Difference(before); len(added)+len(removed) > 0 {
		return asBadResult(&problem.Problem{What: fmt.Sprintf("the account changed: added %q, removed %q", added, removed),
			Next: t.Command("status")})
	}
	a.console.PrintPassed("The account has exactly the resources that it had before the deployment: "+
		"%s of the kinds that the stack creates.", view.Counted(len(after), "resource"))
	return nil
}

// checkDemo returns the blockers of a demo. An existing stack is a blocker, because the demo would
// delete a stack that it did not deploy.
func (a *app) checkDemo(ctx context.Context, t *target) error {
	blockers, warnings := preflight.Split(preflight.CheckDeploy(ctx, t.Config, t.stackName, t.expected, t))
	a.warn(warnings)
	stack, err := inventory.FindStack(ctx, t.Config, t.stackName)
	if err != nil {
		blockers = append(blockers, err)
	}
	if stack != nil && stack.Ours() {
		blockers = append(blockers, &problem.Problem{
			What: fmt.Sprintf("the stack %s is already deployed in %s, and the demo would delete it",
				t.stackName, t.place()),
			Next: t.Command("destroy")})
	}
	return errors.Join(blockers...)
}
