// Command bench measures what a user waits for, each thing beside a reference in the same run, and prints a table of them, and
// one of how the cost of what is large grows. Times alone say little on a machine that does other work too; the ratio of two
// medians does. It ends with exit code 1 where a bar is missed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"syscall"
)

func main() {
	rounds := flag.Int("rounds", 5, "how often each thing is measured, of which the table shows the median")
	only := flag.String("only", "", "measure only what this regular expression finds in the first column")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *rounds, *only)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

var errMissed = errors.New("not every bar is met")

func run(ctx context.Context, rounds int, only string) (err error) {
	wanted, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	if rounds < 1 {
		return fmt.Errorf("-rounds is %d: give a number from 1 on", rounds)
	}
	progress := func(format string, values ...any) { fmt.Fprintf(os.Stderr, format+"\n", values...) }
	l, err := openLab(ctx, progress)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()

	rows := slices.DeleteFunc(l.rows(), func(r row) bool { return !wanted.MatchString(r.name) })
	growths := slices.DeleteFunc(l.growths(), func(g growth) bool { return !wanted.MatchString(g.name) })
	if len(rows)+len(growths) == 0 {
		return fmt.Errorf("-only %q finds nothing", only)
	}
	results, err := measure(ctx, rows, rounds, progress)
	if err != nil {
		return err
	}
	sizes, err := grow(ctx, growths, rounds, progress)
	if err != nil {
		return err
	}
	return show(os.Stdout, results, sizes)
}
