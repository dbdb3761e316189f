// Package cdk runs the CDK CLI that the project pins, with the Node that it pins.
package cdk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
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

// ProjectContext is the context that the CDK CLI finds in files: that of cdk.json, then what it has looked up itself, then
// that of the user's own settings. The first that has a value counts, and all of it less than what is given with -c:
// https://docs.aws.amazon.com/cdk/v2/guide/context.html
func ProjectContext(project string) (map[string]any, error) {
	merged := map[string]any{}
	if home, err := os.UserHomeDir(); err == nil {
		var settings struct{ Context map[string]any }
		if err := readSettings(filepath.Join(home, ".cdk.json"), &settings); err != nil {
			return nil, err
		}
		maps.Copy(merged, settings.Context)
	}
	if err := readSettings(filepath.Join(project, "cdk.context.json"), &merged); err != nil {
		return nil, err
	}
	var settings struct{ Context map[string]any }
	if err := readSettings(filepath.Join(project, settingsFile), &settings); err != nil {
		return nil, err
	}
	maps.Copy(merged, settings.Context)
	return merged, nil
}

// readSettings reads a file that may be missing.
func readSettings(file string, settings any) error {
	content, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(content, settings)
	}
	if err != nil {
		return &problem.Problem{What: file + " cannot be read as the CDK's settings: " + err.Error(), Next: "correct it and run this again"}
	}
	return nil
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
