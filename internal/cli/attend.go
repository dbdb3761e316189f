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

// endLimit limits how long the user's command may run after a signal such as SIGTERM.
const endLimit = 10 * time.Second

// runToEnd runs the user's command to its end, unless the context ends before it starts. The command
// decides how it handles a later interrupt: a shell, for example, continues after Ctrl-C. The
// error is a *commandExit if the command failed.
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
			Next: "give the path of a program after --", Err: err}
	}
	exited := make(chan struct{})
	go func() { _ = cmd.Wait(); close(exited) }() // ProcessState holds the result
	var deadline <-chan time.Time
	for {
		select {
		case <-exited:
			return exitOf(cmd.ProcessState)
		case <-deadline:
			_ = cmd.Process.Kill()
		case now := <-received:
			typed := now == syscall.SIGINT || now == syscall.SIGQUIT
			if !typed || !inForeground() {
				_ = cmd.Process.Signal(now) // fails if it has ended
			}
			if !typed && deadline == nil {
				deadline = time.After(endLimit)
			}
		}
	}
}

// inForeground reports whether the terminal sends the signal of a key like Ctrl-C to this process.
// The command then gets it too.
func inForeground() bool {
	terminal, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	defer terminal.Close()
	group, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// exitOf returns nil for success, or a *commandExit with the exit code that a shell would report.
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
