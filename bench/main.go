// Command bench measures how long the project's commands and builds take, and how much memory they
// use. The first table compares each measurement with a reference from the same run, because a busy
// machine slows both. The second table shows how time and memory grow with the size of the input.
// The exit code is 1 if a row exceeds its limit.
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
	rounds := flag.Int("rounds", 5, "measurements per row; the tables show the medians")
	only := flag.String("only", "", "measure only rows whose first column matches this regular expression")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *rounds, *only)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

var errLimitExceeded = errors.New("the rows marked ✗ exceed their limits")

func run(ctx context.Context, rounds int, only string) (err error) {
	pattern, err := regexp.Compile(only)
	if err != nil {
		return fmt.Errorf("-only: %w", err)
	}
	if rounds < 1 {
		return fmt.Errorf("-rounds must be at least 1, not %d", rounds)
	}
	progress := func(format string, values ...any) { fmt.Fprintf(os.Stderr, format+"\n", values...) }
	l, err := openLab(ctx, progress)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()

	rows := slices.DeleteFunc(l.rows(), func(r row) bool { return !pattern.MatchString(r.name) })
	growths := slices.DeleteFunc(l.growths(), func(g growth) bool { return !pattern.MatchString(g.name) })
	if len(rows)+len(growths) == 0 {
		return fmt.Errorf("-only %q matches no row", only)
	}
	results, err := measureRows(ctx, rows, rounds, progress)
	if err != nil {
		return err
	}
	points, err := measureGrowths(ctx, growths, rounds, progress)
	if err != nil {
		return err
	}
	return showTables(os.Stdout, results, points)
}
