package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
)

// examples lists the commands whose JSON documents docs/json.md shows.
var examples = []struct {
	file    string // file name of the document, without .json
	args    []string
	prepare func(*world)
	code    int
}{
	{"deploy", []string{"deploy", "--yes"}, deployStack, 0},
	{"run", []string{"run", "503"}, deployStack, 0},
	{"load", []string{"run", "200", "--count", "2"}, func(w *world) {
		w.deploy()
		w.On("SFN.GetExecutionHistory", awsstub.History("", awsstub.ScenarioEvents(awsstub.AWS, "503")...))
	}, 1},
	{"executions", []string{"executions"}, deployWithFailedExecution, 0},
	{"inspect", []string{"inspect", "200", "--logs"}, deployWithFailedExecution, 0},
	{"status", []string{"status"}, deployStack, 0},
	{"destroy", []string{"destroy", "--yes"}, deployStack, 0},
}

// deployWithFailedExecution deploys a stack with two executions. Only the newer execution failed.
func deployWithFailedExecution(w *world) {
	w.deploy()
	w.AddExecution("200-20260102T030405Z-tkz4qa", `{"statuscode":"200"}`)
	w.AddExecution("503-20260102T030405Z-b7wm2e", `{"statuscode":"503"}`)
}

// unstableValues lists patterns of values that differ between runs, and stable values to show
// instead.
var unstableValues = []struct {
	pattern *regexp.Regexp
	stable  string
}{
	{regexp.MustCompile(`20000103T000000Z-[a-z2-7]{6}`), "20260102T030405Z-b7wm2e"},
	{regexp.MustCompile(`2000-01-03T00:00:00Z`), "2026-01-02T03:04:05Z"},
	{regexp.MustCompile(`("traceId": )"1-[^"]*"`), `$1"1-69573685-9f3c1d0e52b84a7d6e1f0a2b"`},
}

// TestExamples compares the documents with the files in docs/generate/examples. "make docs"
// rewrites the files.
func TestExamples(t *testing.T) {
	for _, example := range examples {
		t.Run(example.file, func(t *testing.T) {
			result := runCommand(t, example.prepare, append(example.args, "--output", "json")...)
			if result.code != example.code {
				t.Fatalf("got %s, want exit code %d", result, example.code)
			}
			got := abridgeJSON(t, result.stdout)
			for _, u := range unstableValues {
				got = u.pattern.ReplaceAllString(got, u.stable)
			}
			file := filepath.Join("..", "..", "docs", "generate", "examples", example.file+".json")
			if os.Getenv("UPDATE_DOCS") == "true" {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("the example is stale: run \"make docs\" (-file +document):\n%s", diff)
			}
		})
	}
}

// abridgeJSON shortens every list in a JSON text to two elements and keeps the order of the fields.
func abridgeJSON(t *testing.T, text string) string {
	t.Helper()
	var short, indented bytes.Buffer
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err := copyAbridged(decoder, &short); err != nil {
		t.Fatal(err)
	}
	if err := json.Indent(&indented, short.Bytes(), "", "  "); err != nil {
		t.Fatal(err)
	}
	return indented.String() + "\n"
}

// copyAbridged copies the next value or key, and shortens its lists.
func copyAbridged(d *json.Decoder, to *bytes.Buffer) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	opening, opens := token.(json.Delim)
	if !opens {
		encoder := json.NewEncoder(to)
		encoder.SetEscapeHTML(false)
		return encoder.Encode(token)
	}
	to.WriteString(opening.String())
	for n := 0; d.More(); n++ {
		to := to
		if opening == '[' && n >= 2 {
			to = new(bytes.Buffer)
		}
		if n > 0 {
			to.WriteByte(',')
		}
		if opening == '{' {
			if err := copyAbridged(d, to); err != nil {
				return err
			}
			to.WriteByte(':')
		}
		if err := copyAbridged(d, to); err != nil {
			return err
		}
	}
	closing, err := d.Token()
	if err == nil {
		to.WriteString(closing.(json.Delim).String())
	}
	return err
}
