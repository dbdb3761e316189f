package test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCfnLint checks the templates with cfn-lint. The linter knows the resource types in each
// region, their properties and the allowed values. Each broken template violates one rule.
func TestCfnLint(t *testing.T) {
	var files []string
	names := map[string]string{}
	for _, variant := range variants {
		for _, s := range synthesizeAll(t, variant.options...) {
			files = append(files, s.file("templateFile"))
			names[s.file("templateFile")] = variant.name + ", " + s.id
		}
	}
	template := synthesize(t).file("templateFile")
	tests := []struct{ name, old, broken, rule string }{
		{"unknown property", `"Handler": `, `"Handle": `, "E3002"},
		{"unknown value", `"arm64"`, `"mips"`, "E3030"},
		{"number out of range", `"MemorySize": 128`, `"MemorySize": 12`, "E3034"},
		{"retired runtime", `"provided.al2023"`, `"go1.x"`, "E2531"},
		{"unknown reference", `"Ref": "FunctionLogs`, `"Ref": "Nothing`, "E1020"},
		{"unknown action", `"lambda:InvokeFunction"`, `"lambda:CallFunction"`, "W3037"},
		{"type missing in a region", `"Type": "AWS::Logs::LogGroup"`, `"Type": "AWS::CUR::ReportDefinition"`, "E3006"},
		{"unacknowledged dependency", `"W3005"`, `"W0000"`, "W3005"},
		{"hard-coded partition", `arn:${AWS::Partition}:states`, `arn:aws:states`, "I3042"},
	}
	var brokenFiles []string
	for _, test := range tests {
		brokenFiles = append(brokenFiles, writeBroken(t, template, test.old, test.broken))
	}
	findings := lint(t, append(files, brokenFiles...)...)
	t.Run("clean", func(t *testing.T) {
		for _, file := range files {
			if findings[file] != "" {
				t.Errorf("got findings in the template of %s:\n%s", names[file], findings[file])
			}
		}
	})
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := findings[brokenFiles[i]]; !strings.Contains(got, test.rule) {
				t.Errorf("got findings\n%s\nwant %s", got, test.rule)
			}
		})
	}
}

// lint returns the findings of cfn-lint by file. It passes all files in one call, because cfn-lint
// is slow to start.
func lint(t *testing.T, files ...string) map[string]string {
	t.Helper()
	linter := filepath.Join(repository, "test", ".venv", "bin", "cfn-lint")
	if _, err := os.Stat(linter); err != nil {
		t.Fatalf("the linter is not installed: run \"make test-setup\": %v", err)
	}
	arguments := []string{"--format", "json", "--regions", "us-east-1", "eu-central-1", "--include-checks", "I",
		"--ignore-checks", "I1022", "--"} // I1022 wants Fn::Sub where the CDK writes Fn::Join
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), linter, append(arguments, files...)...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "HOME="+cmd.Dir) // an empty folder, so that no .cfnlintrc is read
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run() // also returns an error if the linter has findings
	var matches []struct {
		Filename, Message string
		Rule              struct{ ID string }
		Location          struct{ Path []any }
	}
	if json.Unmarshal(stdout.Bytes(), &matches) != nil {
		t.Fatalf("cannot run the linter: %v\n%s%s", err, stdout.String(), stderr.String())
	}
	findings := map[string]string{}
	for _, m := range matches {
		findings[m.Filename] += fmt.Sprintf("%s at %v: %s\n", m.Rule.ID, m.Location.Path, m.Message)
	}
	return findings
}

// writeBroken writes a changed copy of a template, and returns its path.
func writeBroken(t *testing.T, template, old, changed string) string {
	t.Helper()
	data, err := os.ReadFile(template)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(data), old, changed, 1)
	if text == string(data) {
		t.Fatalf("the template does not contain %s", old)
	}
	file := filepath.Join(t.TempDir(), "broken.template.json")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
