package cdk

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/creack/pty"
)

// drainLimit is how long the output of a CDK CLI that has ended may take to arrive.
const drainLimit = time.Second

// finishOnTerminal runs a CDK CLI to its end like finish. Its output is a terminal of its own, as
// large as another one, and everything written there goes on to the command's output. The CDK CLI
// asks its questions only on a terminal. It still reads the answers from its standard input.
func finishOnTerminal(ctx context.Context, cmd *exec.Cmd, like *os.File) error {
	ours, its, err := pty.Open()
	if err != nil {
		return fmt.Errorf("cannot open a terminal for the CDK CLI: %w", err)
	}
	_ = pty.InheritSize(like, its) // without a size, the CDK CLI assumes 80 columns
	to, copied := cmd.Stdout, make(chan struct{})
	cmd.Stdout, cmd.Stderr = its, its
	err = cmd.Start()
	its.Close()
	go func() {
		defer close(copied)
		_, _ = io.Copy(to, ours) // it ends with an error when no process has the terminal any more
	}()
	if err == nil {
		err = cmd.Wait()
	}
	select {
	case <-copied:
	case <-time.After(drainLimit): // a process that the CDK CLI left behind has it open
	}
	ours.Close()
	return outcome(ctx, cmd, err)
}
