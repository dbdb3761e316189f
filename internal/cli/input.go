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

// maxInput is the size limit of an execution's input, in bytes of UTF-8:
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
const maxInput = 262144

// filePrefix marks an --input value as a file name, as in curl. No JSON value starts with it.
const filePrefix = "@"

// readInput returns the JSON of --input: the flag's value, or the content of the file that the
// value names.
func (a *app) readInput(ctx context.Context, value string) (string, error) {
	file, fromFile := strings.CutPrefix(value, filePrefix)
	if value == "-" {
		file, fromFile = "-", true
	}
	if !fromFile {
		return parseInput([]byte(value))
	}
	p := &problem.Problem{What: "cannot read the input from " + displayName(file),
		Next: "use --input @FILE for a file, or --input - for standard input"}
	if file == "" {
		p.What = "cannot read the input: the file name after " + filePrefix + " is missing"
		return "", p
	}
	text, err := a.readFileOrStdin(ctx, file)
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil {
		p.Err = withoutFileName(err)
		return "", p
	}
	return parseInput(text)
}

// parseInput returns the input as UTF-8 without surrounding white space. It returns a problem
// unless the input is a single JSON value within the size limit, as Step Functions requires. The
// problem points at the first invalid character.
//
// It accepts duplicate names in an object and unpaired surrogates, which are valid JSON:
// https://www.rfc-editor.org/rfc/rfc8259#section-8.2
func parseInput(data []byte) (string, error) {
	text, err := jsonfile.Text(data)
	if err != nil { // the SDK would silently replace invalid bytes
		return "", &problem.Problem{What: "the input is not valid", Err: err,
			Next: "convert the input, for example with iconv -f ISO-8859-1 -t UTF-8"}
	}
	text = bytes.Trim(text, " \t\r\n")
	if err := safetext.CheckJSON(string(text)); err != nil {
		return "", notJSONError(err)
	}
	if len(text) > maxInput {
		what := fmt.Sprintf("the input has %d bytes in UTF-8, more than the %d that Step Functions accepts",
			len(text), maxInput)
		return "", &problem.Problem{What: what,
			Next: "store the data elsewhere, for example in S3, and pass its URI as the input"}
	}
	return string(text), nil
}

func notJSONError(err error) error {
	p := &problem.Problem{What: "the input is not JSON", Err: err,
		Next: `pass one JSON value in single quotes, for example --input '{"statuscode":"200"}', ` +
			"or a file with --input @FILE"}
	if fault := (*safetext.Fault)(nil); errors.As(err, &fault) && fault.CurlyQuote {
		p.Next = `replace the curly quotes with straight ones: "`
	}
	return p
}
