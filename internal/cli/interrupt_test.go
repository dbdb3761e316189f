package cli

import (
	"context"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/accountstub"
	"retrycatch/internal/awsstub"
	"retrycatch/internal/session"
	"retrycatch/internal/view"
)

// CloudFormation can continue after an interrupt, so the message gives the stack's status.
func TestInterruptedDeployment(t *testing.T) {
	t.Parallel()
	const what = "the deployment was interrupted; in the region eu-west-1 the stack "
	for name, test := range map[string]struct {
		stack      awsstub.Answer
		what, next string
	}{
		"in progress": {
			stackOf("CREATE_IN_PROGRESS"),
			"is CREATE_IN_PROGRESS, and CloudFormation continues",
			"retrycatch status --region eu-west-1",
		},
		"unchanged":   {stackOf("UPDATE_COMPLETE"), "is UPDATE_COMPLETE", "retrycatch deploy --region eu-west-1"},
		"not created": {awsstub.NoStack(), "does not exist", "retrycatch deploy --region eu-west-1"},
		"in review": {
			stackOf("REVIEW_IN_PROGRESS"),
			"is REVIEW_IN_PROGRESS",
			"retrycatch status --region eu-west-1",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _, stderr := consoleOf("")
			opened := targetIn("eu-west-1", awsstub.New(t).On("CloudFormation.DescribeStacks", test.stack))
			a := &app{console: c, args: []string{"deploy"}, opened: opened}
			a.fail(a.failedDeployProblem(t.Context(), []*target{opened}, context.Canceled), "")
			want := "error: " + what + test.what + "\n  next: " + test.next + "\n"
			if diff := cmp.Diff(want, stderr.String()); diff != "" {
				t.Errorf("the message differs (-want +got):\n%s", diff)
			}
		})
	}
}

// If a command that changes the account is interrupted before its first change, the next step is
// the same command line. Other commands print no next step.
func TestNextAfterInterrupt(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for command, want := range map[string]string{
		"demo":   "interrupted\nnext: retrycatch demo --stage dev --region eu-west-1\n",
		"deploy": "interrupted\nnext: retrycatch deploy --stage dev --region eu-west-1\n",
		"run":    "interrupted\nnext: retrycatch run --stage dev --region eu-west-1\n",
		"status": "interrupted\n",
	} {
		c, _, stderr := consoleOf("")
		dev := targetIn("eu-west-1", awsstub.New(t))
		dev.stage = "dev"
		a := &app{console: c, args: []string{command}, opened: dev, argsValid: true}
		cmd, _, err := a.root().Find(a.args)
		if err != nil {
			t.Fatal(err)
		}
		if code := a.explain(ctx, cmd, ctx.Err()); code != exitBad || stderr.String() != want {
			t.Errorf("%s: got exit code %d and %q, want %d and %q", command, code, stderr, exitBad, want)
		}
	}
}

// If deploy is interrupted while it examines the resources, it reports the interrupt, even though
// the stack is complete.
func TestInterruptedExamination(t *testing.T) {
	t.Parallel()
	cli, _ := fakeCDK(t)
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(48 * time.Hour) // moves the fake clock past the events that w.deploy adds
		w := &world{Account: accountstub.New(t), caller: userARN, project: cli.Project}
		w.deploy()
		ctx, cancel := context.WithCancel(t.Context())
		w.On("CloudFormation.DetectStackResourceDrift", func(awsstub.Call) (*http.Response, error) {
			cancel()
			return nil, context.Canceled
		})
		c, _, stderr := consoleOf("")
		a := &app{console: c, args: []string{"deploy", "--yes", "--project", cli.Project}, executable: os.Executable,
			opener: func(context.Context, string) (*session.Session, error) {
				return &session.Session{Config: w.Config(), Account: awsstub.Account, Caller: w.caller}, nil
			}}
		code := a.execute(ctx, view.Streams{In: strings.NewReader(""), Out: io.Discard, Err: stderr})
		const want = "error: the deployment was interrupted; in the region eu-west-1 the stack is CREATE_COMPLETE\n" +
			"  next: retrycatch deploy --yes"
		if code != exitBad || !strings.Contains(stderr.String(), want) {
			t.Errorf("got exit code %d and\n%s\nwant %d and\n%s", code, stderr, exitBad, want)
		}
	})
}

func TestInterruptedDemoError(t *testing.T) {
	t.Parallel()
	const interrupted, demo, at = "the demo was interrupted", "retrycatch demo --region eu-west-1", " --region eu-west-1"
	for name, test := range map[string]struct {
		stack      awsstub.Answer
		what, next string
	}{
		"not created": {awsstub.NoStack(), interrupted, demo},
		"deployed": {stackOf("CREATE_COMPLETE"), interrupted + "; the stack retrycatch is CREATE_COMPLETE",
			"retrycatch destroy" + at},
		"in progress": {stackOf("CREATE_IN_PROGRESS"),
			interrupted + "; the stack retrycatch is CREATE_IN_PROGRESS, and CloudFormation continues",
			"retrycatch status" + at},
		"denied": {awsstub.Denied(), interrupted + "; the stack retrycatch cannot be read: ",
			"retrycatch status" + at},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On("CloudFormation.DescribeStacks", test.stack)
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			console, _, stderr := consoleOf("")
			a := &app{console: console, args: []string{"demo"}, opened: targetIn("eu-west-1", stub)}
			a.fail(a.interruptedDemoError(ctx, a.opened), "")
			got := stderr.String()
			if !strings.HasPrefix(got, "error: "+test.what) || !strings.HasSuffix(got, "\n  next: "+test.next+"\n") {
				t.Errorf("got\n%s\nwant the error %q and the next step %q", got, test.what, test.next)
			}
		})
	}
}
