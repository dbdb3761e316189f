package cdk

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/problem"
)

func TestContextIsTheEnvironments(t *testing.T) {
	tests := map[string][]string{"": nil, "architecture=x86_64": {"architecture=x86_64"}}
	for value, want := range tests {
		t.Run(value, func(t *testing.T) {
			t.Setenv("CDK_CONTEXT", value)
			if diff := cmp.Diff(want, Context()); diff != "" {
				t.Errorf("the context differs (-want +got):\n%s", diff)
			}
		})
	}
}

// withSettings is a project's folder with a cdk.json of this content.
func withSettings(t *testing.T, content string) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "cdk.json"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestProjectContext(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, content string
		want          map[string]any
	}{
		{"values of every type", `{"app": "go run .", "context": {"stage": "dev", "account": 123456789012, "regions": ["eu-west-1"], "protect": true, "x": null}}`,
			map[string]any{"stage": "dev", "account": 123456789012.0, "regions": []any{"eu-west-1"}, "protect": true, "x": nil}},
		{"no context", `{"app": "go run ."}`, nil},
		{"a context that is null", `{"context": null}`, nil},
		{"an empty context", `{"context": {}}`, map[string]any{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := ProjectContext(withSettings(t, test.content))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("the context differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestASettingsFileThatIsWrongIsNamed(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"an empty file":                  "",
		"a comma too many":               `{"context": {"stage": "dev",}}`,
		"a comment":                      "// ours\n{}",
		"a context that is a list":       `{"context": ["stage=dev"]}`,
		"a context that is a text":       `{"context": "stage=dev"}`,
		"something after the end of it":  `{} {}`,
		"a file that is no JSON at all":  "stage: dev",
		"a file that is not all there":   `{"context": {"stage": "dev"`,
		"a list where an object must be": `[]`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := withSettings(t, content)
			got, err := ProjectContext(folder)
			var p *problem.Problem
			if !errors.As(err, &p) || !strings.HasPrefix(p.What, filepath.Join(folder, "cdk.json")+" is not the JSON that the CDK reads: ") || p.Next == "" {
				t.Errorf("the error is %#v", err)
			}
			if got != nil {
				t.Errorf("there is a context beside the error: %v", got)
			}
		})
	}
}

func TestAMissingSettingsFileIsAnError(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	got, err := ProjectContext(folder)
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), folder) || got != nil {
		t.Errorf("got %v, %v", got, err)
	}
}
