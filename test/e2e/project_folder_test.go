package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// A project with another stage cannot change this stack, wherever the command runs.
func TestProjectFolder(t *testing.T) {
	t.Parallel()
	b := deployBlueprint(t)
	c := newCloud(t)
	c.bootstrap(t, b)
	c.create(t, b.template)
	before := c.resources(t)
	project, outside := stagedProject(t, "dev"), t.TempDir()
	installed := filepath.Join(project, "bin", "retrycatch")

	tests := []struct {
		name, program, folder string
		flags                 []string
		code                  int
		want                  string
	}{
		{"no project", retrycatch, outside, nil, 2, "no project found"},
		{"folder of another project", installed, repository, nil, 2, "the program belongs to the project " + project},
		{"--project without a project", installed, project, []string{"--project", outside}, 2,
			outside + " is not a project folder"},
		{"inside the project", retrycatch, project, nil, 0, "retrycatch-dev"},
		{"program in the project's bin", installed, outside, nil, 0, "retrycatch-dev"},
		{"outside with --project", retrycatch, outside, []string{"--project", project}, 0, "retrycatch-dev"},
		{"folder of another project, --project", installed, repository, []string{"--project", project}, 0,
			"retrycatch-dev"},
	}
	for _, test := range tests {
		args := append([]string{"destroy", "--yes", "--force", "--assets"}, test.flags...)
		r := runIn(t, test.folder, c.environ(), test.program, args...)
		if r.code != test.code {
			t.Errorf("%s: got exit code %d, want %d:\n%s", test.name, r.code, test.code, r.stderr)
		}
		r.wantText(t, test.want)
		if added, removed := c.resources(t).Difference(before); len(added)+len(removed) > 0 {
			t.Fatalf("%s: the account changed (added: %q, removed: %q)", test.name, added, removed)
		}
	}
	// The project without a stage still finds its stack.
	c.mustRun(t, 0, "status", "--project", repository)
}

// stagedProject creates a project folder with a stage in its cdk.json and the program in its bin
// folder.
func stagedProject(t *testing.T, stage string) string {
	t.Helper()
	project, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(repository, "cdk.json"))
	if err != nil {
		t.Fatal(err)
	}
	var settings map[string]any
	if err := json.Unmarshal(content, &settings); err != nil {
		t.Fatal(err)
	}
	settings["context"].(map[string]any)["stage"] = stage
	if content, err = json.Marshal(settings); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(project, "cdk.json"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(project, "bin")
	if err := os.Mkdir(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	// Link the program instead of copying it. Linux does not run a file that any process has open
	// for writing. A process that another test starts in the meantime would inherit the open file.
	if err := os.Link(retrycatch, filepath.Join(bin, "retrycatch")); err != nil {
		t.Fatal(err)
	}
	return project
}
