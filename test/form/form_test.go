// Package form checks rules for Go comments and test names that no linter has.
package form

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

const (
	mostComment = 100 // characters in a line that holds only a comment
	mostName    = 60  // characters in the name of a test
)

func TestForm(t *testing.T) {
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && others[entry.Name()]:
			return filepath.SkipDir
		case entry.IsDir() || filepath.Ext(path) != ".go":
			return nil
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		faults, err := check(name, source)
		for _, fault := range faults {
			t.Error(fault)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// others lists the folders without Go files of this project.
var others = map[string]bool{".git": true, ".venv": true, "bin": true, "cdk.out": true, "node_modules": true}

// check returns the faults of a file.
func check(name string, source []byte) ([]string, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	f := &form{set: set, lines: strings.Split(string(source), "\n")}
	f.checkComments(file)
	for _, declaration := range file.Decls {
		function, ok := declaration.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if strings.HasSuffix(name, "_test.go") && function.Recv == nil && isTest(function.Name.Name) {
			f.checkNames(function) // a test's comment is free
		} else {
			f.checkDoc(function)
		}
	}
	return f.faults, nil
}

func isTest(name string) bool {
	return strings.HasPrefix(name, "Test") || strings.HasPrefix(name, "Benchmark") || strings.HasPrefix(name, "Fuzz")
}

// form collects the faults of a file.
type form struct {
	set    *token.FileSet
	lines  []string
	faults []string
}

func (f *form) fault(at token.Pos, format string, args ...any) {
	position := f.set.Position(at)
	text := fmt.Sprintf(format, args...)
	f.faults = append(f.faults, fmt.Sprintf("%s:%d: %s", position.Filename, position.Line, text))
}

// checkComments reports long comment lines. For a comment beside code, the linter's limit for code
// applies.
func (f *form) checkComments(file *ast.File) {
	for _, group := range file.Comments {
		for _, comment := range group.List {
			line := f.lines[f.set.Position(comment.Pos()).Line-1]
			text := strings.TrimSpace(line)
			words, isLine := strings.CutPrefix(text, "// ")
			if !isLine || !strings.Contains(words, " ") { // nothing can wrap a directive or a URL
				continue
			}
			if n := utf8.RuneCountInString(line); n > mostComment {
				f.fault(comment.Pos(), "the comment has %d characters, more than %d", n, mostComment)
			}
		}
	}
}

// checkDoc reports a function's comment that does not begin with the name and a verb.
func (f *form) checkDoc(function *ast.FuncDecl) {
	name := function.Name.Name
	words := strings.Fields(function.Doc.Text())
	switch {
	case len(words) == 0 || name == "main" || name == "init":
	case words[0] != name:
		f.fault(function.Pos(), "the comment of %s begins with %q instead of its name", name, words[0])
	case len(words) > 1 && (words[1] == "is" || words[1] == "are"):
		f.fault(function.Pos(), "the comment of %s begins with %q: say what the function does, such as %q",
			name, name+" "+words[1], name+" returns")
	}
}

// checkNames reports long names of a test and its subtests.
func (f *form) checkNames(test *ast.FuncDecl) {
	name := test.Name.Name
	if n := len(name); n > mostName {
		f.fault(test.Pos(), "the name %s has %d characters, more than %d", name, n, mostName)
		return
	}
	for _, sub := range subtests(test) {
		whole := name + "/" + sub.name
		if n := utf8.RuneCountInString(whole); n > mostName {
			f.fault(sub.at, "the name %s has %d characters, more than %d", whole, n, mostName)
		}
	}
}
