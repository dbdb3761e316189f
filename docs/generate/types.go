package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// types holds a package's struct types with JSON fields, by name.
type types map[string]declaration

type declaration struct{ fields []field }

// field describes a JSON field.
type field struct {
	name     string // JSON name
	element  string // name of the type, or of a list's element type
	list     bool
	optional bool
	comment  string
}

// jsonTypeNames maps Go types to their names on the page.
var jsonTypeNames = map[string]string{"string": "string", "bool": "boolean", "int": "integer", "int64": "integer",
	"float64": "number", "time.Time": "time", "json.RawMessage": "any JSON", "any": "any JSON",
	"map[string]string": "object of strings"}

// readTypes reads the types that a folder's Go files declare. It skips the tests.
func readTypes(folder string) (types, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return nil, err
	}
	specs := map[string]ast.Expr{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, d := range file.Decls {
			if general, ok := d.(*ast.GenDecl); ok && general.Tok == token.TYPE {
				for _, spec := range general.Specs {
					spec := spec.(*ast.TypeSpec)
					specs[spec.Name.Name] = spec.Type
				}
			}
		}
	}
	found := types{}
	for name, spec := range specs {
		if s, ok := spec.(*ast.StructType); ok {
			fields, err := readFields(s, specs)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			if len(fields) > 0 {
				found[name] = declaration{fields}
			}
		}
	}
	return found, nil
}

// readFields returns the fields of a struct that have a JSON name.
func readFields(s *ast.StructType, specs map[string]ast.Expr) (fields []field, err error) {
	for _, f := range s.Fields.List {
		if f.Tag == nil {
			continue
		}
		tag, err := strconv.Unquote(f.Tag.Value)
		if err != nil {
			return nil, err
		}
		options := strings.Split(reflect.StructTag(tag).Get("json"), ",")
		if options[0] == "" || options[0] == "-" {
			continue
		}
		element, list := elementOf(f.Type, specs)
		if name, ok := jsonTypeNames[element]; ok {
			element = name
		} else if specs[element] == nil {
			return nil, fmt.Errorf("add the type %s of the field %s to jsonTypeNames", element, options[0])
		}
		fields = append(fields, field{name: options[0], element: element, list: list,
			optional: slices.Contains(options[1:], "omitempty"), comment: commentOf(f)})
	}
	return fields, nil
}

// elementOf returns the name of a type without pointers. For a list, it returns the element type.
func elementOf(e ast.Expr, specs map[string]ast.Expr) (name string, list bool) {
	switch e := e.(type) {
	case *ast.StarExpr:
		return elementOf(e.X, specs)
	case *ast.ArrayType:
		name, _ = elementOf(e.Elt, specs)
		return name, true
	case *ast.SelectorExpr:
		name, _ = elementOf(e.X, specs)
		return name + "." + e.Sel.Name, false
	case *ast.MapType:
		key, _ := elementOf(e.Key, specs)
		value, _ := elementOf(e.Value, specs)
		return "map[" + key + "]" + value, false
	case *ast.Ident:
		if declared, ok := specs[e.Name].(*ast.ArrayType); ok {
			return elementOf(declared, specs)
		}
		return e.Name, false
	}
	return fmt.Sprintf("%T", e), false
}

// commentOf returns the comments above and beside a field, joined into one line.
func commentOf(f *ast.Field) string {
	return strings.Join(strings.Fields(f.Doc.Text()+" "+f.Comment.Text()), " ")
}
