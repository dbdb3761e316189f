package pages

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"retrycatch/internal/deployment"
	"retrycatch/internal/scenario"
)

// TestTables checks that the tables of the README and of docs/options.md have a row for each option
// and scenario.
func TestTables(t *testing.T) {
	t.Parallel()
	rows := map[string][]string{} // starts of rows, keyed by page
	options := filepath.Join("docs", "options.md")
	for _, option := range deployment.OptionNames() {
		rows["README.md"] = append(rows["README.md"], "| `"+option+"=")
		rows[options] = append(rows[options], "| `"+option+"` |")
	}
	for _, s := range scenario.All() {
		rows["README.md"] = append(rows["README.md"], "| `"+s.Name+"` |")
	}
	for page, starts := range rows {
		text, err := os.ReadFile(filepath.Join(project, page))
		if err != nil {
			t.Fatal(err)
		}
		for _, start := range starts {
			if !strings.Contains(string(text), "\n"+start) {
				t.Errorf("%s has no row that begins with %q", page, start)
			}
		}
	}
}
