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

// CloudFormation goes on without the program that started it.
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
		"without a change": {stackOf("UPDATE_COMPLETE"), "is UPDATE_COMPLETE", "retrycatch deploy --region eu-west-1"},
		"before it began":  {awsstub.NoStack(), "does not exist", "retrycatch deploy --region eu-west-1"},
		"with its change set": {
			stackOf("REVIEW_IN_PROGRESS"),
			"is REVIEW_IN_PROGRESS",
			"retrycatch status --region eu-west-1",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _, said := consoleOf("")
			opened := targetIn("eu-west-1", awsstub.New(t).On("CloudFormation.DescribeStacks", test.stack))
			a := &app{console: c, args: []string{"deploy"}, opened: opened}
			a.fail(a.afterFailedDeploy(t.Context(), []*target{opened}, context.Canceled), "")
			want := "error: " + what + test.what + "\n  next: " + test.next + "\n"
			if diff := cmp.Diff(want, said.String()); diff != "" {
				t.Errorf("the message differs (-want +got):\n%s", diff)
			}
		})
	}
}

// An interrupt before the first change has no problem to report, but a command to go on with.
func TestNextAfterInterrupt(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for command, want := range map[string]string{
		"deploy": "interrupted\nnext: retrycatch deploy --stage dev --region eu-west-1\n",
		"run":    "interrupted\nnext: retrycatch run --stage dev --region eu-west-1\n",
		"status": "interrupted\n",
	} {
		c, _, said := consoleOf("")
		dev := targetIn("eu-west-1", awsstub.New(t))
		dev.stage = "dev"
		a := &app{console: c, args: []string{command}, opened: dev, argsValid: true}
		cmd, _, err := a.root().Find(a.args)
		if err != nil {
			t.Fatal(err)
		}
		if code := a.explain(ctx, cmd, ctx.Err()); code != exitBad || said.String() != want {
			t.Errorf("%s: got exit code %d and %q, want %d and %q", command, code, said, exitBad, want)
		}
	}
}

// The stack is complete while its resources are examined.
func TestInterruptedExamination(t *testing.T) {
	t.Parallel()
	cli, _ := fakeCDK(t)
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(48 * time.Hour) // a past for the account
		w := &world{Account: accountstub.New(t), caller: someone, project: cli.Project}
		w.deployed()
		ctx, cancel := context.WithCancel(t.Context())
		w.On("CloudFormation.DetectStackResourceDrift", func(awsstub.Call) (*http.Response, error) {
			cancel()
			return nil, context.Canceled
		})
		c, _, said := consoleOf("")
		a := &app{console: c, args: []string{"deploy", "--yes", "--project", cli.Project}, executable: os.Executable,
			opener: func(context.Context, string) (*session.Session, error) {
				return &session.Session{Config: w.Config(), Account: awsstub.Account, Caller: w.caller}, nil
			}}
		code := a.execute(ctx, view.Streams{In: strings.NewReader(""), Out: io.Discard, Err: said})
		const want = "error: the deployment was interrupted; in the region eu-west-1 the stack is CREATE_COMPLETE\n" +
			"  next: retrycatch deploy --yes"
		if code != exitBad || !strings.Contains(said.String(), want) {
			t.Errorf("got exit code %d and\n%s\nwant %d and\n%s", code, said, exitBad, want)
		}
	})
}
