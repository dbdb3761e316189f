package view

import (
	"cmp"
	"io"
	"os"
	"sync"
)

// output is standard output. It keeps the first error, and writes nothing after it: output with a
// hole would look complete.
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

// fail records that a part of the output is lost.
func (o *output) fail(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.err = cmp.Or(o.err, err)
}

// OutputErr returns the error with which standard output ended, or nil.
func (c *Console) OutputErr() error {
	c.output.mu.Lock()
	defer c.output.mu.Unlock()
	return c.output.err
}

// Output is standard output for text without colors.
func (c *Console) Output() io.Writer { return c.output }

// IsOutput reports whether a file's name stands for standard output, as - and /dev/stdout do.
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

// Foreign returns standard error for another program. A terminal is passed as it is. Any other writer
// hides its errors: a program may end at an error of its output, and its work counts more.
func (c *Console) Foreign() io.Writer {
	if isTerminal(c.Err) {
		return c.Err
	}
	return lenient{c.err}
}

// Terminal returns the terminal that standard error is, or nil.
func (c *Console) Terminal() *os.File {
	if !isTerminal(c.Err) {
		return nil
	}
	return c.Err.(*os.File)
}

// lenient hides the errors of a writer.
type lenient struct{ w io.Writer }

func (l lenient) Write(text []byte) (int, error) {
	_, _ = l.w.Write(text)
	return len(text), nil
}
