package cli

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/view"
)

// A mistake in the command line is one problem, with the corrected command as the next step.
func TestMistakes(t *testing.T) {
	t.Parallel()
	const statuses = `must be RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED`
	tests := []struct {
		name       string
		args       []string
		what, next string
	}{
		{
			"a misspelled command",
			[]string{"rum", "429"},
			`there is no command "rum"; did you mean run?`,
			"retrycatch run 429",
		},
		{
			"a misspelled command with flags",
			[]string{"rum", "--output", "json"},
			`there is no command "rum"; did you mean run?`,
			"retrycatch run --output json",
		},
		{
			"an unknown command",
			[]string{"teleport"},
			`there is no command "teleport"; choose demo, local, deploy, status, destroy, run, ` +
				`executions, inspect, graph, report, completion or help`,
			"retrycatch --help",
		},
		{
			"a misspelled flag",
			[]string{"status", "--ouput", "json"},
			"retrycatch status has no flag --ouput; did you mean --output?",
			"retrycatch status --output json",
		},
		{
			"a misspelled flag with its value",
			[]string{"status", "--ouput=json"},
			"retrycatch status has no flag --ouput; did you mean --output?",
			"retrycatch status --output=json",
		},
		{
			"a long flag with one hyphen",
			[]string{"status", "-output", "json"},
			"retrycatch status has no flag -output; did you mean --output?",
			"retrycatch status --output json",
		},
		{"an unknown flag", []string{"run", "--fast"}, "retrycatch run has no flag --fast", "retrycatch run --help"},
		{"an unknown letter", []string{"run", "-q"}, "retrycatch run has no flag -q", "retrycatch run --help"},
		{
			"a flag of the program",
			[]string{"--verison"},
			"retrycatch has no flag --verison; did you mean --version?",
			"retrycatch --version",
		},
		{
			"a misspelled scenario",
			[]string{"run", "428"},
			`there is no scenario "428"; did you mean 429?`,
			"retrycatch run 429",
		},
		{
			"an unknown scenario",
			[]string{"run", "teapot"},
			`there is no scenario "teapot"; choose 200, 503, 429, 999 or all`,
			"retrycatch run --help",
		},
		{
			"a misspelled status",
			[]string{"executions", "--status", "FAILD"},
			"--status " + statuses + `, not "FAILD"; did you mean FAILED?`,
			"retrycatch executions --status FAILED",
		},
		{
			"a status with swapped letters",
			[]string{"executions", "--status", "fial"},
			"--status " + statuses + `, not "fial"; did you mean FAILED?`,
			"retrycatch executions --status FAILED",
		},
		{
			"a status in lower case",
			[]string{"executions", "--status=runing"},
			"--status " + statuses + `, not "runing"; did you mean RUNNING?`,
			"retrycatch executions --status=RUNNING",
		},
		{
			"a misspelled format",
			[]string{"status", "--output", "jsn"},
			`--output must be text or json, not "jsn"; did you mean json?`,
			"retrycatch status --output json",
		},
		{"no format", []string{"status", "--output", ""}, "--output must be text or json", "retrycatch status --help"},
		{
			"a misspelled picture format",
			[]string{"graph", "-o", "-", "--format", "pgn"},
			"unknown format pgn; did you mean png?",
			"retrycatch graph -o - --format png",
		},
		{
			"a misspelled shell",
			[]string{"completion", "bsah"},
			`no completion script for the shell "bsah", only for bash, zsh, fish, powershell; ` +
				"did you mean bash?",
			"retrycatch completion bash",
		},
		{
			"no shell",
			[]string{"completion"},
			"the argument SHELL is missing: use bash, zsh, fish or powershell",
			"retrycatch completion bash",
		},
		{"a word for a number", []string{"executions", "--limit", "many"}, `--limit must be a whole number, not "many"`,
			"retrycatch executions --help"},
		{"a huge number", []string{"executions", "--limit", "99999999999999999999"},
			"--limit must be from 1 to 1000, not 99999999999999999999", "retrycatch executions --limit 1000"},
		{"a huge negative number", []string{"run", "--count=-99999999999999999999", "200"},
			"--count must be from 1 to 10000, not -99999999999999999999", "retrycatch run 200 --count 1"},
		{"a huge number without a limit", []string{"run", "--concurrency", "99999999999999999999"},
			"--concurrency cannot be as large as 99999999999999999999", "retrycatch run --help"},
		{
			"a word for a switch",
			[]string{"destroy", "--yes=maybe"},
			`--yes must be true or false, not "maybe"`,
			"retrycatch destroy --help",
		},
		{"no value", []string{"run", "--count"}, "--count needs a value: --count N", "retrycatch run --help"},
		{
			"no value of a letter",
			[]string{"deploy", "-c"},
			"--context needs a value: --context NAME=VALUE",
			"retrycatch deploy --help",
		},
		{"a broken flag", []string{"run", "--=x"}, "--=x is not a flag", "retrycatch run --help"},
		{
			"an argument",
			[]string{"status", "dev"},
			`retrycatch status takes no arguments, not "dev"`,
			"retrycatch status --help",
		},
		{
			"two arguments",
			[]string{"inspect", "a", "b"},
			`retrycatch inspect takes one EXECUTION, not "a" "b"`,
			"retrycatch inspect --help",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, out, said := consoleOf("")
			code := (&app{console: c, args: test.args, executable: os.Executable}).execute(t.Context(),
				view.Streams{In: strings.NewReader(""), Out: out, Err: said})
			want := "error: " + test.what + "\n  next: " + test.next + "\n"
			if diff := cmp.Diff(want, said.String()); diff != "" || code != exitUnable || out.Len() > 0 {
				t.Errorf("the exit code is %d, it prints %q and says (-want +got):\n%s", code, out, diff)
			}
		})
	}
}
