package cdk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// stopLimit limits how long an interrupted synthesis may take to exit.
const stopLimit = 2 * time.Second

// Synthesis represents a synthesis that the CDK CLI runs in the background.
type Synthesis struct {
	cancel context.CancelFunc
	folder string // contains the assembly and all temporary files
	out    func([]byte)
	output bytes.Buffer // output of the CDK CLI
	done   chan struct{}
	err    error
}

// Assembly is the result of a synthesis: a folder with the templates and assets to deploy.
type Assembly struct {
	folder string // empty if the settings name an assembly instead of an app
}

// Synthesize starts the synthesis of the app, with options as NAME=VALUE. stack is the ID of any
// stack in the app. It only keeps the CDK CLI from printing the IDs of all stacks. The caller must
// close the result.
func (c CLI) Synthesize(ctx context.Context, stack string, pairs []string) *Synthesis {
	ctx, cancel := context.WithCancel(ctx)
	s := &Synthesis{cancel: cancel, done: make(chan struct{}), out: func(text []byte) { _, _ = c.Out.Write(text) }}
	go func() {
		defer close(s.done)
		s.err = s.run(ctx, c, stack, pairs)
	}()
	return s
}

func (s *Synthesis) run(ctx context.Context, c CLI, stack string, pairs []string) (err error) {
	if s.folder, err = os.MkdirTemp("", "retrycatch-synthesis-"); err != nil {
		return fmt.Errorf("cannot create a folder for the synthesis: %w", err)
	}
	temporary := filepath.Join(s.folder, "tmp")
	if err := os.Mkdir(temporary, 0o700); err != nil {
		return fmt.Errorf("cannot create a folder for the synthesis: %w", err)
	}
	c.In, c.Out = nil, &s.output
	args := append([]string{"synth", "--quiet", "--output", s.assembly(), stack}, contextArguments(pairs)...)
	cmd, cleanup, err := c.command(ctx, c.Project, args)
	if err != nil {
		return err
	}
	defer cleanup()
	cmd.Env = append(cmd.Env, "TMPDIR="+temporary)
	setProcessGroup(cmd)
	err = runCommand(ctx, cmd)
	if ctx.Err() != nil && cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // the app may still run after the CDK CLI has exited
	}
	return err
}

// setProcessGroup gives a command its own process group. When the context ends, the command
// interrupts the whole group: the CDK CLI, the app and the app's Node process.
func setProcessGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = stopLimit
}

func (s *Synthesis) assembly() string { return filepath.Join(s.folder, "cdk.out") }

// Wait waits until the synthesis ends, prints the CDK CLI's output, and returns the assembly. If
// the synthesis fails, the error is an *ExitError.
func (s *Synthesis) Wait() (Assembly, error) {
	<-s.done
	if errors.Is(s.err, context.Canceled) { // do not print the output, which only reports the interrupt
		return Assembly{}, s.err
	}
	s.out(s.output.Bytes())
	s.output.Reset()
	if s.err != nil {
		return Assembly{}, s.err
	}
	// If CDK_APP or app in cdk.json is an assembly's folder, the CDK CLI synthesizes nothing.
	if _, err := os.Stat(filepath.Join(s.assembly(), "manifest.json")); errors.Is(err, os.ErrNotExist) {
		return Assembly{}, nil
	}
	return Assembly{folder: s.assembly()}, nil
}

// Close stops the synthesis if it is still running, and removes its files.
func (s *Synthesis) Close() error {
	s.cancel()
	<-s.done
	err := os.RemoveAll(s.folder)
	for range 20 { // a killed process may write files until it exits
		if err == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
		err = os.RemoveAll(s.folder)
	}
	return err
}
