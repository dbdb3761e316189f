package test

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What make bench compares the app with has to do the same.
func TestTheBenchmarksReferenceSynthesizesTheSameTemplate(t *testing.T) {
	s := synthesize(t)
	context, err := json.Marshal(readJSON(t, filepath.Join(repository, "cdk.json"))["context"])
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	variables := []string{"CDK_OUTDIR=" + out, "CDK_CONTEXT_JSON=" + string(context), unvalidated}
	if code, stdout, stderr := runOffline(t, t.TempDir(), variables, "node", filepath.Join("bench", "synthesis.cjs")); code != 0 {
		t.Fatalf("it ends with %d, want 0:\n%s%s", code, stdout, stderr)
	}
	reference := readJSON(t, filepath.Join(out, s.id+".template.json"))
	id, _ := s.only(t, "AWS::Lambda::Function")
	code := func(template map[string]any) map[string]any {
		return template["Resources"].(map[string]any)[id].(map[string]any)["Properties"].(map[string]any)["Code"].(map[string]any)
	}
	code(reference)["S3Key"] = code(s.document)["S3Key"] // these tests do not build the function
	if diff := cmp.Diff(s.document, reference); diff != "" {
		t.Errorf("the templates differ (-app +reference):\n%s", diff)
	}
}
