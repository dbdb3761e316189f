// Command bench measures the commands and builds that a user waits for. One table compares each
// with a reference from the same run, since a busy machine slows both. Another shows how costs grow
// with size. The exit code is 1 if a row exceeds its limit.
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
	rounds := flag.Int("rounds", 5, "number of measurements; the tables show their medians")
	only := flag.String("only", "", "regular expression: measure only the rows whose first column matches")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *rounds, *only)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

var errMissed = errors.New("a row exceeds its limit: see the rows with ✗")

func run(ctx context.Context, rounds int, only string) (err error) {
	wanted, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	if rounds < 1 {
		return fmt.Errorf("-rounds is %d: must be 1 or more", rounds)
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
		return fmt.Errorf("-only %q matches no row", only)
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
