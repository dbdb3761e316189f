package test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCopiedExample runs the commands in docs/example.md, which copy the example and synthesize the
// copy. The test is offline, so instead of installing the packages, it links to installed ones.
func TestCopiedExample(t *testing.T) {
	t.Parallel()
	const target, install = "../myapp", "npm ci\n"
	script := copyScript(t, "mkdir -p "+target)
	if n := strings.Count(script, install); n != 1 {
		t.Fatalf("the commands in docs/example.md contain %q %d times, want once:\n%s", install, n, script)
	}
	if !strings.Contains(script, "\nnpx cdk synth\n") {
		t.Fatalf("the commands in docs/example.md do not contain npx cdk synth:\n%s", script)
	}
	folder := filepath.Join(t.TempDir(), "myapp")
	script = strings.ReplaceAll(script, target, `"$COPY"`)
	script = strings.Replace(script, install, `test -f package-lock.json && ln -s "$MODULES" node_modules`+"\n", 1)

	variables := []string{"COPY=" + folder, "MODULES=" + filepath.Join(repository, "node_modules"),
		"npm_config_update_notifier=false", skipValidation}
	code, _, stderr := runOffline(t, t.TempDir(), variables, "sh", "-ec", script)
	if code != 0 {
		t.Fatalf("the commands in docs/example.md exited with %d, want 0:\n%s\n%s", code, script, stderr)
	}
	s := synthesis{document: readJSON(t, filepath.Join(folder, "cdk.out", "retrycatch.template.json"))}
	s.onlyResource(t, "AWS::StepFunctions::StateMachine")
}

// copyScript returns the code block in docs/example.md that begins with the given text.
func copyScript(t *testing.T, beginning string) string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(repository, "docs", "example.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(page), "```sh\n"+beginning)
	block, _, ends := strings.Cut(rest, "```")
	if !found || !ends {
		t.Fatalf("docs/example.md has no code block that begins with %q", beginning)
	}
	return beginning + block
}
