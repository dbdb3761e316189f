package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
)

// stubAWSCLI is an AWS CLI that lists three executions, and fails to stop the first one. It records
// its arguments.
const stubAWSCLI = `#!/bin/sh
for word; do printf '<%s>' "$word"; done >> "$RECORD"
echo >> "$RECORD"
[ "$2" = list-executions ] && printf 'arn:1\narn:2\narn:3\n' && exit
cat > /dev/null # like a command that reads its input
case "$*" in *arn:1*) echo "An error occurred" >&2; exit "$FAIL_CODE" ;; esac
`

// TestStopAllCommand pastes the command into shells. The command must try to stop every execution,
// even after a failure. Shell syntax in names must have no effect.
func TestStopAllCommand(t *testing.T) {
	t.Parallel()
	const machine = `arn:aws:states:eu-west-1:111122223333:stateMachine:a'; touch pwned; '$(touch pwned)`
	const profile = "my $(touch pwned) profile"
	subject := targetIn(awsstub.Region, awsstub.New(t))
	subject.profile = profile
	r := finishedLoad(t, 1)
	r.StateMachine = machine
	listCall := "<stepfunctions><list-executions><--state-machine-arn><" + machine + ">" +
		"<--status-filter><RUNNING><--query>" +
		"<executions[?contains(name, `\"" + r.tag + "\"`)].[executionArn]><--output><text>"
	at := "<--region><eu-west-1><--profile><" + profile + ">"
	want := listCall + at + "\n"
	for _, arn := range []string{"arn:1", "arn:2", "arn:3"} {
		want += "<stepfunctions><stop-execution>" + at + "<--execution-arn><" + arn + ">\n"
	}
	command := subject.stopAllCommand(r.StateMachine, r.tag)
	for _, shell := range []string{"sh", "bash", "dash", "zsh"} {
		for _, failCode := range []string{"0", "252", "254", "255"} {
			t.Run(shell+"/"+failCode, func(t *testing.T) {
				t.Parallel()
				requireShell(t, shell)
				folder := t.TempDir()
				writeProgram(t, filepath.Join(folder, "aws"), stubAWSCLI)
				cmd := exec.CommandContext(t.Context(), shell, "-c", command)
				cmd.Dir = folder
				cmd.Env = []string{"PATH=" + folder + ":" + os.Getenv("PATH"), "RECORD=" + filepath.Join(folder,
					"record"),
					"FAIL_CODE=" + failCode}
				output, _ := cmd.CombinedOutput() // the error is ignored: it tells only whether the last stop failed
				record, err := os.ReadFile(filepath.Join(folder, "record"))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, string(record)); diff != "" {
					t.Errorf("the calls differ (-want +got):\n%s\n%s", diff, output)
				}
				if files, _ := filepath.Glob(filepath.Join(folder, "pwned*")); len(files) > 0 {
					t.Error("the shell ran part of a name as a command")
				}
			})
		}
	}
}

// requireShell skips the test if the shell is not installed. In CI, the test fails instead.
func requireShell(t *testing.T, shell string) {
	t.Helper()
	if _, err := exec.LookPath(shell); err == nil {
		return
	}
	missing := shell + " is not installed"
	if os.Getenv("CI") != "" {
		t.Fatal(missing)
	}
	t.Skip(missing)
}
