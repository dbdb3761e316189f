package cdk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSynthesize(t *testing.T) {
	t.Parallel()
	folder, out := project(t), &bytes.Buffer{}
	cli := CLI{Project: folder, Access: access, Out: out}
	s := cli.Synthesize(t.Context(), "synthesized", []string{"a=b c"})
	<-s.done
	if out.Len() > 0 {
		t.Errorf("got the output %s before Wait, want none", out)
	}
	assembly, err := s.Wait()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"synth", "--quiet", "--output", assembly.folder, "synthesized",
		"--context", "a=b c", "--profile=", "--region", "eu-central-1"}
	if diff := cmp.Diff(want, printed(out, "argument")); diff != "" {
		t.Errorf("the arguments differ (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{folder}, printed(out, "folder")); diff != "" {
		t.Errorf("the working folder differs (-want +got):\n%s", diff)
	}
	if !strings.Contains(out.String(), "to the user") {
		t.Errorf("got %s, want the standard error in it", out)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(assembly.folder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder %s is not removed: %v", assembly.folder, err)
	}
}

func TestDeployAssembly(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		stack string
		app   bool
	}{
		"synthesized":          {"synthesized", true},
		"assembly in cdk.json": {"retrycatch", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := &bytes.Buffer{}
			cli := CLI{Project: project(t), Access: access, Out: out}
			s := cli.Synthesize(t.Context(), test.stack, nil)
			defer s.Close()
			assembly, err := s.Wait()
			if err != nil {
				t.Fatal(err)
			}
			out.Reset()
			if err := cli.Deploy(t.Context(), Deployment{Assembly: assembly, Stack: "retrycatch"}); err != nil {
				t.Fatal(err)
			}
			arguments := printed(out, "argument")
			at := slices.Index(arguments, "--app")
			if test.app != (at >= 0) || test.app && arguments[at+1] != s.assembly() {
				t.Errorf("got the arguments %q, the assembly is in %s", arguments, s.folder)
			}
		})
	}
}

func TestSynthesisFailed(t *testing.T) {
	t.Parallel()
	out := &bytes.Buffer{}
	s := CLI{Project: project(t), Access: access, Out: out}.Synthesize(t.Context(), "failing", nil)
	defer s.Close()
	_, err := s.Wait()
	var exit *ExitError
	if !errors.As(err, &exit) || exit.Code != 3 || !strings.Contains(out.String(), "to the user") {
		t.Errorf("got the error %v and the output %q", err, out)
	}
}

// The synthesis ends although a second process of its group ignores the interrupt.
func TestSynthesisInterrupted(t *testing.T) {
	t.Parallel()
	folder := project(t)
	started := filepath.Join(folder, "started")
	if err := syscall.Mkfifo(started, 0o600); err != nil {
		t.Fatal(err)
	}
	s := CLI{Project: folder, Out: &bytes.Buffer{}}.Synthesize(t.Context(), "stubborn", nil)
	text, err := os.ReadFile(started)
	if err != nil {
		t.Fatal(err)
	}
	var group, child int
	if _, err := fmt.Sscan(string(text), &group, &child); err != nil {
		t.Fatal(err)
	}
	if group == syscall.Getpgrp() {
		t.Errorf("got the process group %d of this process: Ctrl-C in the terminal would reach it", group)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Wait(); !errors.Is(err, context.Canceled) {
		t.Errorf("got the error %v", err)
	}
	if _, err := os.Stat(s.folder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder %s is not removed: %v", s.folder, err)
	}
	// The child is an orphan. It may be a zombie until the system's init process reaps it.
	state, err := exec.Command("ps", "-o", "stat=", "-p", fmt.Sprint(child)).Output()
	if alive := strings.TrimSpace(string(state)); err == nil && alive != "" && !strings.HasPrefix(alive, "Z") {
		t.Errorf("the process %d still runs: %s", child, alive)
	}
}
