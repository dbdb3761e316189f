// Package cli has the commands, one file for each: flags, calls and exit codes. Package view shows
// what they do.
package cli

import (
	"cmp"
	"context"
	"errors"
	"os"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"retrycatch/internal/deployment"
	"retrycatch/internal/problem"
	"retrycatch/internal/session"
	"retrycatch/internal/view"
)

// app is what the commands share.
type app struct {
	console *view.Console
	working bool     // the command line is valid
	profile string   // that --profile names
	region  string   // that --region names
	stage   []string // NAME=VALUE, as an option of the deployment, for each --stage
	project string   // the folder that --project names
	args    []string // the command line, without the program's name
	success success  // of a finished command

	loaded     *session.Access        // nil until a command needs it
	executable func() (string, error) // the file of this program: os.Executable
	// opener opens the access to AWS in a region; nil for that of the settings.
	opener func(ctx context.Context, region string) (*session.Session, error)
}

// Run runs one command line and returns the process's exit code.
func Run(ctx context.Context, args []string, streams view.Streams) int {
	a := &app{console: view.NewConsole(streams), args: args, executable: os.Executable}
	return a.execute(ctx, streams)
}

// execute runs the command line and returns the exit code.
func (a *app) execute(ctx context.Context, streams view.Streams) int {
	root := &cobra.Command{
		Use:   "retrycatch",
		Short: "Deploy a state machine that retries and catches errors, run every path through it, take it down with proof",
		// Errors are printed below, with their next step; a page of usage would hide them.
		SilenceErrors: true, SilenceUsage: true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
		PersistentPreRun:  func(*cobra.Command, []string) { a.working = true },
		Args:              cobra.NoArgs,
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetArgs(a.args)
	root.SetIn(streams.In)
	root.SetOut(a.console.Output())
	root.SetErr(streams.Err)
	root.AddCommand(a.demo(), a.local(), a.deploy(), a.run(), a.executions(), a.inspect(), a.graph(), a.report(), a.status(), a.destroy())
	cmd, err := root.ExecuteContextC(ctx)
	return a.end(ctx, cmd, err)
}

// end prints how the command failed, and whether its output was lost. It returns the exit code. A
// closed pipe loses nothing: a reader such as head has what it wants, and the work alone decides
// the exit code.
func (a *app) end(ctx context.Context, cmd *cobra.Command, err error) int {
	lost := a.console.OutputErr()
	if lost != nil && errors.Is(err, lost) { // cobra returns it for its own output
		err = nil
	}
	code := exitDone
	if err != nil {
		code = a.explain(ctx, cmd, err)
	}
	if lost != nil && !errors.Is(lost, syscall.EPIPE) {
		if err != nil {
			a.success = success{}
		}
		a.fail(a.unshown(lost), "")
		code = cmp.Or(code, exitUnable)
	}
	return code
}

// explain prints an error with its next step, and returns its exit code.
func (a *app) explain(ctx context.Context, cmd *cobra.Command, err error) int {
	if !a.working {
		err = &problem.Problem{What: err.Error(), Next: cmd.CommandPath() + " --help"}
	}
	interrupted := ctx.Err() != nil && errors.Is(err, ctx.Err())
	if interrupted {
		a.console.Progress("interrupted")
	}
	otherwise := a.command("status")
	if cmd.Name() == "local" { // status needs an account
		otherwise = cmd.CommandPath() + " --help"
	}
	a.fail(err, otherwise)
	if interrupted {
		err = bad(err)
	}
	return exitCode(err)
}

// accessFlags adds the flags of a command that works on an account.
func (a *app) accessFlags(cmd *cobra.Command) {
	a.stageFlag(cmd)
	a.projectFlag(cmd)
	cmd.Flags().Var((*nameFlag)(&a.region), "region",
		"AWS region (default: from the CDK's settings, AWS_REGION or the profile)")
	cmd.Flags().Var((*nameFlag)(&a.profile), "profile",
		"AWS profile (default: from the CDK's settings or AWS_PROFILE)")
}

// nameFlag is a flag whose value must not be blank: a script's empty variable must not select the
// environment's account.
type nameFlag string

func (n *nameFlag) String() string { return string(*n) }
func (n *nameFlag) Type() string   { return "name" }
func (n *nameFlag) Set(value string) error {
	if strings.TrimSpace(value) == "" {
		return errors.New("must not be empty")
	}
	*n = nameFlag(value)
	return nil
}

func (a *app) stageFlag(cmd *cobra.Command) {
	cmd.Flags().Func("stage", "the deployment of this stage, as the option "+deployment.OptionStage+" names it (default: that of cdk.json, or none)",
		func(value string) error {
			a.stage = append(a.stage, deployment.OptionStage+"="+value)
			return nil
		})
}

func (a *app) projectFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&a.project, "project", "", "the project's folder, whose cdk.json has the options "+
		"(default: the nearest above this program or the working folder)")
}
