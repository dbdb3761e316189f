package view

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
)

// newTestConsole returns a console without a terminal, and its two output buffers.
func newTestConsole(input string) (c *Console, out, err *bytes.Buffer) {
	out, err = &bytes.Buffer{}, &bytes.Buffer{}
	return NewConsole(Streams{In: strings.NewReader(input), Out: out, Err: err}), out, err
}

func TestConfirm(t *testing.T) {
	t.Parallel()
	for input, want := range map[string]bool{
		"y\n": true, "yes\n": true, " Y \n": true, "YES\n": true,
		"\n": false, "n\n": false, "no\n": false, "yep\n": false, "j\n": false,
		"":  false, // the input ends before the answer
		"y": false, // the input ends before the line does
	} {
		c, _, _ := newTestConsole(input)
		if got, err := c.Confirm(t.Context(), "Delete?"); got != want || err != nil {
			t.Errorf("answer %q: got %t and error %v, want %t and no error", input, got, err, want)
		}
	}
}

func TestPrintable(t *testing.T) {
	t.Parallel()
	if got, want := printable("a\x1b]0;title\x07b\u202ec\nd\u009be\rf"), "a ]0;title b c d e f"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A question that nobody answers ends when its context ends.
func TestConfirmInterrupted(t *testing.T) {
	t.Parallel()
	c, _, _ := newTestConsole("")
	reader, writer := io.Pipe()
	defer writer.Close()
	c.in.Reset(reader)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if agreed, err := c.Confirm(ctx, "Delete?"); agreed || !errors.Is(err, context.Canceled) {
		t.Errorf("got %t and error %v, want false and %v", agreed, err, context.Canceled)
	}
}

// A child process must not fail if nobody reads its output.
func TestChildStderrHidesErrors(t *testing.T) {
	t.Parallel()
	reader, writer := io.Pipe()
	reader.Close()
	c := NewConsole(Streams{In: strings.NewReader(""), Out: io.Discard, Err: writer})
	if n, err := c.ChildStderr().Write([]byte("text")); n != 4 || err != nil {
		t.Errorf("got %d bytes and error %v, want 4 and no error", n, err)
	}
}

// Output that continued after an error would have a gap.
func TestOutputStopsAtFirstError(t *testing.T) {
	t.Parallel()
	var all strings.Builder
	o := &output{w: io.MultiWriter(&all, &failingOnce{})}
	for range 3 {
		_, _ = o.Write([]byte("x"))
	}
	if all.String() != "x" || !errors.Is(o.err, io.ErrShortWrite) {
		t.Errorf("got %q and error %v, want %q and %v", all.String(), o.err, "x", io.ErrShortWrite)
	}
}

// failingOnce is a writer whose first write fails.
type failingOnce struct{ failed bool }

func (o *failingOnce) Write(text []byte) (int, error) {
	if !o.failed {
		o.failed = true
		return 0, io.ErrShortWrite
	}
	return len(text), nil
}
