package cdk

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"
)

func TestExitError(t *testing.T) {
	t.Parallel()
	cli := CLI{Project: project(t), Access: access, Out: &bytes.Buffer{}}
	err := cli.Deploy(t.Context(), deploymentOf("failing"))
	var exit *ExitError
	if !errors.As(err, &exit) || exit.Code != 3 {
		t.Fatalf("got error %#v, want exit code 3", err)
	}
	want := "cdk deploy --require-approval never --progress errors-only failing --no-notices --profile= " +
		"--region eu-central-1 failed with exit code 3"
	if err.Error() != want {
		t.Errorf("got error %q, want %q", err, want)
	}
}

func TestDeployNotInstalled(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	err := CLI{Project: folder, Out: &bytes.Buffer{}}.Deploy(t.Context(), deploymentOf("retrycatch"))
	var exit *ExitError
	if err == nil || errors.As(err, &exit) || !errors.Is(err, os.ErrNotExist) ||
		!strings.Contains(err.Error(), folder) {
		t.Errorf("got error %v, want one about a missing file in %s", err, folder)
	}
}

// triggerWriter collects text, and calls onTrigger when the text contains the trigger.
type triggerWriter struct {
	text      string
	trigger   string
	onTrigger func()
}

func (w *triggerWriter) Write(p []byte) (int, error) {
	w.text += string(p)
	if strings.Contains(w.text, w.trigger) {
		w.onTrigger()
	}
	return len(p), nil
}

func TestDeployInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &triggerWriter{trigger: "\nlasting\n", onTrigger: cancel}
	err := CLI{Project: project(t), Out: out}.Deploy(ctx, deploymentOf("lasting"))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want context.Canceled", err)
	}
	if !strings.HasSuffix(out.text, "interrupted\n") {
		t.Errorf("got output %q, want suffix %q", out.text, "interrupted\n")
	}
}
