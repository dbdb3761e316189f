package main

import (
	"fmt"
	"slices"
	"strings"
)

// jsonPage holds the data of json.md.
type jsonPage struct {
	Documents []document
	Shared    []object // types that more than one field uses
}

// document describes the JSON document that a command prints.
type document struct {
	Command        string
	Anchor         string
	TypeName       string // in package view
	Example        string // name of the file in examples; newJSONPage replaces it with the content
	ExampleCommand string // command that printed the example
	Fields         []row
}

// object describes a type that has its own table.
type object struct {
	Name   string
	Fields []row
}

// row describes a field in a table.
type row struct {
	Path          string // names of the enclosing fields and of this field, joined by dots
	Type, Meaning string
	Optional      bool
}

// commandDocuments lists the documents of all commands with --output json. TestExamples in
// internal/cli writes the examples.
var commandDocuments = []document{
	{Command: "deploy", TypeName: "deployDocument", Example: "deploy", ExampleCommand: "deploy --yes"},
	{Command: "status", TypeName: "Status", Example: "status", ExampleCommand: "status"},
	{Command: "destroy", TypeName: "teardownDocument", Example: "destroy", ExampleCommand: "destroy --yes"},
	{Command: "run", TypeName: "runsDocument", Example: "run", ExampleCommand: "run 503"},
	{Command: "run --count", TypeName: "loadDocument", Example: "load", ExampleCommand: "run 200 --count 2"},
	{Command: "executions", TypeName: "Executions", Example: "executions", ExampleCommand: "executions"},
	{Command: "inspect", TypeName: "inspectDocument", Example: "inspect", ExampleCommand: "inspect 200 --logs"},
}

// newJSONPage reads the types of the documents from the Go files in a folder.
func newJSONPage(folder string) (jsonPage, error) {
	types, err := readTypes(folder)
	if err != nil {
		return jsonPage{}, err
	}
	var all jsonPage
	for _, d := range commandDocuments {
		example, err := sources.ReadFile("examples/" + d.Example + ".json")
		if err != nil {
			return jsonPage{}, fmt.Errorf("add %q to examples in internal/cli/examples_test.go, and run \"make docs\": %w",
				d.Example, err)
		}
		d.Example, d.Anchor = strings.TrimSpace(string(example)), "#"+strings.ReplaceAll(d.Command, " ", "-")
		if d.Fields, err = types.rows(d.TypeName, ""); err != nil {
			return jsonPage{}, err
		}
		all.Documents = append(all.Documents, d)
	}
	for _, name := range types.sharedTypes() {
		rows, err := types.rows(name, "")
		if err != nil {
			return jsonPage{}, err
		}
		all.Shared = append(all.Shared, object{objectName(name), rows})
	}
	return all, nil
}

// objectName returns the name of a type on the page. For example, stepDocument becomes step.
func objectName(typeName string) string { return strings.TrimSuffix(typeName, "Document") }

// sharedTypes returns the sorted names of the types that more than one field uses.
func (t types) sharedTypes() (names []string) {
	counts, seen := map[string]int{}, map[string]bool{}
	var visit func(typeName string)
	visit = func(typeName string) {
		if seen[typeName] {
			return
		}
		seen[typeName] = true
		for _, f := range t[typeName].fields {
			if _, isObject := t[f.element]; isObject {
				counts[f.element]++
				visit(f.element)
			}
		}
	}
	for _, d := range commandDocuments {
		visit(d.TypeName)
	}
	for name, n := range counts {
		if n > 1 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// rows lists the fields of a type. Below a field with a nested type, it lists the fields of that
// type. It skips the fields of shared types, because a shared type has its own table.
func (t types) rows(typeName, prefix string) (rows []row, err error) {
	declared, ok := t[typeName]
	if !ok {
		return nil, fmt.Errorf("there is no type %s", typeName)
	}
	shared := t.sharedTypes()
	for _, f := range declared.fields {
		if f.comment == "" {
			return nil, fmt.Errorf("the field %s of the type %s has no comment", f.name, typeName)
		}
		_, isObject := t[f.element]
		isShared := slices.Contains(shared, f.element)
		kind := f.element
		switch {
		case isShared:
			kind = "[" + objectName(kind) + "](#" + strings.ToLower(objectName(kind)) + ")"
		case isObject:
			kind = "object"
		}
		path := prefix + f.name
		if f.list {
			kind = "list of " + plural(kind)
			path += "[]"
		}
		rows = append(rows, row{strings.TrimSuffix(path, "[]"), kind, f.comment, f.optional})
		if isObject && !isShared {
			nested, err := t.rows(f.element, path+".")
			if err != nil {
				return nil, err
			}
			rows = append(rows, nested...)
		}
	}
	return rows, nil
}

// plural returns the plural of a type name. The names of shared types stay unchanged.
func plural(kind string) string {
	if slices.Contains([]string{"string", "object", "number", "integer"}, kind) {
		return kind + "s"
	}
	return kind
}
