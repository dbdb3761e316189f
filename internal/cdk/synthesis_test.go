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
		t.Errorf("got output %q before Wait, want none", out)
	}
	assembly, err := s.Wait()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"synth", "--quiet", "--output", assembly.folder, "synthesized",
		"--context", "a=b c", "--profile=", "--region", "eu-central-1"}
	if diff := cmp.Diff(want, printedValues(out, "argument")); diff != "" {
		t.Errorf("the arguments differ (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{folder}, printedValues(out, "folder")); diff != "" {
		t.Errorf("the working folder differs (-want +got):\n%s", diff)
	}
	if !strings.Contains(out.String(), "to the user") {
		t.Errorf("got output %q, want it to include the standard error", out)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(assembly.folder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder %s still exists: %v", assembly.folder, err)
	}
}

func TestDeployAssembly(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		stack string
		app   bool // Deploy passes the option --app to the CDK CLI
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
			arguments := printedValues(out, "argument")
			at := slices.Index(arguments, "--app")
			app := at >= 0 && arguments[at+1] == s.assembly()
			if app != test.app || !test.app && at >= 0 {
				t.Errorf("--app %s is set: got %t, want %t; arguments: %q", s.assembly(), app, test.app, arguments)
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
		t.Errorf("got error %v and output %q, want exit code 3 and the standard error", err, out)
	}
}

// TestSynthesisInterrupted checks that Close also kills a process that ignores the interrupt.
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
		t.Errorf("the synthesis is in this process's group %d, so Ctrl-C in the terminal would stop it too", group)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Wait(); !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want context.Canceled", err)
	}
	if _, err := os.Stat(s.folder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder %s still exists: %v", s.folder, err)
	}
	// The child's parent has exited. The child stays a zombie until the init process reaps it.
	state, err := exec.Command("ps", "-o", "stat=", "-p", fmt.Sprint(child)).Output()
	if status := strings.TrimSpace(string(state)); err == nil && status != "" && !strings.HasPrefix(status, "Z") {
		t.Errorf("the process %d still runs, with the status %s", child, status)
	}
}
