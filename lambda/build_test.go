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
		{"arm64 is built for AArch64", deployment.ARM64, elf.EM_AARCH64},
		{"x86_64 is built for x86-64", deployment.X8664, elf.EM_X86_64},
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

// The asset is named by the hash of these bytes, so whatever changes them deploys the function anew. Not parallel: it
// changes the environment.
func TestBuildFunctionMakesTheSameBytesWhateverTheUsersSettings(t *testing.T) {
	first := build(t)

	settings := filepath.Join(t.TempDir(), "env") // as "go env -w" leaves them
	if err := os.WriteFile(settings, []byte("GOFLAGS=-gcflags=all=-N\nGOEXPERIMENT=nogreenteagc\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, variable, value string }{
		{"another run", "", ""},
		{"the build's flags", "GOFLAGS", "-gcflags=all=-N"},
		{"the build's flags in Go's own settings", "GOENV", settings},
		{"another system", "GOOS", "windows"},
		{"a newer processor", "GOARM64", "v9.0"},
		{"the C compiler", "CGO_ENABLED", "1"},
		{"an experiment of the compiler", "GOEXPERIMENT", "nogreenteagc"},
		{"another cryptography", "GOFIPS140", "latest"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.variable != "" {
				t.Setenv(test.variable, test.value)
			}
			if !bytes.Equal(first, build(t)) {
				t.Errorf("%s=%s changes the function", test.variable, test.value)
			}
		})
	}

	t.Run("no path of this machine is in it", func(t *testing.T) {
		here, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(first, []byte(filepath.Dir(here))) {
			t.Errorf("the function holds the path %s", filepath.Dir(here))
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
		says         string
	}{
		{"when it is canceled", canceled, t.TempDir(), deployment.ARM64, context.Canceled, "for arm64"},
		{"with the go command's words", t.Context(), file, deployment.ARM64, nil, "go build retrycatch/lambda/mockapi"},
		{"on an architecture that Lambda does not have", t.Context(), t.TempDir(), "mips", nil, "mips"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := BuildFunction(test.ctx, test.folder, test.architecture)
			if err == nil {
				t.Fatal("there is no error")
			}
			if !strings.HasPrefix(err.Error(), "the function does not build for ") || !strings.Contains(err.Error(), test.says) {
				t.Errorf("the error is %q, want one that says %q", err, test.says)
			}
			if test.cause != nil && !errors.Is(err, test.cause) {
				t.Errorf("the error %q is no %q", err, test.cause)
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

// requireOnlyBootstrap wants nothing else in the folder, since all of it is uploaded.
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

// requireStaticExecutable wants an executable that needs no library of the system it runs on.
func requireStaticExecutable(t *testing.T, path string, machine elf.Machine) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != 0o755 {
		t.Errorf("the mode is %v, want -rwxr-xr-x", info.Mode())
	}
	file, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if file.Machine != machine {
		t.Errorf("it is built for %v, want %v", file.Machine, machine)
	}
	for _, part := range file.Progs {
		if part.Type == elf.PT_INTERP || part.Type == elf.PT_DYNAMIC {
			t.Errorf("it is dynamically linked: it has a %v", part.Type)
		}
	}
}
