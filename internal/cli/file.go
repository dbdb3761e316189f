package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"retrycatch/internal/problem"
)

// readNamed reads a file, or standard input, which is called -.
func (a *app) readNamed(ctx context.Context, name string) ([]byte, error) {
	if name == "-" {
		return readAll(ctx, a.console.In)
	}
	return os.ReadFile(name)
}

// readAll reads to the end, unless the command is interrupted first: a terminal may never come to it.
func readAll(ctx context.Context, from io.Reader) ([]byte, error) {
	type result struct {
		text []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		text, err := io.ReadAll(from)
		done <- result{text, err}
	}()
	select {
	case r := <-done:
		return r.text, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// replaceFile writes a file as a whole or not at all.
func replaceFile(name string, content []byte) error {
	half, err := os.CreateTemp(filepath.Dir(name), ".retrycatch-*")
	if err != nil {
		return err
	}
	defer os.Remove(half.Name()) // in vain once it has its name
	_, err = half.Write(content)
	if err := errors.Join(err, half.Chmod(0o644), half.Close()); err != nil {
		return err
	}
	return os.Rename(half.Name(), name)
}

// notWritten is the problem of a file that cannot be written. The error of replaceFile names a file that nobody has asked for.
func notWritten(what, file string, err error) error {
	if cause := errors.Unwrap(err); cause != nil {
		err = cause
	}
	return &problem.Problem{What: what + " " + file + " was not written", Err: err, Next: "name a file that can be written with -o"}
}
