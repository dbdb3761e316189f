package main

import (
	"fmt"
	"slices"
	"strings"
)

// documents is the content of json.md.
type documents struct {
	Documents []document
	Shared    []object // the types of several fields
}

// document is the JSON document of a command.
type document struct {
	Command  string
	Anchor   string
	TypeName string // of package view
	Example  string // the file in examples, and later its text
	Made     string // the command that printed the example
	Fields   []row
}

// object describes a type that several fields have.
type object struct {
	Name   string
	Fields []row
}

// row is a field of a document, with the path to it.
type row struct {
	Path, Type, Meaning string
	Optional            bool
}

// commandDocuments lists the documents of all commands with --output json. The examples come from
// TestExamples of package cli.
var commandDocuments = []document{
	{Command: "deploy", TypeName: "deployDocument", Example: "deploy", Made: "deploy --yes"},
	{Command: "status", TypeName: "Status", Example: "status", Made: "status"},
	{Command: "destroy", TypeName: "teardownDocument", Example: "destroy", Made: "destroy --yes"},
	{Command: "run", TypeName: "runsDocument", Example: "run", Made: "run 503"},
	{Command: "run --count", TypeName: "loadDocument", Example: "load", Made: "run 200 --count 2"},
	{Command: "executions", TypeName: "Executions", Example: "executions", Made: "executions"},
	{Command: "inspect", TypeName: "inspectDocument", Example: "inspect", Made: "inspect 200 --logs"},
}

// newDocuments reads the types of the documents in a folder with Go files.
func newDocuments(folder string) (documents, error) {
	types, err := readTypes(folder)
	if err != nil {
		return documents{}, err
	}
	var all documents
	for _, d := range commandDocuments {
		example, err := sources.ReadFile("examples/" + d.Example + ".json")
		if err != nil {
			return documents{}, err
		}
		d.Example, d.Anchor = strings.TrimSpace(string(example)), "#"+strings.ReplaceAll(d.Command, " ", "-")
		if d.Fields, err = types.rows(d.TypeName, ""); err != nil {
			return documents{}, err
		}
		all.Documents = append(all.Documents, d)
	}
	for _, name := range types.shared() {
		rows, err := types.rows(name, "")
		if err != nil {
			return documents{}, err
		}
		all.Shared = append(all.Shared, object{objectName(name), rows})
	}
	return all, nil
}

// objectName returns the name of a type in the page: step for stepDocument.
func objectName(typeName string) string { return strings.TrimSuffix(typeName, "Document") }

// shared returns the types that several fields of the documents have, sorted.
func (t types) shared() (names []string) {
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

// rows lists the fields of a type and, below each field, those of its own type. It leaves out the
// fields of shared types: these have tables of their own.
func (t types) rows(typeName, prefix string) (rows []row, err error) {
	declared, ok := t[typeName]
	if !ok {
		return nil, fmt.Errorf("there is no type %s", typeName)
	}
	shared := t.shared()
	for _, f := range declared.fields {
		if f.comment == "" {
			return nil, fmt.Errorf("the field %s of %s needs a comment", f.name, typeName)
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
			below, err := t.rows(f.element, path+".")
			if err != nil {
				return nil, err
			}
			rows = append(rows, below...)
		}
	}
	return rows, nil
}

// plural returns the name of several values.
func plural(kind string) string {
	if slices.Contains([]string{"string", "object", "number", "integer"}, kind) {
		return kind + "s"
	}
	return kind
}
