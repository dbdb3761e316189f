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

// CloudFormation's linter knows the types of resources that each region has, their properties and the values these take. It is
// known to look: each of the broken templates breaks one rule, be it an error, a warning or for information.
func TestTheLinterFindsNothingInAnyTemplateAndWhatIsWrongWithABrokenOne(t *testing.T) {
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
		{"a property that there is not", `"Handler": `, `"Handle": `, "E3002"},
		{"a value that there is not", `"arm64"`, `"mips"`, "E3030"},
		{"a number out of its range", `"MemorySize": 128`, `"MemorySize": 12`, "E3034"},
		{"a runtime that Lambda has retired", `"provided.al2023"`, `"go1.x"`, "E2531"},
		{"a reference to nothing", `"Ref": "FunctionLogs`, `"Ref": "Nothing`, "E1020"},
		{"an action that there is not", `"lambda:InvokeFunction"`, `"lambda:CallFunction"`, "W3037"},
		{"a type that not every region has", `"Type": "AWS::Logs::LogGroup"`, `"Type": "AWS::CUR::ReportDefinition"`, "E3006"},
		{"a dependency that nobody acknowledges", `"W3005"`, `"W0000"`, "W3005"},
		{"an ARN of one partition", `arn:${AWS::Partition}:states`, `arn:aws:states`, "I3042"},
	}
	var wrong []string
	for _, test := range tests {
		wrong = append(wrong, broken(t, template, test.old, test.broken))
	}
	findings := lint(t, append(files, wrong...)...)
	for _, file := range files {
		if findings[file] != "" {
			t.Errorf("in the template of %s the linter finds:\n%s", names[file], findings[file])
		}
	}
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if says := findings[wrong[i]]; !strings.Contains(says, test.rule) {
				t.Errorf("the linter finds, without %s:\n%s", test.rule, says)
			}
		})
	}
}

// lint gives what the linter finds, by file. It starts slowly, so it takes all files at once.
func lint(t *testing.T, files ...string) map[string]string {
	t.Helper()
	linter := filepath.Join(repository, "test", ".venv", "bin", "cfn-lint")
	if _, err := os.Stat(linter); err != nil {
		t.Fatalf("the linter is not installed: run the tests with \"make test\", which installs it: %v", err)
	}
	arguments := []string{"--format", "json", "--regions", "us-east-1", "eu-central-1", "--include-checks", "I",
		// How to spell what Fn::Join and Fn::Sub both say is for who writes templates: the CDK writes these.
		"--ignore-checks", "I1022", "--"}
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), linter, append(arguments, files...)...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "HOME="+cmd.Dir) // a .cfnlintrc in either would count
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run() // an exit code says only that there are findings
	var matches []struct {
		Filename, Message string
		Rule              struct{ ID string }
		Location          struct{ Path []any }
	}
	if json.Unmarshal(stdout.Bytes(), &matches) != nil {
		t.Fatalf("the linter does not run: %v\n%s%s", err, stdout.String(), stderr.String())
	}
	findings := map[string]string{}
	for _, m := range matches {
		findings[m.Filename] += fmt.Sprintf("%s at %v: %s\n", m.Rule.ID, m.Location.Path, m.Message)
	}
	return findings
}

// broken writes a template with one change to another file.
func broken(t *testing.T, template, old, changed string) string {
	t.Helper()
	data, err := os.ReadFile(template)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(data), old, changed, 1)
	if text == string(data) {
		t.Fatalf("the template has no %s to break", old)
	}
	file := filepath.Join(t.TempDir(), "broken.template.json")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
