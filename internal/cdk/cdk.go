// Package cdk runs the project's pinned version of the CDK CLI, and reads the CDK's settings.
package cdk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"retrycatch/internal/problem"
)

// interruptLimit limits how long an interrupted CDK CLI may take to exit.
const interruptLimit = 10 * time.Second

// CLI runs the CDK CLI.
type CLI struct {
	Project string // the folder that holds cdk.json and node_modules
	Access  Access
	In      io.Reader
	Out     io.Writer // gets the CDK CLI's standard output and standard error
	Plain   bool      // turns off colors, even on a terminal
}

// Check looks for the programs that a deployment needs. The error joins a *problem.Problem for each
// missing program.
func (c CLI) Check() error {
	var problems []error
	if _, err := os.Stat(c.program()); err != nil {
		problems = append(
			problems,
			&problem.Problem{What: "the CDK CLI is not installed: " + c.program() + " is missing",
				Next: "run make setup, or npm ci"},
		)
	}
	if _, err := exec.LookPath("go"); err != nil {
		problems = append(
			problems,
			&problem.Problem{What: "go is not in PATH, but the synthesis needs it to build the function",
				Next: "install Go (https://go.dev/dl) and add its bin folder to PATH"},
		)
	}
	return errors.Join(problems...)
}

// EnvContext returns the context pair in the environment variable CDK_CONTEXT. The CDK CLI ignores
// this variable if the command line sets any context, so the caller must then repeat the pair
// there.
func EnvContext() []string {
	if pair := os.Getenv("CDK_CONTEXT"); pair != "" {
		return []string{pair}
	}
	return nil
}

// Deployment selects what Deploy deploys.
type Deployment struct {
	Assembly Assembly // contains the stack
	Stack    string   // the stack's ID in the app
	Approval string   // which changes need approval: never, any-change or broadening
	Pairs    []string // options, as NAME=VALUE
	Tags     []Tag    // if set, they replace the stack's own tags
	Terminal *os.File // terminal of the output, or nil; if nil, the CDK CLI asks no questions
}

// Deploy deploys a stack of an assembly. The CDK CLI prints only those CloudFormation events that
// report a failure. If the user declines the deployment, the error is ErrDeclined.
func (c CLI) Deploy(ctx context.Context, d Deployment) error {
	args := []string{"deploy", "--require-approval", d.Approval, "--progress", "errors-only", d.Stack,
		"--no-notices"} // the synthesis has already shown the notices
	if d.Assembly.folder != "" {
		args = append(args, "--app", d.Assembly.folder)
	}
	args = append(args, contextArguments(d.Pairs)...)
	for _, tag := range d.Tags {
		args = append(args, "--tags", tag.Key+"="+tag.Value)
	}
	if d.Terminal == nil {
		return c.run(ctx, c.Project, args)
	}
	telemetry, remove, err := newTelemetryFile()
	if err != nil {
		return err
	}
	defer remove()
	cmd, cleanup, err := c.command(ctx, c.Project, args)
	if err != nil {
		return err
	}
	defer cleanup()
	cmd.Env = append(cmd.Env, "CDK_TELEMETRY_FILE="+string(telemetry)) // same effect as --telemetry-file
	err = runOnTerminal(ctx, cmd, d.Terminal)
	if failed := (*ExitError)(nil); errors.As(err, &failed) && telemetry.declined() {
		return ErrDeclined
	}
	return err
}

func contextArguments(pairs []string) (args []string) {
	for _, pair := range pairs {
		args = append(args, "--context", pair)
	}
	return args
}

// run runs the CDK CLI and waits until it exits. If the CDK CLI fails, the error is an *ExitError.
func (c CLI) run(ctx context.Context, folder string, args []string) error {
	cmd, cleanup, err := c.command(ctx, folder, args)
	if err != nil {
		return err
	}
	defer cleanup()
	return runCommand(ctx, cmd)
}

// command returns a command that runs the CDK CLI. The caller must call cleanup after the run.
func (c CLI) command(ctx context.Context, folder string, args []string) (_ *exec.Cmd, cleanup func(), err error) {
	cleanup = func() {}
	args = append(args, c.Access.arguments()...)
	cmd := exec.CommandContext(ctx, c.program(), args...)
	cmd.Dir = folder
	cmd.Env = append(c.Access.environ(os.Environ()),
		"PATH="+filepath.Dir(c.program())+string(os.PathListSeparator)+os.Getenv("PATH"))
	if c.Plain { // the CDK CLI ignores NO_COLOR
		cmd.Env = append(cmd.Env, "FORCE_COLOR=0")
	}
	if c.Access.hasStaleCache() {
		fresh, err := os.MkdirTemp("", "retrycatch-cdk-home-")
		if err != nil {
			return nil, nil, err
		}
		cleanup = func() { os.RemoveAll(fresh) }
		cmd.Env = append(cmd.Env, "CDK_HOME="+fresh)
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.In, c.Out, c.Out
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	cmd.WaitDelay = interruptLimit
	return cmd, cleanup, nil
}

// runCommand runs a command of the CDK CLI and waits until it exits.
func runCommand(ctx context.Context, cmd *exec.Cmd) error { return commandError(ctx, cmd, cmd.Run()) }

// commandError returns the error of a command that has exited, or nil. err is the error of Run,
// Start or Wait.
func commandError(ctx context.Context, cmd *exec.Cmd, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return &ExitError{Args: cmd.Args[1:], Code: exit.ExitCode()}
	}
	// ErrWaitDelay means that the CDK CLI succeeded, but an orphaned process keeps its output open.
	if err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		return fmt.Errorf("cannot run %s: %w", cmd.Path, err)
	}
	return nil
}

func (c CLI) program() string { return filepath.Join(c.Project, "node_modules", ".bin", "cdk") }

// ExitError reports that the CDK CLI failed. The CDK CLI has already printed the reason.
type ExitError struct {
	Args []string
	Code int
}

func (e *ExitError) Error() string {
	return fmt.Sprintf("cdk %s failed with exit code %d", strings.Join(e.Args, " "), e.Code)
}
