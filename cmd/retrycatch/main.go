// Command retrycatch deploys the stack, runs every path through it, shows what happened, and takes it down with proof.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"retrycatch/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	code := cli.Run(ctx, os.Args[1:], cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
	stop()
	os.Exit(code)
}
