package pages

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/cli"
	"retrycatch/internal/deployment"
	"retrycatch/internal/history"
	"retrycatch/internal/scenario"
)

// TestTables checks that the tables have a row for each option, scenario and command, and that
// docs/costs.md counts what a run of all scenarios uses.
func TestTables(t *testing.T) {
	t.Parallel()
	const readme = "README.md"
	options := filepath.Join("docs", "options.md")
	rows := map[string][]string{filepath.Join("docs", "costs.md"): costRows()} // starts of rows, keyed by page
	for _, option := range deployment.OptionNames() {
		rows[readme] = append(rows[readme], "| `"+option+"=")
		rows[options] = append(rows[options], "| `"+option+"` |")
	}
	for _, s := range scenario.All() {
		rows[readme] = append(rows[readme], scenarioRow(s))
	}
	for _, cmd := range cli.Commands().Commands() {
		if name := cmd.Name(); !cmd.Hidden && name != "help" {
			rows[readme] = append(rows[readme], fmt.Sprintf("| [`%[1]s`](docs/commands.md#retrycatch-%[1]s) |", name))
		}
	}
	for page, starts := range rows {
		text, err := os.ReadFile(filepath.Join(project, page))
		if err != nil {
			t.Fatal(err)
		}
		for _, start := range starts {
			if !strings.Contains(string(text), "\n"+start) {
				t.Errorf("add a row to %s that begins with\n%s", page, start)
			}
		}
	}
}

// expectedExecution returns an execution that behaves as its scenario expects.
func expectedExecution(s scenario.Scenario) history.Execution {
	return history.New(awsstub.ScenarioEvents(awsstub.AWS, s.Name))
}

// scenarioRow returns the row of a scenario: its name, path and result.
func scenarioRow(s scenario.Scenario) string {
	e := expectedExecution(s)
	var states []string
	for _, step := range e.Steps {
		state := step.State
		if n := len(step.Attempts); n > 1 {
			state += fmt.Sprintf(", %d attempts", n)
		}
		states = append(states, state)
	}
	result := "succeeds"
	if s.Error != "" {
		result = "fails with `" + s.Error + "`"
	}
	if seconds := e.End.Sub(e.Start) / time.Second; seconds > 0 {
		result += fmt.Sprintf(" after %d s", seconds)
	}
	return fmt.Sprintf("| `%s` | %s | %s |", s.Name, strings.Join(states, " → "), result)
}

// costRows returns the starts of the rows that depend on the number of scenarios.
func costRows() []string {
	transitions, attempts := 0, 0
	var each []string
	for _, s := range scenario.All() {
		e := expectedExecution(s)
		transitions += e.Transitions()
		attempts += e.Attempts()
		each = append(each, fmt.Sprint(e.Transitions()))
	}
	return []string{
		fmt.Sprintf("| Step Functions | %d state transitions: %s;", transitions, strings.Join(each, " + ")),
		fmt.Sprintf("| Lambda | %d invocations of", attempts),
		fmt.Sprintf("| X-Ray | %d traces |", len(each)),
	}
}
