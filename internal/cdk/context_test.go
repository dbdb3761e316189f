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

func TestEnvContext(t *testing.T) {
	tests := map[string][]string{"": nil, "architecture=x86_64": {"architecture=x86_64"}}
	for value, want := range tests {
		t.Run(value, func(t *testing.T) {
			t.Setenv("CDK_CONTEXT", value)
			if diff := cmp.Diff(want, EnvContext()); diff != "" {
				t.Errorf("the context differs (-want +got):\n%s", diff)
			}
		})
	}
}

// projectWithSettings creates a project folder whose cdk.json has this content.
func projectWithSettings(t *testing.T, content string) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "cdk.json"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestReadSettingsContext(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, content string
		want          map[string]any
	}{
		{
			"values of every type",
			`{"app": "go run .", "context": {"stage": "dev", "account": 123456789012, "regions": ["eu-west-1"],
				"protect": true, "x": null}}`,
			map[string]any{"stage": "dev", "account": 123456789012.0, "regions": []any{"eu-west-1"},
				"protect": true, "x": nil},
		},
		{"no context", `{"app": "go run ."}`, map[string]any{}},
		{"null", `{"context": null}`, map[string]any{}},
		{"an empty context", `{"context": {}}`, map[string]any{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := ReadSettings(projectWithSettings(t, test.content))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got.Context); diff != "" {
				t.Errorf("the context differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadSettingsFails(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"empty file":            "",
		"trailing comma":        `{"context": {"stage": "dev",}}`,
		"comment":               "// comment\n{}",
		"list as context":       `{"context": ["stage=dev"]}`,
		"text as context":       `{"context": "stage=dev"}`,
		"trailing data":         `{} {}`,
		"YAML":                  "stage: dev",
		"truncated file":        `{"context": {"stage": "dev"`,
		"list at the top level": `[]`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := projectWithSettings(t, content)
			got, err := ReadSettings(folder)
			var p *problem.Problem
			prefix := filepath.Join(folder, "cdk.json") + " cannot be read as the CDK's settings: "
			if !errors.As(err, &p) || !strings.HasPrefix(p.What, prefix) || p.Next == "" {
				t.Errorf("got error %#v, want a problem that starts with %q", err, prefix)
			}
			if got.Context != nil {
				t.Errorf("got context %v with the error, want none", got.Context)
			}
		})
	}
}

func TestReadSettingsPrecedence(t *testing.T) {
	home, project := t.TempDir(), t.TempDir()
	t.Setenv("HOME", home)
	files := map[string]string{
		filepath.Join(home, ".cdk.json"):           `{"context": {"user": "user", "both": "user", "all": "user"}}`,
		filepath.Join(project, "cdk.context.json"): `{"looked up": "lookup", "both": "lookup", "all": "lookup"}`,
		filepath.Join(project, "cdk.json"):         `{"context": {"project": "project", "all": "project"}}`,
	}
	for file, content := range files {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := ReadSettings(project)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"user": "user", "looked up": "lookup", "project": "project", "both": "lookup",
		"all": "project"}
	if diff := cmp.Diff(want, got.Context); diff != "" {
		t.Errorf("the context differs (-want +got):\n%s", diff)
	}
	for file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			if err := os.WriteFile(file, []byte("no JSON"), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := ReadSettings(project); err == nil || !strings.HasPrefix(err.Error(), file) {
				t.Errorf("got error %v, want prefix %s", err, file)
			}
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
		})
	}
	if got, err := ReadSettings(project); err != nil || len(got.Context) > 0 {
		t.Errorf("without files: got settings %+v and error %v, want no context and no error", got, err)
	}
}
