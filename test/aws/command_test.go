//go:build smoke

package aws

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Limits for a command, so that the run can clean up if a command hangs.
const (
	commandLimit   = 30 * time.Minute // until the command is interrupted
	interruptLimit = time.Minute      // until an interrupted command is killed
)

// result holds a command's exit code and output.
type result struct {
	command        string
	code           int
	stdout, stderr string
}

// environ returns the user's environment, with the project's programs first in PATH. It clears
// CDK_PROFILE, because the suite checked only the account that the SDK settings select.
func (s *suite) environ() []string {
	path := filepath.Dir(s.cdkProgram()) + string(os.PathListSeparator) + os.Getenv("PATH")
	return append(os.Environ(), "CDK_PROFILE=", "PATH="+path)
}

func (s *suite) cdkProgram() string {
	return filepath.Join(s.repository, "node_modules", ".bin", "cdk")
}

// retrycatch runs the program under test in the first region, unless the arguments name a region.
// It returns an error unless the program exits with the given code.
func (s *suite) retrycatch(ctx context.Context, code int, args ...string) (result, error) {
	if !slices.Contains(args, "--region") && !slices.ContainsFunc(args, isRegionsOption) {
		args = append(args, "--region", s.regions[0])
	}
	return s.run(ctx, s.repository, code, s.program, args...)
}

func isRegionsOption(arg string) bool { return strings.HasPrefix(arg, "regions=") }

// cdk runs the project's CDK CLI in the first region.
func (s *suite) cdk(ctx context.Context, folder string, args ...string) error {
	_, err := s.run(ctx, folder, 0, s.cdkProgram(), append(args, "--region", s.regions[0])...)
	return err
}

func (s *suite) run(ctx context.Context, folder string, code int, program string, args ...string) (result, error) {
	ctx, cancel := context.WithTimeout(ctx, commandLimit)
	defer cancel()
	s.mu.Lock()
	s.commands++
	log := filepath.Join(s.folder, fmt.Sprintf("%03d-%s.log", s.commands, args[0]))
	s.mu.Unlock()
	cmd := exec.CommandContext(ctx, program, args...)
	// The CDK CLI locks its output folder, so do not use the one in the project.
	output := strings.TrimSuffix(log, ".log") + "-cdk.out"
	defer os.RemoveAll(output)
	cmd.Dir, cmd.Env = folder, append(s.environ(), "CDK_OUTPUT="+output)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	// In its own process group, the command does not get Ctrl-C. This process interrupts the
	// command once. A second Ctrl-C must not interrupt a command of the cleanup.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	cmd.WaitDelay = interruptLimit
	err := cmd.Run()
	r := result{command: filepath.Base(program) + " " + strings.Join(args, " "), code: -1, stdout: stdout.String(),
		stderr: stderr.String()}
	if cmd.ProcessState != nil {
		r.code = cmd.ProcessState.ExitCode()
	}
	text := fmt.Sprintf("%s\nexit code %d\n\n%s", r.command, r.code, r.stderr)
	if err := os.WriteFile(log, []byte(text), 0o600); err != nil {
		return r, err
	}
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return r, fmt.Errorf("%s: %w", r.command, err)
	}
	if r.code != code {
		return r, fmt.Errorf("%s: got exit code %d, want %d: %s", r.command, r.code, code, r.errorText())
	}
	return r, nil
}

// errorText returns the part of standard error that begins with the first error message. If there
// is no error message, errorText returns the last five lines.
func (r result) errorText() string {
	if i := strings.Index("\n"+r.stderr, "\nerror:"); i >= 0 {
		return strings.TrimSpace(r.stderr[i:])
	}
	lines := strings.Split(strings.TrimSpace(r.stderr), "\n")
	return strings.Join(lines[max(0, len(lines)-5):], "\n")
}

// requireOutput returns an error unless the command printed all texts.
func (r result) requireOutput(texts ...string) error {
	for _, text := range texts {
		if !strings.Contains(r.stdout+r.stderr, text) {
			return fmt.Errorf("%s did not print %q: %s", r.command, text, r.errorText())
		}
	}
	return nil
}

// decode parses the JSON document that a command printed.
func decode[T any](r result) (document T, err error) {
	if err := json.Unmarshal([]byte(r.stdout), &document); err != nil {
		return document, fmt.Errorf("%s: the output is not valid JSON: %w", r.command, err)
	}
	return document, nil
}

// poll calls done repeatedly until it returns true, because reads may be stale. After two minutes,
// poll returns an error whose text begins with problem.
func poll(ctx context.Context, problem string, done func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		ok, err := done()
		if ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s after two minutes", problem)
		case <-time.After(wait):
		}
	}
}
