package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestNewPermissionsPage(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, file, old, new, want string }{
		{"unchanged", "run.json", "", "", ""},
		{"no reason", "run.json", "FindFaults", "FindMore",
			"permissions.yaml lacks a reason for the statement FindMore in run.json"},
		{"unlisted policy", "more.json", "", "", "permissions.yaml does not list more.json"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			if err := os.CopyFS(folder, os.DirFS(filepath.Join(project, "docs", "policies"))); err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(filepath.Join(project, "docs", "policies", "run.json"))
			if err == nil {
				text = []byte(strings.Replace(string(text), test.old, test.new, 1))
				err = os.WriteFile(filepath.Join(folder, test.file), text, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			_, err = newPermissionsPage(folder)
			if (err == nil) != (test.want == "") || err != nil && err.Error() != test.want {
				t.Errorf("got error %v, want %q", err, test.want)
			}
		})
	}
}

func TestReadStatements_unusedReason(t *testing.T) {
	t.Parallel()
	p := policy{Name: "cdk-deploy", Reasons: map[string]string{"AssumeTheCDKsRoles": "a", "Other": "b"}}
	const want = "permissions.yaml gives a reason for Other, but cdk-deploy.json has no such statement"
	if err := p.readStatements(filepath.Join(project, "docs", "policies")); err == nil || err.Error() != want {
		t.Errorf("got error %v, want %q", err, want)
	}
}
