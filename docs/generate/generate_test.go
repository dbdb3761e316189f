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

// diffPage returns the lines that differ between the generated page and its file in a folder.
func diffPage(p page, folder string) (string, error) {
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
			diff, err := diffPage(p, "..")
			if err != nil {
				t.Fatal(err)
			}
			if diff != "" {
				t.Errorf("docs/%s is stale: run \"make docs\" (-generated +file):\n%s", p.name, diff)
			}
		})
	}
}

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
		if diff, err := diffPage(p, folder); diff == "" || err != nil {
			t.Errorf("%s: got no difference and error %v after an edit, want a difference", p.name, err)
		}
	}
}

func TestCommandDocuments(t *testing.T) {
	t.Parallel()
	var want []string
	for _, cmd := range cli.Commands().Commands() {
		if takesJSON(cmd) {
			want = append(want, cmd.Name())
		}
	}
	var got []string
	for _, d := range commandDocuments {
		if !strings.Contains(d.Command, " ") { // run --count has a document of its own
			got = append(got, d.Command)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the commands with --output json differ: edit commandDocuments in docs/generate/json.go (-cli +page):\n%s",
			diff)
	}
}

func takesJSON(cmd *cobra.Command) bool {
	output := cmd.Flags().Lookup("output")
	return output != nil && output.Value.Type() == "format"
}

// TestExampleFields compares the fields of each example with the table of its document.
func TestExampleFields(t *testing.T) {
	t.Parallel()
	all, err := newJSONPage(filepath.Join(project, "internal", "view"))
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
			for _, difference := range all.compare(d.Fields, example) {
				t.Error(difference)
			}
			unknown := map[string]any{"unknown": 1}
			if differences := all.compare(d.Fields, unknown); len(differences) < 2 {
				t.Errorf("compare(%[2]v): got the differences %[1]q, want the unknown field and the missing fields",
					differences, unknown)
			}
		})
	}
}

// compare reports fields that only the value has, and required fields that only the table has.
func (all jsonPage) compare(fields []row, value any) (differences []string) {
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
			differences = append(differences, "the example lacks the required field "+name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		f, ok := known[name]
		if !ok {
			differences = append(differences, "the table lacks the field "+name)
			continue
		}
		values, isList := object[name].([]any)
		if !isList {
			values = []any{object[name]}
		}
		if nested := all.nestedFields(fields, f); nested != nil {
			for _, one := range values {
				differences = append(differences, all.compare(nested, one)...)
			}
		}
	}
	return differences
}

// nestedFields returns the fields inside the parent field, or nil if the parent is not an object.
func (all jsonPage) nestedFields(fields []row, parent row) (nested []row) {
	for _, shared := range all.Shared {
		if strings.Contains(parent.Type, "["+shared.Name+"]") {
			return shared.Fields
		}
	}
	for _, f := range fields {
		for _, prefix := range []string{parent.Path + ".", parent.Path + "[]."} {
			if path, ok := strings.CutPrefix(f.Path, prefix); ok {
				f.Path = path
				nested = append(nested, f)
			}
		}
	}
	return nested
}

func TestReadTypes_errors(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, source, want string }{
		{"no comment", "type T struct { A string `json:\"a\"` }", "the field a of the type T has no comment"},
		{"unknown type", "type T struct { A uint8 `json:\"a\"` }",
			"T: add the type uint8 of the field a to jsonTypeNames"},
		{"missing type", "type Other struct{}", "there is no type T"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			if err := os.WriteFile(filepath.Join(folder, "t.go"), []byte("package t\n"+test.source), 0o600); err != nil {
				t.Fatal(err)
			}
			found, err := readTypes(folder)
			if err == nil {
				_, err = found.rows("T", "")
			}
			if err == nil || err.Error() != test.want {
				t.Errorf("got error %v, want %q", err, test.want)
			}
		})
	}
}
