package cli

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/cdk"
	"retrycatch/internal/deployment"
	"retrycatch/internal/inventory"
)

// fakeCDK returns a CDK CLI that succeeds, and the path of a file that its deploy command creates.
func fakeCDK(t *testing.T) (cli cdk.CLI, ranFile string) {
	t.Helper()
	project := createProject(t, "{}")
	ranFile = filepath.Join(project, "ran")
	program := filepath.Join(project, "node_modules", ".bin", "cdk")
	if err := os.MkdirAll(filepath.Dir(program), 0o700); err != nil {
		t.Fatal(err)
	}
	script := "#!/bin/sh\nif [ \"$1\" = deploy ]; then touch '" + ranFile + "'; fi\n"
	writeProgram(t, program, script)
	return cdk.CLI{Project: project, Out: &strings.Builder{}}, ranFile
}

// writeProgram writes an executable script. Linux does not execute a file that is open for writing,
// and a process that another test starts would inherit the open file. ForkLock prevents such a
// start.
func writeProgram(t *testing.T, path, script string) {
	t.Helper()
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := os.WriteFile(path, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
}

func startSynthesis(t *testing.T, cli cdk.CLI) *cdk.Synthesis {
	t.Helper()
	synthesis := cli.Synthesize(t.Context(), "retrycatch", nil)
	t.Cleanup(func() {
		if err := synthesis.Close(); err != nil {
			t.Error(err)
		}
	})
	return synthesis
}

func fileExists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// stackEvent returns an event of the stack itself. The minute counts from the creation of the
// stack.
func stackEvent(minute int, status string) awsstub.StackResource {
	return awsstub.StackResource{Kind: "AWS::CloudFormation::Stack", ID: awsstub.StackARN, Status: status,
		At: awsstub.Created.Add(time.Duration(minute) * time.Minute)}
}

func TestDeployForeignStack(t *testing.T) {
	t.Parallel()
	stub := deployed(t, awsstub.Stack("UPDATE_COMPLETE", awsstub.Tags("Project", "payroll")), everything...)
	cli, ranFile := fakeCDK(t)
	console, _, _ := consoleOf("")
	err := (&app{console: console}).rollOut(t.Context(), rollout{cli: cli, targets: []*target{targetIn("eu-west-1", stub)},
		options: deployOptions{yes: true}, synthesis: startSynthesis(t, cli)})
	requireProblems(t, err, "the stack retrycatch belongs to somebody else: it does not have the tag Project=retrycatch",
		"retrycatch deploy --stage dev --region eu-west-1")
	if exitCode(err) != exitUnable || fileExists(ranFile) {
		t.Errorf("got exit code %d and deploy ran: %t; want %d and false", exitCode(err), fileExists(ranFile), exitUnable)
	}
}

// After a failed synthesis, neither bootstrap nor deploy runs.
func TestDeployFailedSynthesis(t *testing.T) {
	t.Parallel()
	cli, ranFile := fakeCDK(t)
	program := filepath.Join(cli.Project, "node_modules", ".bin", "cdk")
	writeProgram(t, program, "#!/bin/sh\ntouch '"+ranFile+"'.$1\nexit 1\n")
	targets := []*target{targetIn("eu-central-1", emptyAccount(t, false))}
	console, _, _ := consoleOf("")
	err := (&app{console: console}).rollOut(t.Context(), rollout{cli: cli, targets: targets, pairs: []string{"a=b c"},
		options: deployOptions{yes: true}, synthesis: startSynthesis(t, cli)})
	requireProblems(t, err, "the CDK cannot synthesize the app: cdk synth",
		"npx cdk synth --quiet retrycatch-eu-central-1 -c 'a=b c'")
	if exitCode(err) != exitUnable || fileExists(ranFile+".bootstrap") || fileExists(ranFile+".deploy") {
		t.Errorf("got exit code %d, bootstrap ran: %t, deploy ran: %t; want %d and neither to run", exitCode(err),
			fileExists(ranFile+".bootstrap"), fileExists(ranFile+".deploy"), exitUnable)
	}
}

// After the CDK reports success, AWS returns the events and stacks of the test case.
func TestDeployFollowsEvents(t *testing.T) {
	t.Parallel()
	stack := func(status, output string) awsstub.Answer {
		return stackOf(status, "<Outputs><member><OutputKey>", deployment.OutputFunction, "</OutputKey><OutputValue>",
			output, "</OutputValue></member></Outputs>")
	}
	before := stackEvent(0, "CREATE_COMPLETE")
	begun, done, rolledBack := stackEvent(1, "UPDATE_IN_PROGRESS"), stackEvent(2, "UPDATE_COMPLETE"),
		stackEvent(3, "UPDATE_ROLLBACK_COMPLETE")
	old, updated := stack("CREATE_COMPLETE", "old"), stack("UPDATE_COMPLETE", "new")
	tests := []struct {
		name   string
		events []awsstub.Answer
		stacks []awsstub.Answer
		output string
		want   []string // the problem and its next step
	}{
		{"no changes", []awsstub.Answer{awsstub.Events("", before)}, []awsstub.Answer{old}, "old", nil},
		{"update", []awsstub.Answer{awsstub.Events("", done, begun, before)}, []awsstub.Answer{updated}, "new", nil},
		{"stale stack reads", []awsstub.Answer{awsstub.Events("", done, begun, before)},
			[]awsstub.Answer{old, old, old, updated}, "new", nil},
		{"delayed events", []awsstub.Answer{awsstub.Events("", begun, before),
			awsstub.Events("", done, begun, before)},
			[]awsstub.Answer{old, updated}, "new", nil},
		{
			"update rolled back",
			[]awsstub.Answer{awsstub.Events("", rolledBack, done, begun, before)},
			[]awsstub.Answer{updated, stack("UPDATE_ROLLBACK_COMPLETE", "old")},
			"",
			[]string{
				"the CDK reports success, but the stack retrycatch in account 111122223333, region eu-west-1 is " +
					"UPDATE_ROLLBACK_COMPLETE",
				"aws cloudformation describe-stack-events --stack-name retrycatch --region eu-west-1",
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				stub := awsstub.New(t).On("CloudFormation.DescribeStackEvents",
					test.events...).On("CloudFormation.DescribeStacks", test.stacks...).
					On("CloudFormation.ListStackResources",
						awsstub.StackResources("")).On("CloudFormation.GetTemplate", awsstub.Template("{}"))
				subject := targetIn("eu-west-1", stub)
				stubBefore := awsstub.New(t).On("CloudFormation.DescribeStackEvents", awsstub.Events("", before))
				mark, err := inventory.MarkEvents(t.Context(), stubBefore.Config(), "retrycatch")
				if err != nil {
					t.Fatal(err)
				}
				subject.mark = mark
				console, out, stderr := consoleOf("")
				err = (&app{console: console}).showDeployed(t.Context(), []*target{subject}, outputText)
				if test.want != nil {
					requireProblems(t, err, test.want...)
					if exitCode(err) != exitBad || out.Len() > 0 || strings.Contains(stderr.String(), "✓") {
						t.Errorf("got exit code %d, output %q and messages %q, want %d, no output and no success message",
							exitCode(err), out, stderr, exitBad)
					}
					return
				}
				if want := fmt.Sprintf("%-20s %s\n", deployment.OutputFunction, test.output); err != nil ||
					out.String() != want {
					t.Errorf("got error %v and output %q, want %q", err, out, want)
				}
			})
		})
	}
}

