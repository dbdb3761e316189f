package pages

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// foreignMessages lists the quoted messages of other programs.
var foreignMessages = []string{"Runtime.InvalidEntrypoint", "go: inconsistent vendoring"}

// staleMessages returns the parts of quoted messages that are missing from the texts. A quoted
// message is inline code in the first column of a table. In a message, "…" stands for any text.
func staleMessages(page, texts string) (stale []string) {
	for _, row := range regexp.MustCompile(`(?m)^\| (.*?) \|`).FindAllStringSubmatch(page, -1) {
		for _, code := range regexp.MustCompile("`(.*?)`").FindAllStringSubmatch(row[1], -1) {
			if slices.Contains(foreignMessages, code[1]) {
				continue
			}
			for part := range strings.SplitSeq(code[1], "…") {
				if !strings.Contains(texts, strings.TrimSpace(part)) {
					stale = append(stale, part)
				}
			}
		}
	}
	return stale
}

// stringsIn returns the strings in a Go file, one per line. It joins concatenated literals. Any
// other operand becomes "…".
func stringsIn(t *testing.T, file string) string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var joined func(e ast.Expr) string
	joined = func(e ast.Expr) string {
		switch e := e.(type) {
		case *ast.BasicLit:
			if text, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
				return text
			}
		case *ast.BinaryExpr:
			return joined(e.X) + joined(e.Y)
		}
		return "…"
	}
	var text strings.Builder
	for node := range ast.Preorder(parsed) {
		if e, isExpr := node.(ast.Expr); isExpr {
			text.WriteString(joined(e) + "\n")
		}
	}
	return text.String()
}

// TestQuotedMessages checks that the code or a test contains each message that the documentation
// quotes.
func TestQuotedMessages(t *testing.T) {
	t.Parallel()
	step, err := os.ReadFile(filepath.Join(project, "tools", "step.sh"))
	if err != nil {
		t.Fatal(err)
	}
	texts := string(step)
	for _, folder := range []string{"internal", "lambda", "stacks", filepath.Join("test", "e2e")} {
		err := filepath.WalkDir(filepath.Join(project, folder), func(file string, _ fs.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(file, ".go") {
				texts += stringsIn(t, file)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	page, err := os.ReadFile(filepath.Join(project, "docs", "troubleshooting.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range staleMessages(string(page), texts) {
		t.Errorf("docs/troubleshooting.md quotes %q, but no message contains it", part)
	}
	changed := "| `the stack … is gone`, `is … missing` | run `make demo` |\n"
	if diff := cmp.Diff([]string{" is gone"}, staleMessages(changed, "the stack %s is not missing")); diff != "" {
		t.Errorf("the stale messages of a wrong page differ (-want +got):\n%s", diff)
	}
}
