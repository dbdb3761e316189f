package cli

import (
	"context"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"retrycatch/internal/problem"
)

// shutdownLimit limits how long the user's command may keep running after a signal such as SIGTERM.
const shutdownLimit = 10 * time.Second

// runToEnd runs the user's command and waits until it exits. It does not kill the command after
// Ctrl-C, because some commands, such as a shell, handle Ctrl-C and keep running. If the context
// has already ended, runToEnd does not start the command. If the command fails, the error is a
// *commandExit.
func runToEnd(ctx context.Context, cmd *exec.Cmd) error {
	received := make(chan os.Signal, 8)
	if signals := interrupts(); len(signals) > 0 {
		signal.Notify(received, signals...)
		defer signal.Stop(received)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err := cmd.Start(); err != nil {
		return &problem.Problem{What: "cannot run the command " + strings.Join(cmd.Args, " "),
			Next: "pass the path of a program after --", Err: err}
	}
	exited := make(chan struct{})
	go func() { _ = cmd.Wait(); close(exited) }() // cmd.ProcessState holds the result
	var deadline <-chan time.Time
	for {
		select {
		case <-exited:
			return exitError(cmd.ProcessState)
		case <-deadline:
			_ = cmd.Process.Kill()
		case sig := <-received:
			fromKeyboard := sig == syscall.SIGINT || sig == syscall.SIGQUIT
			if !fromKeyboard || !inForeground() {
				_ = cmd.Process.Signal(sig) // fails if the command has exited
			}
			if !fromKeyboard && deadline == nil {
				deadline = time.After(shutdownLimit)
			}
		}
	}
}

// inForeground reports whether this process is in the terminal's foreground process group. If so,
// Ctrl-C makes the terminal send a signal to both this process and the command.
func inForeground() bool {
	terminal, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	defer terminal.Close()
	group, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// exitError returns nil after success. Otherwise it returns a *commandExit with the exit code that
// a shell would report.
func exitError(state *os.ProcessState) error {
	code := state.ExitCode()
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		code = 128 + int(status.Signal())
	}
	if code == 0 {
		return nil
	}
	return &commandExit{code}
}
