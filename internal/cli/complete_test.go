package cli

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/asl"
	"retrycatch/internal/awsstub"
	"retrycatch/internal/deployment"
	"retrycatch/internal/scenario"
	"retrycatch/internal/session"
	"retrycatch/internal/view"
	"retrycatch/statemachine"
)

// completionsOf returns the completions of a command line and the directive for the shell, as
// cobra's hidden command __completeNoDesc prints them for a completion script.
func completionsOf(t *testing.T, stub *awsstub.Stub, args ...string) (offered []string, directive string) {
	t.Helper()
	c, out, stderr := consoleOf("")
	a := &app{console: c, args: append([]string{"__completeNoDesc"}, args...), executable: os.Executable,
		opener: func(context.Context, string) (*session.Session, error) {
			return targetIn("eu-west-1", stub).Session, nil
		}}
	if code := a.execute(t.Context(), view.Streams{In: c.In, Out: out, Err: stderr}); code != exitDone {
		t.Errorf("got exit code %d, want %d; standard error:\n%s", code, exitDone, stderr)
	}
	offered = strings.Fields(strings.ReplaceAll(out.String(), " ", "_"))
	last := len(offered) - 1
	return offered[:last], offered[last]
}

// Cobra's directives, which tell the shell how to use the completions.
const (
	completeFileNames   = ":0"
	noFiles             = ":4"
	noSpaceAfter        = ":6" // includes noFiles
	completeFolderNames = ":16"
	keepOrder           = ":36" // includes noFiles
)

// commandNames returns the names of the visible commands, in the order of the help.
func commandNames() (names []string) {
	for _, cmd := range allCommands()[1:] {
		if !cmd.Hidden {
			names = append(names, cmd.Name())
		}
	}
	return names
}

// sharesText returns the completions of --mix, separated by spaces.
func sharesText() string {
	var shares []string
	for _, s := range scenario.All() {
		shares = append(shares, s.Name+"=")
	}
	return strings.Join(shares, " ")
}

// stateNames returns the names of the definition's states, as completionsOf returns them.
func stateNames(t *testing.T) (names []string) {
	t.Helper()
	definition, err := asl.Parse([]byte(statemachine.Definition))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range definition.States {
		names = append(names, strings.ReplaceAll(s.Name, " ", "_"))
	}
	return names
}

func TestCompletion(t *testing.T) {
	chdirProject(t, `{"context": {"regions": "eu-west-1,us-east-1"}}`)
	config := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(config, []byte("[default]\n[profile corp]\n[sso-session x]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CONFIG_FILE", config)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	t.Setenv("AWS_REGION", "eu-west-1")
	t.Setenv("AWS_DEFAULT_REGION", "")
	tests := []struct {
		name, line, want, directive string
	}{
		{"commands", "des", "destroy", noFiles},
		{
			"commands after help",
			"help ",
			strings.Join(commandNames(), " "),
			noFiles,
		},
		{"shells", "completion ", "bash zsh fish powershell", noFiles},
		{"flags", "status --out", "--output", noFiles},
		{"scenarios", "run ", strings.Join(scenarioNames(), " "), keepOrder},
		{"a second scenario", "run 200 ", "", noFiles},
		{"formats of data", "status --output ", "text json", noFiles},
		{"formats of pictures", "graph --format ", "mmd png svg", noFiles},
		{"statuses", "executions --status ", "RUNNING SUCCEEDED FAILED TIMED_OUT ABORTED", noFiles},
		{
			"states",
			"inspect latest --step ",
			strings.Join(stateNames(t), " "),
			keepOrder,
		},
		{"options", "deploy -c ", "stage= account= regions= architecture= observability= alarmEmail= protect=", noSpaceAfter},
		{"values of an option", "deploy --context observability=", "observability=on observability=off", noFiles},
		{"values of an option without a fixed list", "deploy -c stage=", "", noFiles},
		{"mixes", "run --count 9 --mix ", sharesText(), noSpaceAfter},
		{"a second share of a mix", "run --count 9 --mix 200=1,", "", noSpaceAfter},
		{"numbers", "executions --limit ", "", noFiles},
		{"files", "inspect --file ", "", completeFileNames},
		{"folders", "status --project ", "", completeFolderNames},
		{"profiles", "status --profile ", "corp default", noFiles},
		{"regions", "status --region ", "eu-west-1 us-east-1", noFiles},
		{"an execution", "inspect ", "latest 503-b 200-a", keepOrder},
		{"an execution as a flag's value", "graph --execution ", "latest 503-b 200-a -503", keepOrder},
		{"more executions", "report 503-b ", "latest 200-a", keepOrder},
		{"an execution that looks like a flag", "inspect -- ", "latest 503-b 200-a -503", keepOrder},
		{"another execution after two hyphens", "report -- latest ", "503-b 200-a -503", keepOrder},
		{"no execution with --file", "inspect --file x ", "", noFiles},
		{"stages", "status --stage ", "dev prod", noFiles},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			output := "<Outputs><member><OutputKey>" + deployment.OutputStateMachine + "</OutputKey><OutputValue>" +
				awsstub.StateMachineARN + "</OutputValue></member></Outputs>"
			stub := stubWithExecutions(t, "503-b", "200-a", "-503").
				On("CloudFormation.DescribeStacks", awsstub.Stack("CREATE_COMPLETE", awsstub.ProjectTags(), output)).
				On("CloudFormation.ListStacks", awsstub.Stacks("",
					awsstub.StackSummary{Name: "retrycatch-dev", Status: "CREATE_COMPLETE"},
					awsstub.StackSummary{Name: "retrycatch-old", Status: "DELETE_COMPLETE"},
					awsstub.StackSummary{Name: "retrycatch-prod", Status: "UPDATE_COMPLETE"}))
			got, directive := completionsOf(t, stub, strings.Split(test.line, " ")...)
			if diff := cmp.Diff(strings.Fields(test.want), got); diff != "" || directive != test.directive {
				t.Errorf("got directive %s, want %s; completions (-want +got, empty if equal):\n%s",
					directive, test.directive, diff)
			}
		})
	}
}

