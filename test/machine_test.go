package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSynthesisIgnoresGoSettings compares templates. A template contains the hash of the function,
// so it shows whether a Go setting changed the build.
func TestSynthesisIgnoresGoSettings(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	settings, workspace := filepath.Join(folder, "env"), filepath.Join(folder, "go.work")
	for file, content := range map[string]string{
		// This file has the format of "go env -w".
		settings: "GOOS=windows\nGOARCH=arm64\nGOFLAGS=-mod=vendor\n" +
			"GOEXPERIMENT=nogreenteagc\nGOAMD64=v4\nGO111MODULE=off\n",
		workspace: "go 1.26\n",
	} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name      string
		variables []string
	}{
		{"no settings", nil},
		{"exported variables", []string{
			"GOOS=windows", "GOARCH=arm64", "GOWORK=" + workspace, "GO111MODULE=off", "GOROOT=/missing",
			"GOFLAGS=-mod=vendor -race -tags=x -ldflags=-w -overlay=/missing", "CGO_ENABLED=1", "CC=missing",
			"GOEXPERIMENT=missing", "GOAMD64=v9", "GOARM64=v9.9", "GOFIPS140=missing", "GOTMPDIR=/missing"}},
		{"saved by go env -w", []string{"GOENV=" + settings, "GOFLAGS="}},
	}
	var want string
	for _, test := range tests {
		out := t.TempDir()
		code, stdout, stderr := runOffline(t, t.TempDir(), append(test.variables, skipValidation),
			cdkCLI(t), "synth", "--quiet", "--no-notices", "--output", out)
		if code != 0 {
			t.Errorf("%s: cdk synth exited with %d, want 0:\n%s%s", test.name, code, stdout, stderr)
			continue
		}
		template, err := os.ReadFile(filepath.Join(out, "retrycatch.template.json"))
		if err != nil {
			t.Fatal(err)
		}
		if want == "" {
			want = string(template)
		}
		if diff := cmp.Diff(want, string(template)); diff != "" {
			t.Errorf("%s: the template differs (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestGoTemporaryFolder(t *testing.T) {
	t.Parallel()
	cache, file := t.TempDir(), filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, cache, stdout, stderr string }{
		{"falls back to the build cache", cache, filepath.Join(cache, "retrycatch") + "\n", ""},
		{"no usable folder", file, "", "retrycatch: cannot use the temporary folder " + file +
			": it is not writable (ENOTDIR). Set TMPDIR to another folder.\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := runOffline(t, file, []string{"GOCACHE=" + test.cache},
				"node", "tools/go.mjs", "env", "GOTMPDIR")
			if stdout != test.stdout || stderr != test.stderr || (code == 0) != (test.stderr == "") {
				t.Errorf("go.mjs exited with %d and printed\n%s%swant\n%s%s", code, stdout, stderr, test.stdout, test.stderr)
			}
		})
	}
}

// TestLineEndings checks that git keeps line endings on checkout, regardless of the setting
// core.autocrlf.
func TestLineEndings(t *testing.T) {
	t.Parallel()
	git := exec.CommandContext(t.Context(), "git", "-c", "core.autocrlf=true", "-c", "core.eol=crlf", "ls-files", "--eol")
	git.Dir = repository
	files, err := git.Output()
	switch {
	case err != nil && os.Getenv("CI") != "":
		t.Fatal(err)
	case err != nil: // the project may come from an archive, without a repository
		t.Skipf("git cannot list the files: %v", err)
	}
	for line := range strings.Lines(string(files)) {
		attributes, name, _ := strings.Cut(line, "\t")
		if !strings.Contains(attributes, "eol=lf") && !strings.Contains(attributes, "attr/-text") {
			t.Errorf("got attributes %q for %s, want eol=lf or -text", attributes, strings.TrimSpace(name))
		}
	}
}

// TestNPMInProduction checks that npm installs the CDK CLI, a development dependency, even in a
// production environment.
func TestNPMInProduction(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{".", "test"} {
		npm := exec.CommandContext(t.Context(), "npm", "config", "get", "include")
		npm.Dir = filepath.Join(repository, folder)
		npm.Env = append(os.Environ(), "NODE_ENV=production", "npm_config_omit=dev")
		output, err := npm.Output()
		if got := strings.TrimSpace(string(output)); err != nil || got != "dev,optional" {
			t.Errorf("npm config get include in the folder %s: got %q and error %v, want dev,optional", folder, got, err)
		}
	}
}
