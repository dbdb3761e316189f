// Package form checks Go comments and test names against rules that no linter supports.
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
	maxCommentLine = 100 // characters in a line that contains only a comment
	maxTestName    = 60  // characters in the full name of a test or a subtest
)

func TestSources(t *testing.T) {
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && skippedFolders[entry.Name()]:
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

// skippedFolders lists the folders that contain no Go files of this project.
var skippedFolders = map[string]bool{".git": true, ".venv": true, "bin": true, "cdk.out": true, "node_modules": true}

// check returns the faults in a file.
func check(name string, source []byte) ([]string, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	c := &checker{set: set, lines: strings.Split(string(source), "\n")}
	c.checkComments(file)
	for _, declaration := range file.Decls {
		function, ok := declaration.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if strings.HasSuffix(name, "_test.go") && function.Recv == nil && isTest(function.Name.Name) {
			c.checkNames(function) // the comment of a test need not begin with its name
		} else {
			c.checkDoc(function)
		}
	}
	return c.faults, nil
}

func isTest(name string) bool {
	return strings.HasPrefix(name, "Test") || strings.HasPrefix(name, "Benchmark") || strings.HasPrefix(name, "Fuzz")
}

// checker collects the faults in a file.
type checker struct {
	set    *token.FileSet
	lines  []string
	faults []string
}

func (c *checker) report(at token.Pos, format string, args ...any) {
	position := c.set.Position(at)
	text := fmt.Sprintf(format, args...)
	c.faults = append(c.faults, fmt.Sprintf("%s:%d: %s", position.Filename, position.Line, text))
}

// checkComments reports long comment lines. A linter checks the lines that also contain code.
func (c *checker) checkComments(file *ast.File) {
	for _, group := range file.Comments {
		for _, comment := range group.List {
			line := c.lines[c.set.Position(comment.Pos()).Line-1]
			text := strings.TrimSpace(line)
			words, isLine := strings.CutPrefix(text, "// ")
			if !isLine || !strings.Contains(words, " ") { // a directive or a URL cannot be wrapped
				continue
			}
			if n := utf8.RuneCountInString(line); n > maxCommentLine {
				c.report(comment.Pos(), "the comment has %d characters, want at most %d", n, maxCommentLine)
			}
		}
	}
}

// checkDoc reports a comment that does not begin with the name of the function and a verb.
func (c *checker) checkDoc(function *ast.FuncDecl) {
	name := function.Name.Name
	words := strings.Fields(function.Doc.Text())
	switch {
	case len(words) == 0 || name == "main" || name == "init":
	case words[0] != name:
		c.report(function.Pos(), "the comment of %s begins with %q, want %q", name, words[0], name)
	case len(words) > 1 && (words[1] == "is" || words[1] == "are"):
		c.report(function.Pos(), "the comment of %s begins with %q, want an action, as in %q",
			name, name+" "+words[1], name+" returns")
	}
}

// checkNames reports long names of a test and its subtests.
func (c *checker) checkNames(test *ast.FuncDecl) {
	name := test.Name.Name
	if n := len(name); n > maxTestName {
		c.report(test.Pos(), "the name %s has %d characters, want at most %d", name, n, maxTestName)
		return
	}
	for _, sub := range findSubtests(test) {
		fullName := name + "/" + sub.name
		if n := utf8.RuneCountInString(fullName); n > maxTestName {
			c.report(sub.at, "the name %s has %d characters, want at most %d", fullName, n, maxTestName)
		}
	}
}
