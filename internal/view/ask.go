package view

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Confirm asks a question and reports whether the answer is yes. An empty answer and the end of the
// input mean no. The error is the context's. The caller has checked for a terminal.
func (c *Console) Confirm(ctx context.Context, question string) (bool, error) {
	answer, err := c.Ask(ctx, question+" [y/N] ")
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	answer = strings.ToLower(answer)
	return answer == "y" || answer == "yes", err
}

// Ask asks a question and returns the answer. The error is io.EOF at the end of the input, or the
// context's. The caller has checked for a terminal.
func (c *Console) Ask(ctx context.Context, question string) (string, error) {
	fmt.Fprint(c.err, wrapMessage(question, c.errWidth))
	type line struct {
		text string
		err  error
	}
	read := make(chan line, 1) // nothing interrupts a read: it may last until the process ends
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