// A shell cannot show an error, so a failed call only leads to fewer completions.
func TestCompletionWithoutAccess(t *testing.T) {
	chdirProject(t, "")
	stub := awsstub.New(t).On("CloudFormation.DescribeStacks", awsstub.Error(http.StatusForbidden, "AccessDenied", "no"))
	if got, _ := completionsOf(t, stub, "inspect", ""); strings.Join(got, " ") != latest {
		t.Errorf("got the completions %q, want only %q", got, latest)
	}
}

// The shells bash and zsh accept the syntax of their completion scripts.
func TestCompletionScripts(t *testing.T) {
	for shell, check := range map[string][]string{"bash": {"bash", "-n"}, "zsh": {"zsh", "-n"}} {
		t.Run(shell, func(t *testing.T) {
			requireShell(t, shell)
			c, out, stderr := consoleOf("")
			a := &app{console: c, args: []string{"completion", shell}, executable: os.Executable}
			code := a.execute(t.Context(), view.Streams{In: c.In, Out: out, Err: stderr})
			if code != exitDone || stderr.Len() > 0 {
				t.Fatalf("got exit code %d and standard error\n%s\nwant %d and none", code, stderr, exitDone)
			}
			cmd := exec.Command(check[0], check[1:]...)
			cmd.Stdin = out
			if text, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s rejects the script: %v\n%s", shell, err, text)
			}
		})
	}
}

// TestCompletionInShells checks the completions that bash and zsh receive from their scripts.
func TestCompletionInShells(t *testing.T) {
	chdirProject(t, "")
	// The function retrycatch prints the recorded completions. The other functions replace those of
	// an interactive shell.
	const bash = `retrycatch() { cat "$ANSWER"; }
		_init_completion() { words=($LINE); cur=${words[-1]}; }
		compopt() { :; }
		COMP_TYPE=9; source "$SCRIPT"; LINE=$1 __start_retrycatch; printf '%s\n' "${COMPREPLY[@]}"`
	const zsh = `retrycatch() { cat "$ANSWER"; }
		compdef() { :; }
		_describe() { print -rl -- "${completions[@]}" "${@:3}"; }
		source "$SCRIPT"; words=(${=1}); CURRENT=$#words; _retrycatch || :`
	tests := []struct{ shell, line, want string }{
		{"bash", "retrycatch run --mix 4", "429="},
		{"bash", "retrycatch run --mix 200=70,4", ""},
		{"bash", "retrycatch deploy --context=protect=", "true false"},
		{"zsh", "retrycatch run --mix=4", sharesText() + " -P --mix= -S"},
		{"zsh", "retrycatch run --mix=200=70,4", "-P --mix= -S"},
		{"zsh", "retrycatch deploy --context=protect=", "protect=true protect=false -P --context="},
		{"zsh", "retrycatch deploy -c protect=", "protect=true protect=false"},
	}
	for _, test := range tests {
		t.Run(test.shell+" "+strings.TrimPrefix(test.line, "retrycatch "), func(t *testing.T) {
			requireShell(t, test.shell)
			folder := t.TempDir()
			script, answer := filepath.Join(folder, "script"), filepath.Join(folder, "answer")
			for file, args := range map[string][]string{script: {"completion", test.shell},
				answer: append([]string{"__complete"}, strings.Fields(test.line)[1:]...)} {
				c, out, stderr := consoleOf("")
				a := &app{console: c, args: args, executable: os.Executable}
				if code := a.execute(t.Context(), view.Streams{In: c.In, Out: out, Err: stderr}); code != exitDone {
					t.Fatalf("%v: got exit code %d, want %d; standard error:\n%s", args, code, exitDone, stderr)
				}
				if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			program := map[string][]string{"bash": {"-c", bash, "bash"}, "zsh": {"-fc", zsh, "zsh"}}[test.shell]
			cmd := exec.CommandContext(t.Context(), test.shell, append(program, test.line)...)
			cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "SCRIPT=" + script, "ANSWER=" + answer}
			text, err := cmd.CombinedOutput()
			if got := strings.Join(strings.Fields(string(text)), " "); err != nil || got != test.want {
				t.Errorf("got the completions %q (%v), want %q", got, err, test.want)
			}
		})
	}
}
