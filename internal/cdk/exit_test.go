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
		t.Fatalf("got the error %#v", err)
	}
	want := "cdk deploy --require-approval never --progress errors-only failing --no-notices --profile= " +
		"--region eu-central-1 failed with exit code 3"
	if err.Error() != want {
		t.Errorf("got the error %q, want %q", err, want)
	}
}

func TestDeployNotInstalled(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	err := CLI{Project: folder, Out: &bytes.Buffer{}}.Deploy(t.Context(), deploymentOf("retrycatch"))
	var exit *ExitError
	if err == nil || errors.As(err, &exit) || !errors.Is(err, os.ErrNotExist) ||
		!strings.Contains(err.Error(), folder) {
		t.Errorf("got the error %v", err)
	}
}

// watched calls a function when a word is written to it.
type watched struct {
	text string
	word string
	then func()
}

func (w *watched) Write(p []byte) (int, error) {
	w.text += string(p)
	if strings.Contains(w.text, w.word) {
		w.then()
	}
	return len(p), nil
}

func TestDeployInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &watched{word: "\nlasting\n", then: cancel}
	err := CLI{Project: project(t), Out: out}.Deploy(ctx, deploymentOf("lasting"))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got the error %v", err)
	}
	if !strings.HasSuffix(out.text, "interrupted\n") {
		t.Errorf("got the output %s, want interrupted at its end", out.text)
	}
}
