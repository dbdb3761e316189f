package cdk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// Synthesis is a synthesis by the CDK CLI in the background.
type Synthesis struct {
	folder string
	out    func([]byte)
	said   bytes.Buffer
	done   chan struct{}
	err    error
}

// Assembly is the result of a synthesis: the templates and assets to deploy.
type Assembly struct {
	folder string // empty if the settings name an assembly instead of an app
}

// Synthesize starts the synthesis of stacks, with options as NAME=VALUE. The caller closes the
// result.
func (c CLI) Synthesize(ctx context.Context, stacks, pairs []string) *Synthesis {
	s := &Synthesis{done: make(chan struct{}), out: func(text []byte) { _, _ = c.Out.Write(text) }}
	go func() {
		defer close(s.done)
		s.err = s.run(ctx, c, stacks, pairs)
	}()
	return s
}

func (s *Synthesis) run(ctx context.Context, c CLI, stacks, pairs []string) (err error) {
	if s.folder, err = os.MkdirTemp("", "retrycatch-synthesis-"); err != nil {
		return fmt.Errorf("cannot create a folder for the synthesis: %w", err)
	}
	args := append([]string{"synth", "--quiet", "--output", s.folder, "--no-notices"}, stacks...)
	c.In, c.Out = nil, &s.said
	cmd, cleanup, err := c.command(ctx, c.Project, append(args, contextArguments(pairs)...))
	if err != nil {
		return err
	}
	defer cleanup()
	// An interrupt would keep the app and its Node process from removing their files. A process group
	// of their own shields them from Ctrl-C, and they have until interruptLimit to end.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return nil }
	return finish(ctx, cmd)
}

// Wait waits for the end, prints the output of the CDK CLI, and returns the assembly. The error is
// an *ExitError if the synthesis failed.
func (s *Synthesis) Wait() (Assembly, error) {
	<-s.done
	s.out(s.said.Bytes())
	s.said.Reset()
	if s.err != nil {
		return Assembly{}, s.err
	}
	// The CDK CLI synthesizes nothing if the setting app, or CDK_APP, names a folder.
	if _, err := os.Stat(filepath.Join(s.folder, "manifest.json")); errors.Is(err, os.ErrNotExist) {
		return Assembly{}, nil
	}
	return Assembly{folder: s.folder}, nil
}

// Close waits for the end and removes the assembly.
func (s *Synthesis) Close() error {
	<-s.done
	return os.RemoveAll(s.folder)
}
