// Command retrycatch deploys the stack, runs every path, shows what happened, deletes the stack and
// proves that none of its resources are left.
package main

import (
	"context"
	"os"

	"retrycatch/internal/cli"
	"retrycatch/internal/view"
)

func main() {
	cli.SurviveClosedPipes()
	ctx, stop := cli.Interruptible(context.Background())
	code := cli.Run(ctx, os.Args[1:], view.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
	stop()
	os.Exit(code)
}
