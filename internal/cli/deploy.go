package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"retrycatch/internal/cdk"
	"retrycatch/internal/deployment"
	"retrycatch/internal/inventory"
	"retrycatch/internal/preflight"
	"retrycatch/internal/problem"
)

// lastQuestion limits what is still asked after an interrupt.
const lastQuestion = 10 * time.Second

type deployOptions struct {
	context []string
	yes     bool
	output  outputFlag
}

func (a *app) deploy() *cobra.Command {
	o := deployOptions{output: outputText}
	cmd := &cobra.Command{
		Use:   "deploy",
		Short: "Check the account, bootstrap it if you agree, and deploy the stack with the CDK",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.runDeploy(cmd.Context(), o) },
	}
	a.accessFlags(cmd)
	cmd.Flags().StringArrayVarP(&o.context, "context", "c", nil, "an option of the stack, as for cdk deploy: "+
		deployment.OptionArchitecture+"=arm64|x86_64")
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, "bootstrap and deploy without asking")
	cmd.Flags().Var(&o.output, "output", "how to print the stack's outputs: text or json")
	return cmd
}

// runDeploy collects every blocker before it touches anything.
func (a *app) runDeploy(ctx context.Context, o deployOptions) error {
	pairs := append(cdk.Context(), o.context...)
	d, optionErr := deployment.FromPairs(pairs)
	if optionErr != nil {
		optionErr = &problem.Problem{What: optionErr.Error(), Next: "correct it and run this again"}
	}
	cli, toolErr := a.cdk()
	if toolErr == nil {
		toolErr = cli.Check()
	}
	t, accessErr := a.open(ctx, d)
	if err := errors.Join(optionErr, toolErr, accessErr); err != nil {
		return err
	}
	bootstrap, err := a.preflight(ctx, t, o.yes)
	if err != nil {
		return err
	}

	if bootstrap {
		a.console.progress("Bootstrapping %s for the CDK.", t.place())
		if err := cli.Bootstrap(ctx, t.Account, t.Region()); err != nil {
			return bad(&problem.Problem{What: "bootstrapping failed", Next: "see what the CDK says above, then run this again", Err: err})
		}
	}
	approval := "broadening"
	if o.yes {
		approval = "never"
	}
	a.console.progress("Deploying %s to %s.", t.names.Stack, t.place())
	if err := cli.Deploy(ctx, t.names.Stack, approval, pairs); err != nil {
		return bad(a.afterFailedDeploy(ctx, t, err))
	}
	return a.showDeployed(ctx, t, o.output)
}

// cdk returns the project's CDK CLI. What it prints is progress: it goes to standard error.
func (a *app) cdk() (cdk.CLI, error) {
	folder, err := os.Getwd()
	if err != nil {
		return cdk.CLI{}, err
	}
	project, err := cdk.FindProject(folder)
	if err != nil {
		return cdk.CLI{}, err
	}
	return cdk.CLI{Project: project, Profile: a.access.Profile, Region: a.access.Region, In: a.console.rawIn, Out: a.console.rawErr}, nil
}

// preflight says whether to bootstrap first, or returns everything that stands against deploying.
func (a *app) preflight(ctx context.Context, t *target, yes bool) (bootstrap bool, err error) {
	blockers := preflight.Deploy(ctx, t.Config, t.names.Stack, t.expected)
	bootstrapped, err := preflight.Bootstrapped(ctx, t.Config)
	if err != nil {
		blockers = append(blockers, err)
	}
	if !yes && !a.console.interactive {
		blockers = append(blockers, &problem.Problem{What: "deploying creates IAM roles, and there is no terminal to approve them on",
			Next: "run this with --yes"})
	}
	bootstrap = err == nil && !bootstrapped
	// The question comes last: whoever is to say yes to it knows that nothing else stands in the way.
	if bootstrap && !yes && (len(blockers) > 0 || !a.console.confirm(fmt.Sprintf(
		"The %s is not bootstrapped for the CDK. Bootstrap it now? It makes a bucket and roles that stay.", t.place()))) {
		blockers = append(blockers, &problem.Problem{What: fmt.Sprintf("%s is not bootstrapped for the CDK", t.place()),
			Next: fmt.Sprintf("run npx cdk bootstrap aws://%s/%s, or this with --yes, which does it first", t.Account, t.Region())})
	}
	return bootstrap, errors.Join(blockers...)
}

// afterFailedDeploy says in which state the stack is, after an interrupt too.
func (a *app) afterFailedDeploy(ctx context.Context, t *target, cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastQuestion)
	defer cancel()
	p := &problem.Problem{What: "the deployment did not succeed", Err: cause, Next: "see what the CDK says above, then run this again"}
	stack, err := inventory.FindStack(ctx, t.Config, t.names.Stack)
	switch {
	case err != nil:
		p.Next += "; the stack's state could not be read: " + err.Error()
	case stack == nil:
		p.Next += "; no stack was created"
	default:
		p.Next += fmt.Sprintf("; the stack is %s, and retrycatch destroy takes it down", stack.Status)
	}
	return p
}

// showDeployed prints the outputs of a stack that CloudFormation reports as complete.
func (a *app) showDeployed(ctx context.Context, t *target, output outputFlag) error {
	stack, err := t.stack(ctx)
	if err != nil {
		return bad(err)
	}
	if !strings.HasSuffix(string(stack.Status), "_COMPLETE") || strings.Contains(string(stack.Status), "ROLLBACK") {
		return bad(&problem.Problem{What: fmt.Sprintf("the CDK reports success, but the stack is %s", stack.Status),
			Next: "see its events in the CloudFormation console, then run this again"})
	}
	if output == outputJSON {
		return a.console.json(map[string]any{"stack": stack.ARN, "status": stack.Status, "outputs": stack.Outputs})
	}
	for _, key := range slices.Sorted(maps.Keys(stack.Outputs)) {
		a.console.print("%-20s %s", key, stack.Outputs[key])
	}
	a.console.progress("%s %s is %s in %s.", good.Render("✓"), stack.Name, stack.Status, t.place())
	return nil
}
