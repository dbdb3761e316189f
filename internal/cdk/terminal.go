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

// drainLimit limits the wait for remaining output after the CDK CLI has exited.
const drainLimit = time.Second

// runOnTerminal runs a command of the CDK CLI on a new terminal, because the CDK CLI asks questions
// only on a terminal. The new terminal has the same size as the user's terminal. runOnTerminal
// copies everything that the CDK CLI prints on the new terminal to the command's output. The CDK
// CLI reads answers from its standard input.
func runOnTerminal(ctx context.Context, cmd *exec.Cmd, userTerminal *os.File) error {
	ptmx, tty, err := pty.Open()
	if err != nil {
		return fmt.Errorf("cannot open a terminal for the CDK CLI: %w", err)
	}
	_ = pty.InheritSize(userTerminal, tty) // without a size, the CDK CLI assumes 80 columns
	out, copied := cmd.Stdout, make(chan struct{})
	cmd.Stdout, cmd.Stderr = tty, tty
	err = cmd.Start()
	tty.Close()
	go func() {
		defer close(copied)
		_, _ = io.Copy(out, ptmx) // returns an error when no process has the terminal open
	}()
	if err == nil {
		err = cmd.Wait()
	}
	select {
	case <-copied:
	case <-time.After(drainLimit): // an orphaned process of the CDK CLI has the terminal open
	}
	ptmx.Close()
	return commandError(ctx, cmd, err)
}
