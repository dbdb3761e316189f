package view

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Confirm asks a question and reports whether the answer is "y" or "yes". It returns an error only
// if the context ends. The caller must check c.Interactive first.
func (c *Console) Confirm(ctx context.Context, question string) (bool, error) {
	answer, err := c.Ask(ctx, question+" [y/N] ")
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	answer = strings.ToLower(answer)
	return answer == "y" || answer == "yes", err
}

// Ask asks a question and returns the answer. It returns io.EOF if the input ends, or the context's
// error if the context ends. The caller must check c.Interactive first.
func (c *Console) Ask(ctx context.Context, question string) (string, error) {
	fmt.Fprint(c.err, wrapMessage(question, c.errWidth))
	type line struct {
		text string
		err  error
	}
	read := make(chan line, 1) // buffered, because the read may outlast Ask
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
			return "", io.EOF
		}
		return strings.TrimSpace(answer.text), nil
	}
}
