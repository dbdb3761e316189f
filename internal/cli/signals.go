package cli

import (
	"context"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"
)

// samePress is the time in which several signals are one press of Ctrl-C: a terminal sends it to
// every program, and one such as make or node passes it on.
const samePress = 200 * time.Millisecond

// Interruptible returns a context that ends with the first signal that interrupts a command. A second
// signal has its usual effect, which is the end of the process. So has every signal after stop.
func Interruptible(ctx context.Context) (interrupted context.Context, stop context.CancelFunc) {
	signals := interrupts()
	if len(signals) == 0 {
		return context.WithCancel(ctx)
	}
	interrupted, stop = signal.NotifyContext(ctx, signals...)
	context.AfterFunc(interrupted, func() { time.AfterFunc(samePress, stop) })
	return interrupted, stop
}

// SurviveClosedPipes makes a write to a closed pipe fail with EPIPE, on standard output and standard
// error too. Without it Go ends the program there, in the middle of its work:
// https://pkg.go.dev/os/signal#hdr-SIGPIPE. Programs that it starts get the signal as usual.
func SurviveClosedPipes() { signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) }

// interrupts returns the signals that interrupt a command. A signal that is ignored from the start
// stays ignored: SIGHUP under nohup, SIGINT and SIGQUIT in a shell script's background job. Go
// reports only the first two as ignored, and a shell ignores SIGQUIT together with SIGINT:
// https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_12
func interrupts() []os.Signal {
	if signal.Ignored(syscall.SIGINT) {
		signal.Ignore(syscall.SIGQUIT)
	}
	all := []os.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGHUP}
	return slices.DeleteFunc(all, signal.Ignored)
}
