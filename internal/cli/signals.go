package cli

import (
	"context"
	"os"
	"os/signal"
	"slices"
	"syscall"
)

// Interruptible returns a context that ends with the first signal that interrupts a command. stop
// restores the signals' usual effect.
func Interruptible(ctx context.Context) (interrupted context.Context, stop context.CancelFunc) {
	signals := interrupts()
	if len(signals) == 0 {
		return context.WithCancel(ctx)
	}
	return signal.NotifyContext(ctx, signals...)
}

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
