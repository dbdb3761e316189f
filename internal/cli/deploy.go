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
	cmd.Flags().StringArrayVarP(&o.context, "context", "c", nil, "an option of the deployment as NAME=VALUE, as for cdk deploy: "+
		strings.Join(deployment.OptionNames(), ", "))
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, "bootstrap and deploy without asking")
	cmd.Flags().Var(&o.output, "output", "how to print the stacks' outputs: text or json")
	return cmd
}

// runDeploy collects every blocker before it touches anything.
func (a *app) runDeploy(ctx context.Context, o deployOptions) error {
	d, pairs, optionErr := a.options(o.context)
	cli, toolErr := a.cdk()
	if toolErr == nil {
		toolErr = cli.Check()
	}
	targets, accessErr := a.openAll(ctx, d)
	if err := errors.Join(optionErr, toolErr, accessErr); err != nil {
		return err
	}
	bare, err := a.preflight(ctx, targets, o.yes)
	if err != nil {
		return err
	}

	for _, t := range bare {
		a.console.progress("Bootstrapping %s for the CDK.", t.place())
		if err := cli.Bootstrap(ctx, t.Account, t.Region()); err != nil {
			return bad(&problem.Problem{What: "bootstrapping failed", Next: "see what the CDK says above, then run this again", Err: err})
		}
	}
	approval := "broadening"
	if o.yes {
		approval = "never"
	}
	var stacks []string
	for _, t := range targets {
		a.console.progress("Deploying %s to %s.", t.stackName, t.place())
		stacks = append(stacks, t.stackID)
	}
	if err := cli.Deploy(ctx, stacks, approval, pairs); err != nil {
		return bad(a.afterFailedDeploy(ctx, targets, err))
	}
	return a.showDeployed(ctx, targets, o.output)
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

// preflight returns the targets to bootstrap first, or everything that stands against deploying.
func (a *app) preflight(ctx context.Context, targets []*target, yes bool) (bare []*target, err error) {
	var blockers []error
	for _, t := range targets {
		blockers = append(blockers, preflight.Deploy(ctx, t.Config, t.stackName, t.expected)...)
		bootstrapped, err := preflight.Bootstrapped(ctx, t.Config)
		if err != nil {
			blockers = append(blockers, err)
		} else if !bootstrapped {
			bare = append(bare, t)
		}
	}
	if !yes && !a.console.interactive {
		blockers = append(blockers, &problem.Problem{What: "deploying creates IAM roles, and there is no terminal to approve them on",
			Next: "run this with --yes"})
	}
	// The questions come last: whoever is to say yes to them knows that nothing else stands in the way.
	for _, t := range bare {
		if !yes && (len(blockers) > 0 || !a.console.confirm(fmt.Sprintf(
			"The %s is not bootstrapped for the CDK. Bootstrap it now? It makes a bucket and roles that stay.", t.place()))) {
			blockers = append(blockers, t.notBootstrapped())
		}
	}
	return bare, errors.Join(blockers...)
}

func (t *target) notBootstrapped() error {
	return &problem.Problem{What: fmt.Sprintf("%s is not bootstrapped for the CDK", t.place()),
		Next: fmt.Sprintf("run npx cdk bootstrap aws://%s/%s, or %s --yes, which does it first", t.Account, t.Region(), t.command("deploy"))}
}

// bootstrapBlocker is nil where the CDK can deploy.
func bootstrapBlocker(ctx context.Context, t *target) error {
	bootstrapped, err := preflight.Bootstrapped(ctx, t.Config)
	if err == nil && !bootstrapped {
		err = t.notBootstrapped()
	}
	return err
}

// afterFailedDeploy says in which state each stack is, after an interrupt too.
func (a *app) afterFailedDeploy(ctx context.Context, targets []*target, cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastQuestion)
	defer cancel()
	p := &problem.Problem{What: "the deployment did not succeed", Err: cause, Next: "see what the CDK says above, then run this again"}
	for _, t := range targets {
		where := fmt.Sprintf("; in the region %s ", t.Region())
		stack, err := inventory.FindStack(ctx, t.Config, t.stackName)
		switch {
		case err != nil:
			p.Next += where + "the stack's state could not be read: " + err.Error()
		case stack == nil:
			p.Next += where + "no stack was created"
		default:
			p.Next += where + fmt.Sprintf("the stack is %s, and %s takes it down", stack.Status, t.command("destroy"))
		}
	}
	return p
}

// deployedStack is what --output json prints of each stack.
type deployedStack struct {
	Region  string            `json:"region"`
	Stack   string            `json:"stack"` // ARN
	Status  string            `json:"status"`
	Outputs map[string]string `json:"outputs"`
}

// showDeployed prints the outputs of stacks that CloudFormation reports as complete.
func (a *app) showDeployed(ctx context.Context, targets []*target, output outputFlag) error {
	var stacks []deployedStack
	for _, t := range targets {
		stack, err := t.stack(ctx)
		if err != nil {
			return bad(err)
		}
		if !strings.HasSuffix(string(stack.Status), "_COMPLETE") || strings.Contains(string(stack.Status), "ROLLBACK") {
			return bad(&problem.Problem{What: fmt.Sprintf("the CDK reports success, but the stack %s in %s is %s", stack.Name, t.place(), stack.Status),
				Next: "see its events in the CloudFormation console, then run this again"})
		}
		stacks = append(stacks, deployedStack{Region: t.Region(), Stack: stack.ARN, Status: string(stack.Status), Outputs: stack.Outputs})
	}
	if output == outputJSON {
		return a.console.json(map[string]any{"stacks": stacks})
	}
	for i, t := range targets {
		for _, key := range slices.Sorted(maps.Keys(stacks[i].Outputs)) {
			a.console.print("%-20s %s", key, stacks[i].Outputs[key])
		}
		a.console.progress("%s %s is %s in %s.", good.Render("✓"), t.stackName, stacks[i].Status, t.place())
	}
	return nil
}
