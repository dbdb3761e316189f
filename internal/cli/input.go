package cli

import (
	"errors"

	"retrycatch/internal/problem"
	"retrycatch/internal/safetext"
)

// parseInput makes sure that the text is one JSON value, and points at the first character that is wrong in it.
func parseInput(text string) error {
	err := safetext.CheckJSON(text)
	if err == nil {
		return nil
	}
	wrongInput := &problem.Problem{What: "the input is not JSON", Err: err,
		Next: `give one JSON value in single quotes, for example --input '{"statuscode":"200"}'`}
	if fault := (*safetext.Fault)(nil); errors.As(err, &fault) && fault.Curly {
		wrongInput.Next = `replace the curly quotes, which text copied from a page often has, by straight ones: "`
	}
	return wrongInput
}
