package view

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
)

// newTestConsole returns a console without a terminal, and the buffers that it writes to.
func newTestConsole(input string) (c *Console, out, err *bytes.Buffer) {
	out, err = &bytes.Buffer{}, &bytes.Buffer{}
	return NewConsole(Streams{In: strings.NewReader(input), Out: out, Err: err}), out, err
}

func TestConfirm(t *testing.T) {
	t.Parallel()
	for input, want := range map[string]bool{
		"y\n": true, "yes\n": true, " Y \n": true, "YES\n": true,
		"\n": false, "n\n": false, "no\n": false, "yep\n": false, "j\n": false,
		"":  false, // the end of the input
		"y": false, // the end of the input within the answer
	} {
		c, _, _ := newTestConsole(input)
		if got, err := c.Confirm(t.Context(), "Delete?"); got != want || err != nil {
			t.Errorf("answer %q: got %t, %v, want %t", input, got, err, want)
		}
	}
}

func TestPrintable(t *testing.T) {
	t.Parallel()
	if got, want := printable("a\x1b]0;title\x07b\u202ec\nd\u009be\rf"), "a ]0;title b c d e f"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// An interrupt ends a question that nobody answers.
func TestConfirmInterrupted(t *testing.T) {
	t.Parallel()
	c, _, _ := newTestConsole("")
	reader, writer := io.Pipe()
	defer writer.Close()
	c.in.Reset(reader)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if agreed, err := c.Confirm(ctx, "Delete?"); agreed || !errors.Is(err, context.Canceled) {
		t.Errorf("got %t, %v, want false, %v", agreed, err, context.Canceled)
	}
}

// Another program must not see an error of standard error.
func TestChildStderrHidesErrors(t *testing.T) {
	t.Parallel()
	reader, writer := io.Pipe()
	reader.Close()
	c := NewConsole(Streams{In: strings.NewReader(""), Out: io.Discard, Err: writer})
	if n, err := c.ChildStderr().Write([]byte("text")); n != 4 || err != nil {
		t.Errorf("got %d, %v, want 4, no error", n, err)
	}
}

// Output after an error would have a gap.
func TestOutputStopsAtFirstError(t *testing.T) {
	t.Parallel()
	var all strings.Builder
	o := &output{w: io.MultiWriter(&all, &failingOnce{})}
	for range 3 {
		_, _ = o.Write([]byte("x"))
	}
	if all.String() != "x" || !errors.Is(o.err, io.ErrShortWrite) {
		t.Errorf("got %q, %v, want %q, %v", all.String(), o.err, "x", io.ErrShortWrite)
	}
}

// failingOnce fails on the first write.
type failingOnce struct{ failed bool }

func (o *failingOnce) Write(text []byte) (int, error) {
	if !o.failed {
		o.failed = true
		return 0, io.ErrShortWrite
	}
	return len(text), nil
}
