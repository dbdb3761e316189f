// Package cdk runs the project's pinned CDK CLI with its pinned Node.
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

// interruptLimit limits the time that an interrupted CDK CLI may take to end.
const interruptLimit = 10 * time.Second

// CLI runs the CDK CLI.
type CLI struct {
	Project string // the folder that holds cdk.json and node_modules
	Access  Access
	In      io.Reader
	Out     io.Writer // for both standard output and standard error
	Plain   bool      // without colors, even on a terminal
}

// Check looks for the programs that the CDK CLI and the synthesis need. The error joins a
// *problem.Problem for each missing one.
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
			&problem.Problem{What: "go is not in PATH, and the synthesis builds the function with it",
				Next: "install Go (https://go.dev/dl) and add its bin folder to PATH"},
		)
	}
	return errors.Join(problems...)
}

// Context returns the context in the environment: the CDK CLI reads each option from CDK_OPTION. An
// option on the command line replaces the whole context, so it must include this one.
func Context() []string {
	if pair := os.Getenv("CDK_CONTEXT"); pair != "" {
		return []string{pair}
	}
	return nil
}

// Deployment selects what Deploy deploys.
type Deployment struct {
	Assembly Assembly // with the stack
	Stack    string   // its ID in the app
	Approval string   // the changes that need approval: never, any-change or broadening
	Pairs    []string // the options, as NAME=VALUE
	Tags     []Tag    // replace the stacks' own tags, unless empty
	Terminal *os.File // of the output, or nil; without one, the CDK CLI asks no questions
}

// Deploy deploys a stack of an assembly. The CDK CLI prints only the failures among
// CloudFormation's events. The error is ErrDeclined after the answer no to its question.
func (c CLI) Deploy(ctx context.Context, d Deployment) error {
	args := []string{"deploy", "--require-approval", d.Approval, "--progress", "errors-only", d.Stack,
		"--no-notices"} // the synthesis has shown them
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
	events, remove, err := newRecord()
	if err != nil {
		return err
	}
	defer remove()
	cmd, cleanup, err := c.command(ctx, c.Project, args)
	if err != nil {
		return err
	}
	defer cleanup()
	cmd.Env = append(cmd.Env, "CDK_TELEMETRY_FILE="+string(events)) // the option --telemetry-file
	err = finishOnTerminal(ctx, cmd, d.Terminal)
	if failed := (*ExitError)(nil); errors.As(err, &failed) && events.declined() {
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

// run runs the CDK CLI and waits for its end. The error is an *ExitError if the CDK CLI failed.
func (c CLI) run(ctx context.Context, folder string, args []string) error {
	cmd, cleanup, err := c.command(ctx, folder, args)
	if err != nil {
		return err
	}
	defer cleanup()
	return finish(ctx, cmd)
}

// command prepares a run of the CDK CLI. The caller must call cleanup after the run.
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
	if c.Access.staleCache() {
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

// finish runs a command of the CDK CLI and waits for its end.
func finish(ctx context.Context, cmd *exec.Cmd) error { return outcome(ctx, cmd, cmd.Run()) }

// outcome returns the error of an ended command, or nil. err is the error of its process.
func outcome(ctx context.Context, cmd *exec.Cmd, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return &ExitError{Args: cmd.Args[1:], Code: exit.ExitCode()}
	}
	// ErrWaitDelay means that an orphaned process keeps the output open. The CDK CLI itself
	// succeeded.
	if err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		return fmt.Errorf("cannot run %s: %w", cmd.Path, err)
	}
	return nil
}

func (c CLI) program() string { return filepath.Join(c.Project, "node_modules", ".bin", "cdk") }

// ExitError reports that the CDK CLI failed. It has printed the reason.
type ExitError struct {
	Args []string
	Code int
}

func (e *ExitError) Error() string {
	return fmt.Sprintf("cdk %s failed with exit code %d", strings.Join(e.Args, " "), e.Code)
}
