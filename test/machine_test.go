package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The user's Go settings change neither the template nor the function.
func TestSynthesisIgnoresGoSettings(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	settings, workspace := filepath.Join(folder, "env"), filepath.Join(folder, "go.work")
	for file, content := range map[string]string{ // as "go env -w" leaves them
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
		{"none", nil},
		{"exported", []string{"GOOS=windows", "GOARCH=arm64", "GOWORK=" + workspace, "GO111MODULE=off", "GOROOT=/missing",
			"GOFLAGS=-mod=vendor -race -tags=x -ldflags=-w -overlay=/missing", "CGO_ENABLED=1", "CC=missing",
			"GOEXPERIMENT=missing", "GOAMD64=v9", "GOARM64=v9.9", "GOFIPS140=missing", "GOTMPDIR=/missing"}},
		{"left by go env -w", []string{"GOENV=" + settings, "GOFLAGS="}},
	}
	var want string
	for _, test := range tests {
		out := t.TempDir()
		code, stdout, stderr := runOffline(t, t.TempDir(), append(test.variables, unvalidated),
			cdk(t), "synth", "--quiet", "--no-notices", "--output", out)
		if code != 0 {
			t.Errorf("%s: cdk synth exits with %d:\n%s%s", test.name, code, stdout, stderr)
			continue
		}
		template, err := os.ReadFile(filepath.Join(out, "retrycatch.template.json")) // holds the function's hash
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

// The launcher gives go a temporary folder that allows executables. Without one it says why.
func TestGoTemporaryFolder(t *testing.T) {
	t.Parallel()
	cache, file := t.TempDir(), filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, cache, stdout, stderr string }{
		{"in the build cache", cache, filepath.Join(cache, "retrycatch") + "\n", ""},
		{"none", file, "", "retrycatch: the temporary folder " + file +
			" cannot be used: it cannot be written (ENOTDIR). Set TMPDIR to another.\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := runOffline(t, file, []string{"GOCACHE=" + test.cache},
				"node", "tools/go.mjs", "env", "GOTMPDIR")
			if stdout != test.stdout || stderr != test.stderr || (code == 0) != (test.stderr == "") {
				t.Errorf("it exits with %d and prints\n%s%swant\n%s%s", code, stdout, stderr, test.stdout, test.stderr)
			}
		})
	}
}

// git changes no line endings on checkout.
func TestCheckoutBytes(t *testing.T) {
	t.Parallel()
	git := exec.CommandContext(t.Context(), "git", "-c", "core.autocrlf=true", "-c", "core.eol=crlf", "ls-files", "--eol")
	git.Dir = repository
	files, err := git.Output()
	switch {
	case err != nil && os.Getenv("CI") != "":
		t.Fatal(err)
	case err != nil: // an archive of the project has no repository
		t.Skipf("git cannot list the files: %v", err)
	}
	for line := range strings.Lines(string(files)) {
		attributes, name, _ := strings.Cut(line, "\t")
		if !strings.Contains(attributes, "eol=lf") && !strings.Contains(attributes, "attr/-text") {
			t.Errorf("git may change %s: %s", strings.TrimSpace(name), attributes)
		}
	}
}

// npm installs the CDK CLI, a development dependency, in a production environment too.
func TestNPMInProduction(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{".", "test"} {
		npm := exec.CommandContext(t.Context(), "npm", "config", "get", "include")
		npm.Dir = filepath.Join(repository, folder)
		npm.Env = append(os.Environ(), "NODE_ENV=production", "npm_config_omit=dev")
		output, err := npm.Output()
		if got := strings.TrimSpace(string(output)); err != nil || got != "dev,optional" {
			t.Errorf("in %s npm includes %q, want dev,optional: %v", folder, got, err)
		}
	}
}
