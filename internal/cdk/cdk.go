// Package cdk runs the CDK CLI that the project pins, with the Node that it pins.
package cdk

import (
	"context"
	"encoding/json"
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
	Profile string // empty for the environment's
	Region  string // empty for the environment's
	In      io.Reader
	Out     io.Writer // everything it prints: a command's own output is not the CDK's
}

// FindProject returns the project's folder: the given one or the nearest above it that holds cdk.json.
func FindProject(from string) (string, error) {
	for folder := from; ; folder = filepath.Dir(folder) {
		if _, err := os.Stat(filepath.Join(folder, "cdk.json")); err == nil {
			return folder, nil
		}
		if folder == filepath.Dir(folder) {
			return "", &problem.Problem{What: "there is no cdk.json in " + from + " or above it",
				Next: "run this inside the project's folder"}
		}
	}
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

// ProjectContext is the context in a project's cdk.json, over which all other context goes:
// https://docs.aws.amazon.com/cdk/v2/guide/context.html
func ProjectContext(project string) (map[string]any, error) {
	file := filepath.Join(project, "cdk.json")
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var settings struct{ Context map[string]any }
	if err := json.Unmarshal(content, &settings); err != nil {
		return nil, &problem.Problem{What: file + " is not the JSON that the CDK reads: " + err.Error(), Next: "correct it and run this again"}
	}
	return settings.Context, nil
}

// Deploy synthesizes and deploys stacks. Approval is what the CDK CLI asks about: never, any-change or broadening.
func (c CLI) Deploy(ctx context.Context, stacks []string, approval string, pairs []string) error {
	args := append([]string{"deploy", "--require-approval", approval, "--progress", "events"}, stacks...)
	for _, pair := range pairs {
		args = append(args, "--context", pair)
	}
	return c.run(ctx, c.Project, args)
}

// Bootstrap prepares an account and region for the CDK. It runs outside the project, as the CDK CLI would synthesize the
// project's stack first, which takes longer than all the rest and is needed for nothing.
func (c CLI) Bootstrap(ctx context.Context, account, region string) error {
	folder, err := os.MkdirTemp("", "retrycatch-bootstrap-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	return c.run(ctx, folder, []string{"bootstrap", fmt.Sprintf("aws://%s/%s", account, region)})
}

// run runs the CDK CLI to its end. The error is an *ExitError when it failed by itself.
func (c CLI) run(ctx context.Context, folder string, args []string) error {
	if c.Profile != "" {
		args = append(args, "--profile", c.Profile)
	}
	if c.Region != "" {
		args = append(args, "--region", c.Region)
	}
	cmd := exec.CommandContext(ctx, c.program(), args...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(c.program())+string(os.PathListSeparator)+os.Getenv("PATH"))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.In, c.Out, c.Out
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	cmd.WaitDelay = interruptLimit
	err := cmd.Run()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return &ExitError{Args: args, Code: exit.ExitCode()}
	}
	if err != nil {
		return fmt.Errorf("cannot run %s: %w", c.program(), err)
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
