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

// drainLimit limits the wait for remaining output after the CDK CLI has ended.
const drainLimit = time.Second

// finishOnTerminal runs a command of the CDK CLI like finish, because the CDK CLI asks questions
// only on a terminal. Its output is a new terminal, of the same size as another one.
// finishOnTerminal copies everything written there to the command's output. The CDK CLI reads
// answers from its standard input.
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
		_, _ = io.Copy(to, ours) // ends with an error when no process has the terminal open
	}()
	if err == nil {
		err = cmd.Wait()
	}
	select {
	case <-copied:
	case <-time.After(drainLimit): // an orphaned process of the CDK CLI has it open
	}
	ours.Close()
	return outcome(ctx, cmd, err)
}
