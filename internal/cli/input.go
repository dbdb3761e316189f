package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"retrycatch/internal/jsonfile"
	"retrycatch/internal/problem"
	"retrycatch/internal/safetext"
)

// maxInput limits the input of an execution, in bytes of UTF-8:
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
const maxInput = 262144

// inputSource begins an --input that names a file, as in curl. No JSON begins with it.
const inputSource = "@"

// readInput returns the JSON that --input gives: the value itself, or the content of a file.
func (a *app) readInput(ctx context.Context, value string) (string, error) {
	file, named := strings.CutPrefix(value, inputSource)
	if value == "-" {
		file, named = "-", true
	}
	if !named {
		return parseInput([]byte(value))
	}
	unread := &problem.Problem{What: "the input cannot be read: " + file,
		Next: "name a file with --input @FILE, or - for standard input"}
	if file == "" {
		unread.What += "no file is named after " + inputSource
		return "", unread
	}
	text, err := a.readNamed(ctx, file)
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil {
		unread.Err = reason(err)
		return "", unread
	}
	return parseInput(text)
}

// parseInput returns the text in UTF-8 without white space around it. It makes sure that Step
// Functions can take the text: it is one JSON value and not too long. Otherwise it points at the
// first character that is wrong.
//
// It leaves other JSON as it is, for Step Functions to judge: names that occur twice in an object,
// and halves of surrogate pairs, have no agreed meaning, but are JSON:
// https://www.rfc-editor.org/rfc/rfc8259#section-8.2
func parseInput(data []byte) (string, error) {
	text, err := jsonfile.Text(data)
	if err != nil { // the SDK would replace the byte silently
		return "", &problem.Problem{What: "the input is not UTF-8", Err: err,
			Next: "convert it, for example with iconv -f ISO-8859-1 -t UTF-8"}
	}
	text = bytes.Trim(text, " \t\r\n")
	if err := safetext.CheckJSON(string(text)); err != nil {
		return "", notJSON(err)
	}
	if len(text) > maxInput {
		return "", &problem.Problem{What: fmt.Sprintf("the input has %d bytes in UTF-8, and Step Functions takes at most %d",
			len(text), maxInput), Next: "put the data in S3, for example, and give its URI as the input"}
	}
	return string(text), nil
}

func notJSON(err error) error {
	wrongInput := &problem.Problem{What: "the input is not JSON", Err: err,
		Next: `give one JSON value in single quotes, for example --input '{"statuscode":"200"}', ` +
			"or a file with --input @FILE"}
	if fault := (*safetext.Fault)(nil); errors.As(err, &fault) && fault.Curly {
		wrongInput.Next = `replace the curly quotes, which text copied from a page often has, by straight ones: "`
	}
	return wrongInput
}
