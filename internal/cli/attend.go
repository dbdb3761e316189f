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

// endLimit limits how long the user's own command may run after a signal to end.
const endLimit = 10 * time.Second

// attend runs the user's own command to its end, unless the context ends before it starts. A later
// interrupt ends the command only if the command lets it: a shell, for example, goes on after
// Ctrl-C. The error is a *commandExit if the command failed.
func attend(ctx context.Context, cmd *exec.Cmd) error {
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
			Next: "name a program after --", Err: err}
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }() // ProcessState says how it ended
	var late <-chan time.Time
	for {
		select {
		case <-ended:
			return exitOf(cmd.ProcessState)
		case <-late:
			_ = cmd.Process.Kill()
		case now := <-received:
			typed := now == syscall.SIGINT || now == syscall.SIGQUIT
			if !typed || !inForeground() {
				_ = cmd.Process.Signal(now) // it may have ended
			}
			if !typed && late == nil {
				late = time.After(endLimit)
			}
		}
	}
}

// inForeground reports whether a key like Ctrl-C reaches this process. The terminal then sends the
// signal to the command too.
func inForeground() bool {
	terminal, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	defer terminal.Close()
	group, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// exitOf returns nil for success, or a *commandExit with the exit code that a shell would give.
func exitOf(state *os.ProcessState) error {
	code := state.ExitCode()
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		code = 128 + int(status.Signal())
	}
	if code == 0 {
		return nil
	}
	return &commandExit{code}
}
