package view

import (
	"cmp"
	"io"
	"os"
	"sync"
)

// output writes to standard output. It stops at the first error, because a reader would not notice
// a gap.
type output struct {
	w   io.Writer
	mu  sync.Mutex
	err error
}

func (o *output) Write(text []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.w.Write(text)
	o.err = err
	return n, err
}

// setErr records the first error, which stops the output.
func (o *output) setErr(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.err = cmp.Or(o.err, err)
}

// OutputErr returns the first error that occurred while writing to standard output, or nil.
func (c *Console) OutputErr() error {
	c.output.mu.Lock()
	defer c.output.mu.Unlock()
	return c.output.err
}

// Output returns standard output without the color filter.
func (c *Console) Output() io.Writer { return c.output }

// IsOutput reports whether a file name means standard output: -, or a name such as /dev/stdout.
func (c *Console) IsOutput(name string) bool {
	if name == "-" {
		return true
	}
	out, ok := c.Out.(*os.File)
	if !ok {
		return false
	}
	named, err := os.Stat(name)
	if err != nil {
		return false
	}
	info, err := out.Stat()
	return err == nil && os.SameFile(named, info)
}

// ChildStderr returns standard error for a child process. Unless standard error is a terminal, the
// writer hides errors, so that the child process finishes even if nobody reads its output.
func (c *Console) ChildStderr() io.Writer {
	if isTerminal(c.Err) {
		return c.Err
	}
	return errorHider{c.err}
}

// Terminal returns standard error if it is a terminal, or else nil.
func (c *Console) Terminal() *os.File {
	if !isTerminal(c.Err) {
		return nil
	}
	return c.Err.(*os.File)
}

// errorHider is a writer that never returns an error.
type errorHider struct{ w io.Writer }

func (h errorHider) Write(text []byte) (int, error) {
	_, _ = h.w.Write(text)
	return len(text), nil
}
