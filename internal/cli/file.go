package cli

import (
	"context"
	"errors"
	"io"
	"os"

	"retrycatch/internal/outfile"
	"retrycatch/internal/problem"
	"retrycatch/internal/safetext"
)

// readNamed reads a file, or standard input, which is called -.
func (a *app) readNamed(ctx context.Context, name string) ([]byte, error) {
	if name == "-" {
		return readAll(ctx, func() ([]byte, error) { return io.ReadAll(a.console.In) })
	}
	return readAll(ctx, func() ([]byte, error) { return os.ReadFile(name) })
}

// shownFile names a file in a message.
func shownFile(file string) string {
	if file == "-" {
		return "standard input"
	}
	return safetext.Line(file)
}

// unreadable returns the problem of a file that cannot be read. An interrupt is none.
func unreadable(what, file string, err error, next string) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	return &problem.Problem{What: what + " cannot be read: " + shownFile(file), Err: reason(err), Next: next}
}

// readAll reads to the end unless the command is interrupted: a terminal or a pipe may never end.
func readAll(ctx context.Context, read func() ([]byte, error)) ([]byte, error) {
	type result struct {
		text []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		text, err := read()
		done <- result{text, err}
	}()
	select {
	case r := <-done:
		return r.text, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// writeNamed writes a file, or standard output, which is called -. what names the content in the
// error.
func (a *app) writeNamed(ctx context.Context, what, name string, content []byte, mode os.FileMode) error {
	if a.console.IsOutput(name) {
		_, _ = a.console.Output().Write(content) // the console keeps the error
		return nil
	}
	err := outfile.Write(ctx, name, content, mode)
	if err == nil || ctx.Err() != nil {
		return err
	}
	return unwritable(what, name, err)
}

// checkNamed returns the problem that writeNamed is likely to have, before any work is done.
func (a *app) checkNamed(what, name string) error {
	if a.console.IsOutput(name) {
		return nil
	}
	err := outfile.Check(name)
	if err == nil {
		return nil
	}
	p := unwritable(what, name, err)
	if missing := (*os.PathError)(nil); errors.As(err, &missing) && errors.Is(err, os.ErrNotExist) {
		p.Next = "mkdir -p " + safetext.Word(missing.Path) + " && " + a.with()
	}
	return p
}

// unwritable returns the problem of an output file that cannot be written.
func unwritable(what, name string, err error) *problem.Problem {
	return &problem.Problem{What: what + " cannot be written to " + safetext.Line(name), Err: reason(err),
		Next: "name a file that can be written with -o"}
}
