package cli

import (
	"strings"
	"testing"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/session"
)

// A suggested command line selects the same deployment even in a shell with other environment
// variables.
func TestCommandLine(t *testing.T) {
	t.Parallel()
	cfg := awsstub.New(t).Config()
	cfg.Region = "eu-west-1"
	dev := &target{Session: &session.Session{Config: cfg}, stage: "dev"}
	tests := []struct {
		name, args string
		opened     *target
		line       func(a *app) string
		want       string
	}{
		{"unchanged", "inspect 429 --logs", nil, func(a *app) string { return a.commandLine() },
			"retrycatch inspect 429 --logs"},
		{"a deployment selected by the environment", "inspect 429 --logs", dev,
			func(a *app) string { return a.commandLine() }, "retrycatch inspect 429 --logs --stage dev --region eu-west-1"},
		{"a deployment selected by the command line", "inspect 429 --region=eu-west-1 --stage dev", dev,
			func(a *app) string { return a.commandLine() }, "retrycatch inspect 429 --region=eu-west-1 --stage dev"},
		{"a stage as an option", "deploy -c stage=dev", dev, func(a *app) string { return a.commandLine("--yes") },
			"retrycatch deploy -c stage=dev --yes --region eu-west-1"},
		{
			"a command without deployment flags",
			"completion bash",
			dev,
			func(a *app) string { return a.commandLine() },
			"retrycatch completion bash",
		},
		{"a replaced region", "status --region us-east-1", dev,
			func(a *app) string { return a.withFlag("region", "eu-west-1") },
			"retrycatch status --region eu-west-1 --stage dev"},
		{
			"a replaced number",
			"executions --limit=0 --output json",
			nil,
			func(a *app) string { return a.withFlag("limit", "20") },
			"retrycatch executions --output json --limit 20",
		},
		{
			"removed flags",
			"run --count 3 --input {} --mix=200=1 429",
			nil,
			func(a *app) string { return a.withoutFlags("count", "mix") },
			"retrycatch run --input '{}' 429",
		},
		{
			"a removed short flag",
			"graph -o - --format svg",
			nil,
			func(a *app) string { return a.withoutFlags("out", "format") },
			"retrycatch graph",
		},
		{
			"a removed switch without a value",
			"inspect --logs 429",
			nil,
			func(a *app) string { return a.withoutFlags("logs") },
			"retrycatch inspect 429",
		},
		{
			"a value that looks like a flag",
			"run --input --count",
			nil,
			func(a *app) string { return a.withoutFlags("count") },
			"retrycatch run --input --count",
		},
		{
			"flags after two hyphens",
			"local --region x -- aws --region y",
			nil,
			func(a *app) string { return a.withFlag("region", "z") },
			"retrycatch local --region z -- aws --region y",
		},
		{"an argument that looks like a flag", "inspect --file log", dev, func(a *app) string { return a.withArgument("-x") },
			"retrycatch inspect --file log --stage dev --region eu-west-1 -- -x"},
		{"a correction that looks like a flag", "report y -o page --open x", dev, func(a *app) string {
			line, _ := a.withCorrection("x", "--help")
			return line
		}, "retrycatch report -o page --open --stage dev --region eu-west-1 -- y --help"},
		{"a corrected value that looks like a flag", "graph --execution x", nil, func(a *app) string {
			line, _ := a.withCorrection("x", "--help")
			return line
		}, "retrycatch graph --execution --help"},
		{"a command to inspect an execution", "run", nil, func(*app) string { return dev.inspectCommand("it's", "--watch") },
			`retrycatch inspect --watch 'it'\''s' --stage dev --region eu-west-1`},
		{
			"a name that looks like a flag",
			"run",
			nil,
			func(*app) string { return dev.inspectCommand("--help", "--watch") },
			"retrycatch inspect --watch --stage dev --region eu-west-1 -- --help",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			args := strings.Fields(test.args)
			cmd, _, err := newRoot().Find(args)
			if err != nil {
				t.Fatal(err)
			}
			a := &app{args: args, opened: test.opened, flags: cmd.Flags()}
			if got := test.line(a); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}
