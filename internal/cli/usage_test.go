package cli

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/view"
)

// A mistake in the command line causes one error. Its next step is the corrected command line, or
// the help.
func TestMistakes(t *testing.T) {
	t.Parallel()
	const statuses = `must be RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED`
	tests := []struct {
		name       string
		args       []string
		what, next string
	}{
		{
			"misspelled command",
			[]string{"rum", "429"},
			`there is no command "rum"; did you mean run?`,
			"retrycatch run 429",
		},
		{
			"misspelled command with flags",
			[]string{"rum", "--output", "json"},
			`there is no command "rum"; did you mean run?`,
			"retrycatch run --output json",
		},
		{
			"unknown command",
			[]string{"teleport"},
			`there is no command "teleport"; choose ` + alternatives(commandNames()),
			"retrycatch --help",
		},
		{
			"misspelled flag",
			[]string{"status", "--ouput", "json"},
			"retrycatch status has no flag --ouput; did you mean --output?",
			"retrycatch status --output json",
		},
		{
			"misspelled flag with its value",
			[]string{"status", "--ouput=json"},
			"retrycatch status has no flag --ouput; did you mean --output?",
			"retrycatch status --output=json",
		},
		{
			"long flag with one hyphen",
			[]string{"status", "-output", "json"},
			"retrycatch status has no flag -output; did you mean --output?",
			"retrycatch status --output json",
		},
		{"unknown flag", []string{"run", "--fast"}, "retrycatch run has no flag --fast", "retrycatch run --help"},
		{"unknown short flag", []string{"run", "-q"}, "retrycatch run has no flag -q", "retrycatch run --help"},
		{
			"misspelled flag of the root command",
			[]string{"--verison"},
			"retrycatch has no flag --verison; did you mean --version?",
			"retrycatch --version",
		},
		{
			"misspelled scenario",
			[]string{"run", "428"},
			`there is no scenario "428"; did you mean 429?`,
			"retrycatch run 429",
		},
		{
			"unknown scenario",
			[]string{"run", "teapot"},
			`there is no scenario "teapot"; choose ` + alternatives(scenarioNames()),
			"retrycatch run --help",
		},
		{
			"other status code",
			[]string{"run", "500"},
			`there is no scenario "500"; choose ` + alternatives(scenarioNames()),
			"retrycatch run --help",
		},
		{
			"misspelled status",
			[]string{"executions", "--status", "FAILD"},
			"--status " + statuses + `, not "FAILD"; did you mean FAILED?`,
			"retrycatch executions --status FAILED",
		},
		{
			"status with swapped letters",
			[]string{"executions", "--status", "fial"},
			"--status " + statuses + `, not "fial"; did you mean FAILED?`,
			"retrycatch executions --status FAILED",
		},
		{
			"misspelled status in lower case",
			[]string{"executions", "--status=runing"},
			"--status " + statuses + `, not "runing"; did you mean RUNNING?`,
			"retrycatch executions --status=RUNNING",
		},
		{
			"misspelled format",
			[]string{"status", "--output", "jsn"},
			`--output must be text or json, not "jsn"; did you mean json?`,
			"retrycatch status --output json",
		},
		{"empty format", []string{"status", "--output", ""}, "--output must be text or json", "retrycatch status --help"},
		{
			"misspelled picture format",
			[]string{"graph", "-o", "-", "--format", "pgn"},
			"unknown format pgn; did you mean png?",
			"retrycatch graph -o - --format png",
		},
		{
			"misspelled shell",
			[]string{"completion", "bsah"},
			`no completion script for the shell "bsah", only for bash, zsh, fish, powershell; ` +
				"did you mean bash?",
			"retrycatch completion bash",
		},
		{
			"missing shell",
			[]string{"completion"},
			"the argument SHELL is missing: use bash, zsh, fish or powershell",
			"retrycatch completion bash",
		},
		{"empty argument", []string{"inspect", ""}, "the argument EXECUTION must not be empty",
			"retrycatch inspect --help"},
		{"empty argument of report", []string{"report", "latest", ""}, "the argument EXECUTION must not be empty",
			"retrycatch report --help"},
		{"empty argument of graph", []string{"graph", ""}, `retrycatch graph takes no arguments, but got ""`,
			"retrycatch graph --help"},
		{"blank argument", []string{"run", " "}, "the argument SCENARIO must not be empty", "retrycatch run --help"},
		{"empty value", []string{"graph", "--definition", ""}, "--definition must not be empty",
			"retrycatch graph --help"},
		{"malformed region of a local AWS", []string{"local", "--region", "nonsense", "--", "sh"},
			`"nonsense" is not a valid region name`, "retrycatch local --region us-east-1 -- sh"},
		{"not a number", []string{"executions", "--limit", "many"}, `--limit must be a whole number, not "many"`,
			"retrycatch executions --help"},
		{"huge number", []string{"executions", "--limit", "99999999999999999999"},
			"--limit must be from 1 to 1000, not 99999999999999999999", "retrycatch executions --limit 1000"},
		{"huge negative number", []string{"run", "--count=-99999999999999999999", "200"},
			"--count must be from 1 to 10000, not -99999999999999999999", "retrycatch run 200 --count 1"},
		{"huge number, no upper limit", []string{"run", "--concurrency", "99999999999999999999"},
			"--concurrency is out of range: 99999999999999999999", "retrycatch run --help"},
		{
			"not a boolean",
			[]string{"destroy", "--yes=maybe"},
			`--yes must be true or false, not "maybe"`,
			"retrycatch destroy --help",
		},
		{"missing value", []string{"run", "--count"}, "--count needs a value: --count N", "retrycatch run --help"},
		{
			"missing value of a short flag",
			[]string{"deploy", "-c"},
			"--context needs a value: --context NAME=VALUE",
			"retrycatch deploy --help",
		},
		{"malformed flag", []string{"run", "--=x"}, "--=x is not a flag", "retrycatch run --help"},
		{
			"unexpected argument",
			[]string{"status", "dev"},
			`retrycatch status takes no arguments, but got "dev"`,
			"retrycatch status --help",
		},
		{
			"file as an argument of graph",
			[]string{"graph", "-o", "x.svg", "usage_test.go"},
			`retrycatch graph takes no arguments, but got "usage_test.go"`,
			"retrycatch graph -o x.svg --definition usage_test.go",
		},
		{
			"execution as an argument of graph",
			[]string{"graph", "latest"},
			`retrycatch graph takes no arguments, but got "latest"`,
			"retrycatch graph --execution latest",
		},
		{
			"argument of graph that equals a flag's value",
			[]string{"graph", "-o", "latest", "--", "latest"},
			`retrycatch graph takes no arguments, but got "latest"`,
			"retrycatch graph -o latest --execution latest",
		},
		{
			"file as an argument of inspect",
			[]string{"inspect", "usage_test.go", "--events"},
			"EXECUTION must name an execution, not a file; to read a history from a file, use --file",
			"retrycatch inspect --events --file usage_test.go",
		},
		{
			"two arguments",
			[]string{"inspect", "a", "b"},
			`retrycatch inspect takes one EXECUTION, but got "a" "b"`,
			"retrycatch inspect --help",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, out, stderr := consoleOf("")
			code := (&app{console: c, args: test.args, executable: os.Executable}).execute(t.Context(),
				view.Streams{In: strings.NewReader(""), Out: out, Err: stderr})
			want := "error: " + test.what + "\n  next: " + test.next + "\n"
			if diff := cmp.Diff(want, stderr.String()); diff != "" || code != exitUnable || out.Len() > 0 {
				t.Errorf("got exit code %d and output %q, want %d and none; standard error (-want +got, empty if equal):\n%s",
					code, out, exitUnable, diff)
			}
		})
	}
}

func TestNumberFlag(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]int{"7": 7, "010": 10, "-3": -3} {
		number := numberFlag(1)
		if err := number.Set(value); err != nil || int(number) != want {
			t.Errorf("%s: got %d and error %v, want %d", value, number, err, want)
		}
	}
}
