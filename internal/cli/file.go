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

// readFileOrStdin reads a file, or standard input for the name "-".
func (a *app) readFileOrStdin(ctx context.Context, name string) ([]byte, error) {
	if name == "-" {
		return readAll(ctx, func() ([]byte, error) { return io.ReadAll(a.console.In) })
	}
	return readAll(ctx, func() ([]byte, error) { return os.ReadFile(name) })
}

// displayName returns the name of a file as messages show it.
func displayName(file string) string {
	if file == "-" {
		return "standard input"
	}
	return safetext.Line(file)
}

// readProblem returns a problem saying that a file cannot be read. It returns context.Canceled
// unchanged.
func readProblem(what, file string, err error, next string) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	return &problem.Problem{
		What: "cannot read " + what + " from " + displayName(file), Err: withoutFileName(err), Next: next}
}

// readAll calls the function "read" and returns its result. After an interrupt, readAll does not
// wait for that function, because input from a terminal or a pipe may never end.
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

// writeFileOrStdout writes content to a file, or to standard output for a name such as "-" or
// /dev/stdout. The parameter "what" names the content in errors.
func (a *app) writeFileOrStdout(ctx context.Context, what, name string, content []byte, mode os.FileMode) error {
	if a.console.IsOutput(name) {
		_, _ = a.console.Output().Write(content) // the console keeps the error
		return nil
	}
	err := outfile.Write(ctx, name, content, mode)
	if err == nil || ctx.Err() != nil {
		return err
	}
	return writeProblem(what, name, err)
}

// checkWritable returns the problem that writeFileOrStdout would report. A command calls
// checkWritable first, so that it fails before it does any work.
func (a *app) checkWritable(what, name string) error {
	if a.console.IsOutput(name) {
		return nil
	}
	err := outfile.Check(name)
	if err == nil {
		return nil
	}
	p := writeProblem(what, name, err)
	if missing := (*os.PathError)(nil); errors.As(err, &missing) && errors.Is(err, os.ErrNotExist) {
		p.Next = "mkdir -p " + safetext.Word(missing.Path) + " && " + a.commandLine()
	}
	return p
}

// writeProblem returns a problem saying that a file cannot be written.
func writeProblem(what, name string, err error) *problem.Problem {
	return &problem.Problem{What: what + " cannot be written to " + safetext.Line(name), Err: withoutFileName(err),
		Next: "use -o with a file in a folder that you can write to"}
}
