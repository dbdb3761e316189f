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

// TestStart sets environment variables, and so is not parallel.
func TestStart(t *testing.T) {
	tests := []struct {
		name, context  string
		expected, want deployment.Architecture
		machine        elf.Machine
	}{
		{"no context", "", deployment.ARM64, deployment.ARM64, elf.EM_AARCH64},
		{"the expected one", `{"architecture": "x86_64"}`, deployment.X8664, deployment.X8664, elf.EM_X86_64},
		{"another one", `{"architecture": "x86_64"}`, deployment.X8664, deployment.ARM64, elf.EM_AARCH64},
		{"a wrong context", `{"architecture": "mips"}`, "", deployment.ARM64, elf.EM_AARCH64},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("CDK_CONTEXT_JSON", test.context)
			t.Setenv("TMPDIR", t.TempDir())
			f, err := Start(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			f.building.Wait()
			if _, err := os.Stat(filepath.Join(f.folder, "bootstrap")); f.architecture != test.expected ||
				(err == nil) != (test.expected != "") {
				t.Errorf("the early build is for %q: %v", f.architecture, err)
			}
			folder, err := f.Wait(t.Context(), test.want)
			if err != nil {
				t.Fatal(err)
			}
			requireOnlyBootstrap(t, folder)
			requireStaticExecutable(t, filepath.Join(folder, "bootstrap"), test.machine)
			f.Remove()
			if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
				t.Errorf("it leaves %v: %v", left, err)
			}
		})
	}
}

func TestStartFails(t *testing.T) {
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	f, err := Start(canceled)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Remove()
	if _, err := f.Wait(canceled, deployment.ARM64); !errors.Is(err, context.Canceled) {
		t.Errorf("the error of the early build is %v", err)
	}
	if _, err := f.Wait(canceled, "mips"); err == nil {
		t.Error("it builds for another architecture than Lambda's")
	}
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "missing"))
	if _, err := Start(t.Context()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without a temporary directory the error is %v", err)
	}
}
