// Package cdk runs the CDK CLI that the project pins, with the Node that it pins.
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

// interruptLimit is how long an interrupted CDK CLI may take to end.
const interruptLimit = 10 * time.Second

// CLI is a way to call the CDK CLI.
type CLI struct {
	Project string // the folder that holds cdk.json and node_modules
	Access  Access
	In      io.Reader
	Out     io.Writer // everything it prints: a command's own output is not the CDK's
	Plain   bool      // without colors, even on a terminal
}

// Check says whether everything that the CDK CLI and synthesis need is there. The error joins every *problem.Problem.
func (c CLI) Check() error {
	var problems []error
	if _, err := os.Stat(c.program()); err != nil {
		problems = append(problems, &problem.Problem{What: "the CDK CLI is not installed: there is no " + c.program(),
			Next: "run make setup, or npm ci"})
	}
	if _, err := exec.LookPath("go"); err != nil {
		problems = append(problems, &problem.Problem{What: "there is no go in PATH, and synthesis builds the function with it",
			Next: "install Go (https://go.dev/dl) and add its bin folder to PATH"})
	}
	return errors.Join(problems...)
}

// Context is the context that the environment gives the CDK CLI (its options can all be set as CDK_OPTION). An option on
// the command line replaces it whole, so whoever adds to the context passes this along.
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
	Approval string   // what the CDK CLI asks about: never, any-change or broadening
	Pairs    []string // the options, as NAME=VALUE
	Tags     []Tag    // replace the stacks' own tags, unless empty
	Terminal *os.File // that the output appears on, or nil: the CDK CLI asks only on a terminal
}

// Deploy deploys a stack of an assembly. Of CloudFormation's events, it prints the failures. The
// error is ErrDeclined after the answer no to the CDK CLI's question.
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
	cmd, cleanup, err := c.command(ctx, c.Project, append(args, "--telemetry-file", string(events)))
	if err != nil {
		return err
	}
	defer cleanup()
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

// run runs the CDK CLI to its end. The error is an *ExitError when it failed by itself.
func (c CLI) run(ctx context.Context, folder string, args []string) error {
	cmd, cleanup, err := c.command(ctx, folder, args)
	if err != nil {
		return err
	}
	defer cleanup()
	return finish(ctx, cmd)
}

// command prepares a run of the CDK CLI. The caller calls cleanup after it.
func (c CLI) command(ctx context.Context, folder string, args []string) (_ *exec.Cmd, cleanup func(), err error) {
	cleanup = func() {}
	args = append(args, c.Access.arguments()...)
	cmd := exec.CommandContext(ctx, c.program(), args...)
	cmd.Dir = folder
	cmd.Env = append(c.Access.environ(os.Environ()),
		"PATH="+filepath.Dir(c.program())+string(os.PathListSeparator)+os.Getenv("PATH"))
	if c.Plain { // it does not know NO_COLOR
		cmd.Env = append(cmd.Env, "FORCE_COLOR=0")
	}
	if c.Access.misremembered() {
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

// finish runs a CDK CLI to its end.
func finish(ctx context.Context, cmd *exec.Cmd) error { return outcome(ctx, cmd, cmd.Run()) }

// outcome returns the error of a CDK CLI that has ended with an error of its process, or nil.
func outcome(ctx context.Context, cmd *exec.Cmd, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return &ExitError{Args: cmd.Args[1:], Code: exit.ExitCode()}
	}
	// A process that the CDK CLI left behind keeps its output open. The CDK CLI itself succeeded.
	if err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		return fmt.Errorf("cannot run %s: %w", cmd.Path, err)
	}
	return nil
}

func (c CLI) program() string { return filepath.Join(c.Project, "node_modules", ".bin", "cdk") }

// ExitError is the end of a CDK CLI that failed. What it has to say about it, it has printed.
type ExitError struct {
	Args []string
	Code int
}

func (e *ExitError) Error() string {
	return fmt.Sprintf("cdk %s failed with exit code %d", strings.Join(e.Args, " "), e.Code)
}
