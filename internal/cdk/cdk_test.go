package cdk

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/problem"
)

// fake is a script that simulates the CDK CLI. It prints its arguments and settings. The stack's
// name selects what the script does next.
const fake = `#!/bin/sh
printf 'argument %s\n' "$@"
echo "folder $(pwd -P)"
echo "files $(ls -A | wc -l | tr -d ' ')"
echo "path $PATH"
echo "home $CDK_HOME"
echo "color $FORCE_COLOR"
echo "to the user" >&2
case " $* " in
*" asking "*) read -r answer; echo "answer $answer" ;;
*" failing "*) exit 3 ;;
*" declining "*)
	echo '[{"event": {"state": "SUCCEEDED"}}, {"error": {"name": "DeployAborted"}}]' >"$CDK_TELEMETRY_FILE"
	exit 1
	;;
*" broken "*)
	echo '[{"error": {"name": "UnknownError"}}]' >"$CDK_TELEMETRY_FILE"
	exit 3
	;;
*" terminal "*) [ -t 1 ] && [ -t 2 ] && echo "terminal $(stty size <&2)"; read -r answer; echo "answer $answer" ;;
*" synthesized "*) mkdir "$4" && echo '{}' >"$4/manifest.json" ;;
*" stubborn "*)
	sh -c 'trap "" INT; while :; do sleep 1; done' >/dev/null 2>&1 &
	echo "$(ps -o pgid= -p $$) $!" >started
	wait
	;;
*" lasting "*)
	sleep 600 >/dev/null 2>&1 &
	trap 'kill $!; echo interrupted; exit 130' INT
	echo lasting
	wait
	;;
esac
`

// fakeFile is the path of the script. TestMain writes the script before any test starts a process.
// A process that started while the file was open for writing would inherit the open file. Then
// Linux could not execute the script.
var fakeFile string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	folder, err := os.MkdirTemp("", "retrycatch-cdk-test-")
	if err == nil {
		defer os.RemoveAll(folder)
		fakeFile = filepath.Join(folder, "cdk")
		err = os.WriteFile(fakeFile, []byte(fake), 0o700)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// project returns a project folder with the fake CDK CLI installed.
func project(t *testing.T) string {
	t.Helper()
	folder, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(folder, "node_modules", ".bin")
	if err := os.MkdirAll(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(fakeFile, filepath.Join(bin, "cdk")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "cdk.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

var access = Access{Credentials: aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: "secret", SessionToken: "token"},
	Account: "111122223333", Region: "eu-central-1"}

func deploymentOf(stack string) Deployment {
	return Deployment{Stack: stack, Approval: "never"}
}

// printedValues returns the values in the script's output lines that start with name.
func printedValues(out *bytes.Buffer, name string) []string {
	var values []string
	for line := range strings.Lines(out.String()) {
		if value, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), name+" "); ok {
			values = append(values, value)
		}
	}
	return values
}

func TestCheck(t *testing.T) {
	installed, bare := project(t), t.TempDir()
	const noCDK, noGo = "the CDK CLI is not installed", "go is not in PATH"
	tests := []struct {
		name    string
		project string
		hasGo   bool
		want    []string
	}{
		{"complete", installed, true, nil},
		{"no node_modules", bare, true, []string{noCDK}},
		{"no go", installed, false, []string{noGo}},
		{"no node_modules, no go", bare, false, []string{noCDK, noGo}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			folder := t.TempDir()
			if test.hasGo {
				if err := os.Symlink(fakeFile, filepath.Join(folder, "go")); err != nil {
					t.Fatal(err)
				}
			}
			t.Setenv("PATH", folder)
			var got []string
			err := CLI{Project: test.project}.Check()
			if joined, ok := err.(interface{ Unwrap() []error }); ok {
				for _, err := range joined.Unwrap() {
					var p *problem.Problem
					if !errors.As(err, &p) || p.Next == "" {
						t.Fatalf("got %v, want a problem with a next step", err)
					}
					got = append(got, p.What)
				}
			}
			if len(got) != len(test.want) {
				t.Fatalf("got problems %q, want prefixes %q", got, test.want)
			}
			for i, want := range test.want {
				if !strings.HasPrefix(got[i], want) {
					t.Errorf("got problem %q, want prefix %q", got[i], want)
				}
			}
		})
	}
}

