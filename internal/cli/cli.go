// Package cli implements the commands: their flags, calls and exit codes. Each command has its own
// file. Package view prints the results.
package cli

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"retrycatch/internal/problem"
	"retrycatch/internal/session"
	"retrycatch/internal/view"
)

// app holds the state that the commands share.
type app struct {
	console    *view.Console
	argsValid  bool           // set once cobra accepts the command line
	profile    string         // from --profile
	region     string         // from --region
	stagePairs []string       // one deployment option stage=VALUE for each --stage
	project    string         // a folder, from --project
	args       []string       // the command line, without the program's name
	flags      *pflag.FlagSet // the command's flags; nil before it runs
	opened     *target        // the target of a command with only one; nil until it is open
	temporary  bool           // the account is a local AWS that ends with the command
	success    success        // what the command did; set when it finishes
	next       string         // the command to suggest after success, or empty

	access      *session.Access            // nil until a command needs it
	executable  func() (string, error)     // os.Executable, except in tests
	openBrowser func(address string) error // startBrowser, except in tests
	// opener opens a session in a region. It is nil, except in tests.
	opener func(ctx context.Context, region string) (*session.Session, error)
}

// Run runs one command line and returns the process's exit code.
func Run(ctx context.Context, args []string, streams view.Streams) int {
	a := &app{console: view.NewConsole(streams), args: args, executable: os.Executable, openBrowser: startBrowser}
	return a.execute(ctx, streams)
}

// execute runs the command line and returns the exit code.
func (a *app) execute(ctx context.Context, streams view.Streams) int {
	root := a.root()
	root.SetArgs(a.args)
	root.SetIn(streams.In)
	root.SetOut(a.console.Output())
	root.SetErr(streams.Err)
	cmd, err := root.ExecuteContextC(ctx)
	return a.finish(ctx, cmd, err)
}

// Commands returns the root command with all its commands, for the reference pages.
func Commands() *cobra.Command {
	streams := view.Streams{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard}
	root := (&app{console: view.NewConsole(streams), executable: os.Executable}).root()
	root.InitDefaultHelpCmd()
	return root
}

// root returns the root command with all its commands.
func (a *app) root() *cobra.Command {
	version := false
	root := &cobra.Command{
		Use: "retrycatch COMMAND",
		Short: "Deploy a state machine that retries and catches errors, run every path, " +
			"remove it, and prove that it is gone",
		Example: example("Try everything on a local AWS, without an account", "retrycatch demo"),
		// The method explain prints the error and its next step. A usage text would hide both.
		SilenceErrors: true, SilenceUsage: true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		PersistentPreRun:  func(cmd *cobra.Command, _ []string) { a.argsValid, a.flags = true, cmd.Flags() },
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return a.unknownCommandError(cmd, args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if version {
				a.showVersions()
				return nil
			}
			return cmd.Help()
		},
	}
	root.Flags().BoolVar(&version, "version", false, "show the versions of retrycatch, the CDK and Go")
	nameVar(root, &a.project, "project", "",
		"with --version: show the CDK version pinned by the project in `DIR`")
	completeFlag(root, "project", completeFolders)
	root.PersistentFlags().BoolP("help", "h", false, "show this help")
	root.SetFlagErrorFunc(a.flagError)
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { a.console.Text(helpText(cmd, a.console.Columns())) })
	root.AddGroup(groups...)
	root.AddCommand(a.demo(), a.local(), a.deploy(), a.status(), a.destroy(), a.run(), a.executions(),
		a.inspect(), a.graph(), a.report(), a.completion())
	root.SetHelpCommand(a.helpCommand())
	return root
}

// finish returns the exit code. It prints the error or, after success, the next command. It also
// reports output that could not be written, unless the reader closed the pipe: "head", for example,
// often closes it early.
func (a *app) finish(ctx context.Context, cmd *cobra.Command, err error) int {
	writeErr := a.console.OutputErr()
	if writeErr != nil && errors.Is(err, writeErr) { // cobra returned writeErr too; report it once
		err = nil
	}
	code := exitDone
	if err != nil {
		code = a.explain(ctx, cmd, err)
	}
	if writeErr != nil && !errors.Is(writeErr, syscall.EPIPE) {
		if err != nil {
			a.success = success{}
		}
		a.fail(a.outputError(writeErr), "")
		code = cmp.Or(code, exitUnable)
	}
	if code == exitDone && a.next != "" {
		a.console.Next(a.next)
	}
	return code
}

// explain prints an error with its next step and returns the exit code.
func (a *app) explain(ctx context.Context, cmd *cobra.Command, err error) int {
	if usage := (*problem.Problem)(nil); !a.argsValid && !errors.As(err, &usage) {
		err = &problem.Problem{What: err.Error(), Next: cmd.CommandPath() + " --help"}
	}
	interrupted := ctx.Err() != nil && errors.Is(err, ctx.Err())
	if interrupted {
		a.console.Progress("interrupted")
	}
	defaultNext := a.command("status")
	if cmd.Name() == "local" { // local uses no account, so there is no status to show
		defaultNext = cmd.CommandPath() + " --help"
	}
	a.fail(err, defaultNext)
	if interrupted {
		a.suggestRetry(cmd, err)
		err = asBadResult(err)
	}
	return exitCode(err)
}

// suggestRetry prints the command line as the next step after an interrupt. It does so only for
// commands that change the account, and only if the error has no next step of its own.
func (a *app) suggestRetry(cmd *cobra.Command, err error) {
	changes := slices.Contains([]string{"demo", "deploy", "run", "destroy"}, cmd.Name())
	if p := (*problem.Problem)(nil); changes && !errors.As(err, &p) {
		a.console.Next(a.commandLine())
	}
}
