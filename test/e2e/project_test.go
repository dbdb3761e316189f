package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// Outside of its folder, a project that names another stage must not reach this stack.
func TestOutsideTheProject(t *testing.T) {
	t.Parallel()
	o := deployOriginal(t)
	c := newCloud(t)
	c.bootstrap(t, o)
	c.create(t, o.template)
	before := c.holds(t)
	project, outside := stagedProject(t, "dev"), t.TempDir()
	installed := filepath.Join(project, "bin", "retrycatch")

	tests := []struct {
		name, program, folder string
		flags                 []string
		code                  int
		says                  string
	}{
		{"neither the program nor the folder is the project's", retrycatch, outside, nil, 2, "no project found"},
		{"the program and the folder are of different projects", installed, repository, nil, 2,
			"the program belongs to the project " + project},
		{"the named folder is no project", installed, project, []string{"--project", outside}, 2,
			outside + " is not the project's folder"},
		{"inside", retrycatch, project, nil, 0, "retrycatch-dev"},
		{"outside, with the program in the project", installed, outside, nil, 0, "retrycatch-dev"},
		{"outside, with the project named", retrycatch, outside, []string{"--project", project}, 0, "retrycatch-dev"},
		{"in another project, with this one named", installed, repository, []string{"--project", project}, 0,
			"retrycatch-dev"},
	}
	for _, test := range tests {
		args := append([]string{"destroy", "--yes", "--force", "--assets"}, test.flags...)
		r := runIn(t, test.folder, c.environ(), test.program, args...)
		if r.code != test.code {
			t.Errorf("%s: it ended with exit code %d, want %d:\n%s", test.name, r.code, test.code, r.stderr)
		}
		r.says(t, test.says)
		if come, gone := c.holds(t).Difference(before); len(come)+len(gone) > 0 {
			t.Fatalf("%s: the account holds %q more and lacks %q", test.name, come, gone)
		}
	}
	// The project without a stage reaches it.
	c.must(t, 0, "status", "--project", repository)
}

// stagedProject creates a project's folder whose cdk.json names a stage, with the program in its
// bin.
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
	// Link the program: a file that is being written while another test forks cannot be run.
	if err := os.Link(retrycatch, filepath.Join(bin, "retrycatch")); err != nil {
		t.Fatal(err)
	}
	return project
}
