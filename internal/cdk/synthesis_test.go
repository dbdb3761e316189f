package cdk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
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
	s := cli.Synthesize(t.Context(), []string{"synthesized", "second"}, []string{"a=b c"})
	<-s.done
	if out.Len() > 0 {
		t.Errorf("it prints before anybody waits for it: %s", out)
	}
	assembly, err := s.Wait()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"synth", "--quiet", "--output", assembly.folder, "--no-notices", "synthesized", "second",
		"--context", "a=b c", "--profile=", "--region", "eu-central-1"}
	if diff := cmp.Diff(want, printed(out, "argument")); diff != "" {
		t.Errorf("the arguments differ (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{folder}, printed(out, "folder")); diff != "" {
		t.Errorf("the working folder differs (-want +got):\n%s", diff)
	}
	if !strings.Contains(out.String(), "to the user") {
		t.Errorf("what it says on standard error is lost: %s", out)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(assembly.folder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder %s is left: %v", assembly.folder, err)
	}
}

func TestDeployAssembly(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		stack string
		app   bool
	}{
		"synthesized":             {"synthesized", true},
		"an assembly of settings": {"retrycatch", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := &bytes.Buffer{}
			cli := CLI{Project: project(t), Access: access, Out: out}
			s := cli.Synthesize(t.Context(), []string{test.stack}, nil)
			defer s.Close()
			assembly, err := s.Wait()
			if err != nil {
				t.Fatal(err)
			}
			out.Reset()
			if err := cli.Deploy(t.Context(), Deployment{Assembly: assembly, Stacks: []string{"retrycatch"}}); err != nil {
				t.Fatal(err)
			}
			arguments := printed(out, "argument")
			at := slices.Index(arguments, "--app")
			if test.app != (at >= 0) || test.app && arguments[at+1] != s.folder {
				t.Errorf("the arguments are %q, and the assembly is in %s", arguments, s.folder)
			}
		})
	}
}

func TestSynthesisFailed(t *testing.T) {
	t.Parallel()
	out := &bytes.Buffer{}
	s := CLI{Project: project(t), Access: access, Out: out}.Synthesize(t.Context(), []string{"failing"}, nil)
	defer s.Close()
	_, err := s.Wait()
	var exit *ExitError
	if !errors.As(err, &exit) || exit.Code != 3 || !strings.Contains(out.String(), "to the user") {
		t.Errorf("the error is %v, and it says %q", err, out)
	}
}

// An interrupted app would leave its files behind.
func TestSynthesisInterrupted(t *testing.T) {
	t.Parallel()
	folder := project(t)
	started, goOn := filepath.Join(folder, "started"), filepath.Join(folder, "go-on")
	for _, file := range []string{started, goOn} {
		if err := syscall.Mkfifo(file, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &bytes.Buffer{}
	s := CLI{Project: folder, Out: out}.Synthesize(ctx, []string{"cleaning"}, nil)
	defer s.Close()
	group, err := os.ReadFile(started)
	if err != nil {
		t.Fatal(err)
	}
	if own := fmt.Sprint(syscall.Getpgrp()); strings.TrimSpace(string(group)) == own {
		t.Errorf("a Ctrl-C in the terminal reaches it: its process group is %s, as ours", own)
	}
	cancel()
	if err := os.WriteFile(goOn, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Wait(); !errors.Is(err, context.Canceled) || !strings.Contains(out.String(), "cleaned up") {
		t.Errorf("the error is %v, and it prints %s", err, out)
	}
}
