package lambda

import (
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"retrycatch/internal/deployment"
)

func TestBuildFunction(t *testing.T) {
	tests := []struct {
		name         string
		architecture deployment.Architecture
		machine      elf.Machine
	}{
		{"arm64", deployment.ARM64, elf.EM_AARCH64},
		{"x86_64", deployment.X8664, elf.EM_X86_64},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			if err := BuildFunction(t.Context(), folder, test.architecture); err != nil {
				t.Fatal(err)
			}
			requireOnlyBootstrap(t, folder)
			requireStaticExecutable(t, filepath.Join(folder, "bootstrap"), test.machine)
		})
	}
}

// TestBuildFunctionReproducible checks that the user's settings do not change the executable. The
// hash of its bytes names the asset, so any change would deploy the function again.
func TestBuildFunctionReproducible(t *testing.T) {
	first := build(t)

	settings := filepath.Join(t.TempDir(), "env") // as "go env -w" saves them
	saved := "GOFLAGS=-gcflags=all=-N\nGOEXPERIMENT=nogreenteagc\n"
	if err := os.WriteFile(settings, []byte(saved), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, variable, value string }{
		{"another run", "", ""},
		{"build flags", "GOFLAGS", "-gcflags=all=-N"},
		{"saved Go settings", "GOENV", settings},
		{"operating system", "GOOS", "windows"},
		{"newer processor", "GOARM64", "v9.0"},
		{"C compiler", "CGO_ENABLED", "1"},
		{"compiler experiment", "GOEXPERIMENT", "nogreenteagc"},
		{"FIPS 140 module", "GOFIPS140", "latest"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.variable != "" {
				t.Setenv(test.variable, test.value)
			}
			if !bytes.Equal(first, build(t)) {
				t.Errorf("the executable differs from the first build (variable %q, value %q)",
					test.variable, test.value)
			}
		})
	}

	t.Run("no local path", func(t *testing.T) {
		here, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(first, []byte(filepath.Dir(here))) {
			t.Errorf("the executable contains the path %s", filepath.Dir(here))
		}
	})
}

func TestBuildFunctionFails(t *testing.T) {
	t.Parallel()
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name         string
		ctx          context.Context
		folder       string
		architecture deployment.Architecture
		cause        error
		message      string
	}{
		{"canceled", canceled, t.TempDir(), deployment.ARM64, context.Canceled, "for arm64"},
		{"go build fails", t.Context(), file, deployment.ARM64, nil, "/lambda/mockapi: go build "},
		{"unknown architecture", t.Context(), t.TempDir(), "mips", nil, "mips"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := BuildFunction(test.ctx, test.folder, test.architecture)
			if err == nil {
				t.Fatal("got no error")
			}
			const prefix = "cannot build the function for "
			if !strings.HasPrefix(err.Error(), prefix) || !strings.Contains(err.Error(), test.message) {
				t.Errorf("got the error %q, want one that starts with %q and contains %q", err, prefix, test.message)
			}
			if test.cause != nil && !errors.Is(err, test.cause) {
				t.Errorf("the error %q does not wrap %q", err, test.cause)
			}
		})
	}
}

func build(t *testing.T) []byte {
	t.Helper()
	folder := t.TempDir()
	if err := BuildFunction(t.Context(), folder, deployment.ARM64); err != nil {
		t.Fatal(err)
	}
	executable, err := os.ReadFile(filepath.Join(folder, "bootstrap"))
	if err != nil {
		t.Fatal(err)
	}
	return executable
}

// requireOnlyBootstrap checks that the folder holds only bootstrap. The CDK uploads the whole
// folder.
func requireOnlyBootstrap(t *testing.T, folder string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || entries[0].Name() != "bootstrap" {
		t.Fatalf("the folder holds %v, want only bootstrap", entries)
	}
}

// requireStaticExecutable checks that the executable is for the machine and needs no shared
// library.
func requireStaticExecutable(t *testing.T, path string, machine elf.Machine) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != 0o755 {
		t.Errorf("got the mode %v, want -rwxr-xr-x", info.Mode())
	}
	file, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if file.Machine != machine {
		t.Errorf("got an executable for %v, want %v", file.Machine, machine)
	}
	for _, part := range file.Progs {
		if part.Type == elf.PT_INTERP || part.Type == elf.PT_DYNAMIC {
			t.Errorf("the executable is dynamically linked: it has a %v", part.Type)
		}
	}
}
