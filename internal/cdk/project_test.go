package cdk

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// makeProjects creates two projects, and a folder outside both projects:
//
//	first/cdk.json  first/bin/tool  first/internal/deep
//	second/cdk.json
//	outside/link -> first/bin/tool
//	outside/first -> first
//	outside/cdk.json/ (a folder)
func makeProjects(t *testing.T) string {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	for _, folder := range []string{"first/bin", "first/internal/deep", "second", "outside/cdk.json"} {
		err = errors.Join(err, os.MkdirAll(filepath.Join(root, folder), 0o700))
	}
	for _, file := range []string{"first/cdk.json", "first/bin/tool", "second/cdk.json"} {
		err = errors.Join(err, os.WriteFile(filepath.Join(root, file), []byte("{}"), 0o600))
	}
	err = errors.Join(err, os.Symlink(filepath.Join(root, "first/bin/tool"), filepath.Join(root, "outside/link")),
		os.Symlink(filepath.Join(root, "first"), filepath.Join(root, "outside/first")))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func TestFindProject(t *testing.T) {
	t.Parallel()
	root := makeProjects(t)
	tests := []struct {
		name  string
		hints Hints  // paths relative to root
		want  string // path relative to root; empty if FindProject returns err
		err   error
	}{
		{"named", Hints{Named: "first"}, "first", nil},
		{"named, other hints",
			Hints{Named: "second", Executable: "first/bin/tool", Working: "first"}, "second", nil},
		{"named, subfolder", Hints{Named: "first/bin", Executable: "first/bin/tool", Working: "first"}, "",
			&NotProjectError{Folder: filepath.Join(root, "first/bin")}},
		{"named, missing folder", Hints{Named: "third", Executable: "first/bin/tool", Working: "first"},
			"", &NotProjectError{Folder: filepath.Join(root, "third")}},
		{"project above the program", Hints{Executable: "first/bin/tool", Working: "outside"}, "first", nil},
		{"project above a linked program", Hints{Executable: "outside/link", Working: "outside"}, "first",
			nil},
		{"project above a deleted program", Hints{Executable: "first/bin/tool (deleted)", Working: "outside"},
			"first", nil},
		{"working folder", Hints{Executable: "outside/tool", Working: "second"}, "second", nil},
		{"project above the working folder",
			Hints{Executable: "outside/tool", Working: "first/internal/deep"}, "first", nil},
		{"project above a deleted working folder",
			Hints{Executable: "outside/tool", Working: "first/not/there"}, "first", nil},
		{"program and working folder in one project", Hints{Executable: "first/bin/tool", Working: "first/internal"},
			"first", nil},
		{"working folder linked to the project", Hints{Executable: "first/bin/tool", Working: "outside/first"},
			"first", nil},
		{"two projects", Hints{Executable: "first/bin/tool", Working: "second"}, "",
			&TwoProjectsError{ProgramProject: filepath.Join(root, "first"), WorkingProject: filepath.Join(root, "second")}},
		{"no project, folder named cdk.json", Hints{Executable: "outside/tool", Working: "outside"}, "",
			&NoProjectError{Executable: filepath.Join(root, "outside/tool"), Working: filepath.Join(root, "outside")}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			hints := test.hints
			for _, path := range []*string{&hints.Named, &hints.Executable, &hints.Working} {
				if *path != "" {
					*path = filepath.Join(root, *path)
				}
			}
			got, err := FindProject(hints)
			if diff := cmp.Diff(test.err, err); diff != "" {
				t.Errorf("the error differs (-want +got):\n%s", diff)
			}
			if test.err == nil && got != filepath.Join(root, test.want) {
				t.Errorf("got project %s, want %s", got, test.want)
			}
		})
	}
}

func TestFindProjectReturnsAbsolutePath(t *testing.T) {
	root := makeProjects(t)
	t.Chdir(filepath.Join(root, "outside"))
	if got, err := FindProject(Hints{Named: "../first"}); err != nil || got != filepath.Join(root, "first") {
		t.Errorf("got project %s and error %v, want %s", got, err, filepath.Join(root, "first"))
	}
}
