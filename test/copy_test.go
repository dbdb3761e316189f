package test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCopiedExample copies the example as docs/example.md says, and synthesizes the copy. The tests
// are offline, so a link to the packages replaces their installation.
func TestCopiedExample(t *testing.T) {
	t.Parallel()
	const target, install = "../myapp", "npm ci\n"
	script := copyScript(t, "mkdir -p "+target)
	if n := strings.Count(script, install); n != 1 {
		t.Fatalf("the page's commands contain %q %d times, want once:\n%s", install, n, script)
	}
	if !strings.Contains(script, "\nnpx cdk synth\n") {
		t.Fatalf("the page's commands do not synthesize the copy:\n%s", script)
	}
	folder := filepath.Join(t.TempDir(), "myapp")
	script = strings.ReplaceAll(script, target, `"$COPY"`)
	script = strings.Replace(script, install, `test -f package-lock.json && ln -s "$MODULES" node_modules`+"\n", 1)

	variables := []string{"COPY=" + folder, "MODULES=" + filepath.Join(repository, "node_modules"),
		"npm_config_update_notifier=false", unvalidated}
	code, _, stderr := runOffline(t, t.TempDir(), variables, "sh", "-ec", script)
	if code != 0 {
		t.Fatalf("the page's commands exit with %d, want 0:\n%s\n%s", code, script, stderr)
	}
	s := synthesis{document: readJSON(t, filepath.Join(folder, "cdk.out", "retrycatch.template.json"))}
	s.only(t, "AWS::StepFunctions::StateMachine")
}

// copyScript returns the page's block of commands that begins with this text.
func copyScript(t *testing.T, beginning string) string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(repository, "docs", "example.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(page), "```sh\n"+beginning)
	block, _, ends := strings.Cut(rest, "```")
	if !found || !ends {
		t.Fatalf("the page has no block of commands that begins with %q", beginning)
	}
	return beginning + block
}
