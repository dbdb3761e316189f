package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"retrycatch/internal/cli"
)

const project = "../.."

// stale returns the lines of a page's file that differ from the generated page.
func stale(p page, folder string) (string, error) {
	want, err := p.render(project)
	if err != nil {
		return "", err
	}
	got, err := os.ReadFile(filepath.Join(folder, p.name))
	return cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")), err
}

func TestPages(t *testing.T) {
	t.Parallel()
	for _, p := range pages {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			diff, err := stale(p, "..")
			if err != nil {
				t.Fatal(err)
			}
			if diff != "" {
				t.Errorf("docs/%s is stale: run \"make docs\" (-generated +file):\n%s", p.name, diff)
			}
		})
	}
}

// TestPages_stale edits a page.
func TestPages_stale(t *testing.T) {
	t.Parallel()
	for _, p := range pages {
		text, err := p.render(project)
		if err != nil {
			t.Fatal(err)
		}
		folder := t.TempDir()
		edited := strings.Replace(string(text), "retrycatch", "retry", 1)
		if err := os.WriteFile(filepath.Join(folder, p.name), []byte(edited), 0o600); err != nil {
			t.Fatal(err)
		}
		if diff, err := stale(p, folder); diff == "" || err != nil {
			t.Errorf("%s: got no difference after an edit: %v", p.name, err)
		}
	}
}

// TestDocuments compares the commands with --output json with the documents in the page.
func TestDocuments(t *testing.T) {
	t.Parallel()
	var want []string
	for _, cmd := range cli.Commands().Commands() {
		if takesJSON(cmd) {
			want = append(want, cmd.Name())
		}
	}
	var got []string
	for _, d := range commandDocuments {
		if !strings.Contains(d.Command, " ") { // skip the other document of run --count
			got = append(got, d.Command)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("commands with --output json (-cli +page):\n%s", diff)
	}
}

func takesJSON(cmd *cobra.Command) bool {
	output := cmd.Flags().Lookup("output")
	return output != nil && output.Value.Type() == "format"
}

// TestExampleFields compares the fields of each example with its table.
func TestExampleFields(t *testing.T) {
	t.Parallel()
	all, err := newDocuments(filepath.Join(project, "internal", "view"))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all.Documents {
		t.Run(d.Command, func(t *testing.T) {
			t.Parallel()
			var example any
			if err := json.Unmarshal([]byte(d.Example), &example); err != nil {
				t.Fatal(err)
			}
			for _, mistake := range all.compare(d.Fields, example) {
				t.Error(mistake)
			}
			if mistakes := all.compare(d.Fields, map[string]any{"other": 1}); len(mistakes) < 2 {
				t.Errorf("got %q for a document with one unknown field, want missing fields too", mistakes)
			}
		})
	}
}

// compare reports fields of a value that a table lacks, and required fields that the value lacks.
func (all documents) compare(fields []row, value any) (mistakes []string) {
	object, ok := value.(map[string]any)
	if !ok {
		return []string{fmt.Sprintf("got %v, want an object", value)}
	}
	known := map[string]row{}
	for _, f := range fields {
		if name := strings.TrimSuffix(f.Path, "[]"); !strings.Contains(name, ".") {
			known[name] = f
		}
	}
	for _, name := range slices.Sorted(maps.Keys(known)) {
		if _, has := object[name]; !has && !known[name].Optional {
			mistakes = append(mistakes, "the example lacks the required field "+name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		f, ok := known[name]
		if !ok {
			mistakes = append(mistakes, "the table lacks the field "+name)
			continue
		}
		values, isList := object[name].([]any)
		if !isList {
			values = []any{object[name]}
		}
		if below := all.below(fields, f); below != nil {
			for _, one := range values {
				mistakes = append(mistakes, all.compare(below, one)...)
			}
		}
	}
	return mistakes
}

// below returns the fields of a field's own type, or nil.
func (all documents) below(fields []row, of row) (below []row) {
	for _, shared := range all.Shared {
		if strings.Contains(of.Type, "["+shared.Name+"]") {
			return shared.Fields
		}
	}
	for _, f := range fields {
		for _, prefix := range []string{of.Path + ".", of.Path + "[]."} {
			if path, ok := strings.CutPrefix(f.Path, prefix); ok {
				f.Path = path
				below = append(below, f)
			}
		}
	}
	return below
}

// TestTypes_faults reads packages that the page cannot describe.
func TestTypes_faults(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, source, want string }{
		{"no comment", "type It struct { A string `json:\"a\"` }", "the field a of It needs a comment"},
		{"unknown type", "type It struct { A uint8 `json:\"a\"` }",
			"It: the type uint8 of the field a has no name in the page"},
		{"no such type", "type Other struct{}", "there is no type It"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			if err := os.WriteFile(filepath.Join(folder, "it.go"), []byte("package it\n"+test.source), 0o600); err != nil {
				t.Fatal(err)
			}
			found, err := readTypes(folder)
			if err == nil {
				_, err = found.rows("It", "")
			}
			if err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