// deploy must record the newest event before the CDK runs. If it recorded a later event, it would
// miss the end of the update and trust the stack's stale status.
func TestDeployMarksEvents(t *testing.T) {
	t.Parallel()
	cli, ranFile := fakeCDK(t)
	synctest.Test(t, func(t *testing.T) {
		before, begun, rolledBack := stackEvent(0, "CREATE_COMPLETE"), stackEvent(1, "UPDATE_IN_PROGRESS"),
			stackEvent(2, "UPDATE_ROLLBACK_COMPLETE")
		stub := deployed(t, stackOf("CREATE_COMPLETE"), everything...)
		stub.On("CloudFormation.DescribeStackEvents", func(call awsstub.Call) (*http.Response, error) {
			if !fileExists(ranFile) {
				return awsstub.Events("", before)(call)
			}
			if len(stub.Inputs("CloudFormation.DescribeStackEvents")) == 2 {
				stub.On("CloudFormation.DescribeStacks", stackOf("UPDATE_COMPLETE"),
					stackOf("UPDATE_ROLLBACK_COMPLETE"))
			}
			return awsstub.Events("", rolledBack, begun, before)(call)
		})
		subject := targetIn("eu-west-1", stub)
		console, _, stderr := consoleOf("")
		err := (&app{console: console}).rollOut(t.Context(), rollout{cli: cli, targets: []*target{subject},
			options: deployOptions{yes: true, output: outputText}, synthesis: startSynthesis(t, cli)})
		requireProblems(t, err, "is UPDATE_ROLLBACK_COMPLETE", "describe-stack-events")
		if exitCode(err) != exitBad || !fileExists(ranFile) || subject.mark == "" {
			t.Errorf("got exit code %d, deploy ran: %t, mark %q; want %d, true and a mark; got messages\n%s",
				exitCode(err), fileExists(ranFile), subject.mark, exitBad, stderr)
		}
	})
}
