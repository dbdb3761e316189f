package lambda

import (
	"context"
	"debug/elf"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"retrycatch/internal/deployment"
)

func TestStartBuild(t *testing.T) {
	tests := []struct {
		name, context            string
		earlyArch, requestedArch deployment.Architecture
		machine                  elf.Machine
	}{
		{"no context", "", deployment.ARM64, deployment.ARM64, elf.EM_AARCH64},
		{"expected architecture", `{"architecture": "x86_64"}`, deployment.X8664, deployment.X8664, elf.EM_X86_64},
		{"other architecture", `{"architecture": "x86_64"}`, deployment.X8664, deployment.ARM64, elf.EM_AARCH64},
		{"invalid context", `{"architecture": "mips"}`, "", deployment.ARM64, elf.EM_AARCH64},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("CDK_CONTEXT_JSON", test.context)
			t.Setenv("TMPDIR", t.TempDir())
			f, err := StartBuild(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			f.building.Wait()
			if _, err := os.Stat(filepath.Join(f.folder, "bootstrap")); f.architecture != test.earlyArch ||
				(err == nil) != (test.earlyArch != "") {
				t.Errorf("early build: got architecture %q and bootstrap error %v, want architecture %q (none if empty)",
					f.architecture, err, test.earlyArch)
			}
			folder, err := f.Wait(t.Context(), test.requestedArch)
			if err != nil {
				t.Fatal(err)
			}
			requireOnlyBootstrap(t, folder)
			requireStaticExecutable(t, filepath.Join(folder, "bootstrap"), test.machine)
			f.Remove()
			if leftover, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(leftover) > 0 {
				t.Errorf("got the files %v and error %v after Remove, want none", leftover, err)
			}
		})
	}
}

func TestStartBuildFails(t *testing.T) {
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	f, err := StartBuild(canceled)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Remove()
	if _, err := f.Wait(canceled, deployment.ARM64); !errors.Is(err, context.Canceled) {
		t.Errorf("early build: got the error %v, want %v", err, context.Canceled)
	}
	if _, err := f.Wait(canceled, "mips"); err == nil {
		t.Error("unknown architecture: got no error")
	}
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "missing"))
	if _, err := StartBuild(t.Context()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no temporary directory: got the error %v, want %v", err, os.ErrNotExist)
	}
}
