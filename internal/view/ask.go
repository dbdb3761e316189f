package view

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Confirm asks a question whose default is No. The caller has checked for a terminal. The end of
// the input is a No as well. The error is the end of the context.
func (c *Console) Confirm(ctx context.Context, question string) (bool, error) {
	answer, err := c.Ask(ctx, question+" [y/N] ")
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	answer = strings.ToLower(answer)
	return answer == "y" || answer == "yes", err
}

// Ask reads the answer to a question. The caller has checked for a terminal. The error is io.EOF at
// the end of the input, or the context's.
func (c *Console) Ask(ctx context.Context, question string) (string, error) {
	fmt.Fprint(c.err, prose(question, c.errWidth))
	type line struct {
		text string
		err  error
	}
	read := make(chan line, 1) // a read cannot be interrupted: it may last as long as the process
	go func() {
		text, err := c.in.ReadString('\n')
		read <- line{text, err}
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(c.err)
		return "", ctx.Err()
	case answer := <-read:
		if answer.err != nil {
			fmt.Fprintln(c.err)
			return "", io.EOF // the terminal is gone
		}
		return strings.TrimSpace(answer.text), nil
	}
}