func TestDeploy(t *testing.T) {
	t.Parallel()
	plain := []string{
		"deploy",
		"--require-approval",
		"never",
		"--progress",
		"errors-only",
		"retrycatch",
		"--no-notices",
	}
	tests := []struct {
		name       string
		deployment Deployment
		want       []string
	}{
		{"plain", Deployment{Stack: "retrycatch"}, plain},
		{"context", Deployment{Stack: "retrycatch", Pairs: []string{"architecture=x86_64", "a=b c"}},
			append(plain[:7:7], "--context", "architecture=x86_64", "--context", "a=b c")},
		{"tags", Deployment{Stack: "retrycatch", Tags: []Tag{{"team", "a b"}, {"cost", "="}}},
			append(plain[:7:7], "--tags", "team=a b", "--tags", "cost==")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			folder, out := project(t), &bytes.Buffer{}
			cli := CLI{Project: folder, Access: access, Out: out}
			test.deployment.Approval = "never"
			if err := cli.Deploy(t.Context(), test.deployment); err != nil {
				t.Fatal(err)
			}
			want := append(slices.Clone(test.want), "--profile=", "--region", "eu-central-1")
			if diff := cmp.Diff(want, printedValues(out, "argument")); diff != "" {
				t.Errorf("the arguments differ (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{folder}, printedValues(out, "folder")); diff != "" {
				t.Errorf("the folder differs (-want +got):\n%s", diff)
			}
			bin := filepath.Join(folder, "node_modules", ".bin") // contains the pinned Node
			path := []string{bin + string(os.PathListSeparator) + os.Getenv("PATH")}
			if diff := cmp.Diff(path, printedValues(out, "path")); diff != "" {
				t.Errorf("PATH differs (-want +got):\n%s", diff)
			}
			if !strings.Contains(out.String(), "to the user") {
				t.Errorf("got output %q, want it to include the standard error", out)
			}
		})
	}
}

func TestPlain(t *testing.T) {
	t.Setenv("FORCE_COLOR", "1")
	for plain, want := range map[bool]string{true: "0", false: "1"} {
		out := &bytes.Buffer{}
		cli := CLI{Project: project(t), Out: out, Plain: plain}
		if err := cli.Deploy(t.Context(), deploymentOf("x")); err != nil {
			t.Fatal(err)
		}
		if got := printedValues(out, "color"); len(got) != 1 || got[0] != want {
			t.Errorf("plain %t: got FORCE_COLOR %q, want %s", plain, got, want)
		}
	}
}

func TestDeployAnswer(t *testing.T) {
	t.Parallel()
	out := &bytes.Buffer{}
	cli := CLI{Project: project(t), In: strings.NewReader("yes\n"), Out: out}
	if err := cli.Deploy(t.Context(), deploymentOf("asking")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"yes"}, printedValues(out, "answer")); diff != "" {
		t.Errorf("the answer differs (-want +got):\n%s", diff)
	}
}

func TestBootstrap(t *testing.T) {
	t.Parallel()
	folder, out := project(t), &bytes.Buffer{}
	cli := CLI{Project: folder, Access: access, Out: out}
	if err := cli.Bootstrap(t.Context(), Settings{}.Bootstrap(nil), "aws"); err != nil {
		t.Fatal(err)
	}
	want := []string{"bootstrap", "aws://111122223333/eu-central-1", "--qualifier", "hnb659fds",
		"--toolkit-stack-name", "CDKToolkit", "--profile=", "--region", "eu-central-1"}
	if diff := cmp.Diff(want, printedValues(out, "argument")); diff != "" {
		t.Errorf("the arguments differ (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"0"}, printedValues(out, "files")); diff != "" {
		t.Errorf("the number of files in the working folder differs (-want +got):\n%s", diff)
	}
	working := printedValues(out, "folder")[0]
	if _, err := os.Stat(working); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder %s still exists: %v", working, err)
	}
}
