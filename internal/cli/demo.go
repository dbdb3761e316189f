package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"retrycatch/internal/inventory"
	"retrycatch/internal/preflight"
	"retrycatch/internal/problem"
	"retrycatch/internal/scenario"
	"retrycatch/internal/session"
)

func (a *app) demo() *cobra.Command {
	region := ""
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Everything on a local AWS: bootstrap, deploy, all scenarios, their histories, teardown, proof",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.runDemo(cmd.Context(), region) },
	}
	a.stageFlag(cmd)
	regionFlag(cmd, &region)
	return cmd
}

// runDemo does what a user of an account would do, with the very same commands. Only the environment is another.
func (a *app) runDemo(ctx context.Context, region string) (err error) {
	cli, err := a.cdk()
	if err != nil {
		return err
	}
	if err := cli.Check(); err != nil {
		return err
	}
	start := time.Now()
	a.console.heading("Local AWS")
	server, err := a.openLocal(ctx, region)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, bad(server.Close())) }()
	if err := server.Enter(); err != nil {
		return err
	}
	a.access.Region = region // and no other, where cdk.json names several
	t, err := a.openOne(ctx)
	if err != nil {
		return err
	}

	if err := a.nothingInTheWay(ctx, t); err != nil {
		return err
	}

	a.console.heading("Bootstrap: cdk bootstrap")
	if err := cli.Bootstrap(ctx, t.Account, t.Region()); err != nil {
		return bad(err)
	}
	before, err := inventory.ReadAccount(ctx, t.Config)
	if err != nil {
		return bad(err)
	}
	a.console.heading("Deploy: retrycatch deploy --yes")
	deployErr := a.runDeploy(ctx, deployOptions{yes: true, output: outputText})
	var runErr error
	if deployErr == nil {
		a.console.heading("Run every path: retrycatch run all")
		runErr = a.runRun(ctx, runOptions{output: outputText})
		a.console.heading("Show it: retrycatch report")
		runErr = errors.Join(runErr, a.runReport(ctx, reportOptions{limit: len(scenario.All()), out: reportFile}))
	}
	if ctx.Err() != nil && server.Started() {
		return errors.Join(deployErr, runErr) // the local AWS goes, and all that was deployed to it
	}
	a.console.heading("Take it down: retrycatch destroy --yes")
	destroyErr := a.runDestroy(ctx, destroyOptions{yes: true, output: outputText})
	if err := errors.Join(deployErr, runErr, destroyErr); err != nil {
		return err
	}

	a.console.heading("Proof")
	after, err := inventory.ReadAccount(ctx, t.Config)
	if err != nil {
		return bad(session.Explain(err))
	}
	if come, gone := after.Difference(before); len(come)+len(gone) > 0 {
		return bad(&problem.Problem{What: fmt.Sprintf("the account is not what it was: come %q, gone %q", come, gone),
			Next: "remove what has come; then please report this as an error of retrycatch"})
	}
	a.console.print("%s The account holds exactly what it held before the deployment: %d resources of the kinds that it creates.",
		good.Render("✓"), len(after))
	a.console.progress("All of it took %s.", seconds(time.Since(start)))
	return nil
}

// nothingInTheWay keeps the demo, which takes down at its end what is deployed, from a stack that it did not deploy: the
// endpoint may be the user's own, and in use.
func (a *app) nothingInTheWay(ctx context.Context, t *target) error {
	blockers := preflight.Deploy(ctx, t.Config, t.stackName, t.expected)
	stack, err := inventory.FindStack(ctx, t.Config, t.stackName)
	if err != nil {
		blockers = append(blockers, session.Explain(err))
	}
	if stack != nil {
		blockers = append(blockers, &problem.Problem{
			What: fmt.Sprintf("the stack %s is deployed already in %s, and the demo would take it down", t.stackName, t.place()),
			Next: "take it down with " + t.command("destroy") + " first, or unset AWS_ENDPOINT_URL to have a local AWS started"})
	}
	return errors.Join(blockers...)
}
