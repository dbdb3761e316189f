package cli

import (
	"context"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"
)

// samePress is the longest time between the signals of one Ctrl-C press. A terminal signals every
// foreground process, and programs such as make and node also forward the signal, so one press can
// cause several signals.
const samePress = 200 * time.Millisecond

// Interruptible returns a context that the first interrupting signal cancels. A later signal ends
// the process as usual. So does any signal after the caller has called stop.
func Interruptible(ctx context.Context) (interrupted context.Context, stop context.CancelFunc) {
	signals := interrupts()
	if len(signals) == 0 {
		return context.WithCancel(ctx)
	}
	interrupted, stop = signal.NotifyContext(ctx, signals...)
	context.AfterFunc(interrupted, func() { time.AfterFunc(samePress, stop) })
	return interrupted, stop
}

// SurviveClosedPipes makes a write to a closed pipe fail with EPIPE, even on standard output and
// standard error. By default, Go ends the program in the middle of its work:
// https://pkg.go.dev/os/signal#hdr-SIGPIPE. Child processes still get SIGPIPE.
func SurviveClosedPipes() { signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) }

// interrupts returns the signals that interrupt a command. A signal that was ignored when
// retrycatch started stays ignored, for example SIGHUP under nohup, or SIGINT and SIGQUIT in a
// background job of a shell script. Go can detect that SIGHUP or SIGINT is ignored, but not
// SIGQUIT. However, a shell that makes a job ignore SIGINT makes it ignore SIGQUIT too:
// https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_12
func interrupts() []os.Signal {
	if signal.Ignored(syscall.SIGINT) {
		signal.Ignore(syscall.SIGQUIT)
	}
	all := []os.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGHUP}
	return slices.DeleteFunc(all, signal.Ignored)
}
