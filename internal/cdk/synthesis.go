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

// stopLimit limits the time that an interrupted synthesis may take to end.
const stopLimit = 2 * time.Second

// Synthesis represents a synthesis by the CDK CLI in the background.
type Synthesis struct {
	cancel context.CancelFunc
	folder string // of the assembly and all temporary files
	out    func([]byte)
	said   bytes.Buffer
	done   chan struct{}
	err    error
}

// Assembly holds the result of a synthesis: the templates and assets to deploy.
type Assembly struct {
	folder string // empty if the settings name an assembly instead of an app
}

// Synthesize starts the synthesis of the app, with options as NAME=VALUE. stack names one of its
// stacks: without a name, the CDK CLI would list the names of several. The caller must close the
// result.
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
	c.In, c.Out = nil, &s.said
	args := append([]string{"synth", "--quiet", "--output", s.assembly(), stack}, contextArguments(pairs)...)
	cmd, cleanup, err := c.command(ctx, c.Project, args)
	if err != nil {
		return err
	}
	defer cleanup()
	cmd.Env = append(cmd.Env, "TMPDIR="+temporary)
	inGroup(cmd)
	err = finish(ctx, cmd)
	if ctx.Err() != nil && cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // the app may outlive the CDK CLI
	}
	return err
}

// inGroup gives a command its own process group. When the context ends, it interrupts the whole
// group: the CDK CLI, the app and its Node process.
func inGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = stopLimit
}

func (s *Synthesis) assembly() string { return filepath.Join(s.folder, "cdk.out") }

// Wait waits for the end, prints the output of the CDK CLI, and returns the assembly. The error is
// an *ExitError if the synthesis failed.
func (s *Synthesis) Wait() (Assembly, error) {
	<-s.done
	if errors.Is(s.err, context.Canceled) { // the output is only about the interrupt
		return Assembly{}, s.err
	}
	s.out(s.said.Bytes())
	s.said.Reset()
	if s.err != nil {
		return Assembly{}, s.err
	}
	// The CDK CLI synthesizes nothing if the setting app, or CDK_APP, names a folder.
	if _, err := os.Stat(filepath.Join(s.assembly(), "manifest.json")); errors.Is(err, os.ErrNotExist) {
		return Assembly{}, nil
	}
	return Assembly{folder: s.assembly()}, nil
}

// Close ends the synthesis and removes its files.
func (s *Synthesis) Close() error {
	s.cancel()
	<-s.done
	err := os.RemoveAll(s.folder)
	for range 20 { // a process that is being killed may still write
		if err == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
		err = os.RemoveAll(s.folder)
	}
	return err
}
