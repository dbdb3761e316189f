package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"retrycatch/internal/problem"
)

// parseInput makes sure that the text is one JSON value, and points at the first character that is wrong in it.
func parseInput(text string) error {
	var value json.RawMessage
	err := json.Unmarshal([]byte(text), &value)
	if err == nil {
		return nil
	}
	wrongInput := &problem.Problem{What: "the input is not JSON: " + err.Error(),
		Next: `give one JSON value in single quotes, for example --input '{"statuscode":"200"}'`}
	var first json.RawMessage
	switch endErr := json.NewDecoder(strings.NewReader(text)).Decode(&first); {
	case errors.Is(endErr, io.EOF):
		wrongInput.What = "the input is not JSON: it is empty"
		return wrongInput
	case errors.Is(endErr, io.ErrUnexpectedEOF):
		wrongInput.What = "the input is not JSON: it ends before its value does"
		return wrongInput
	}
	syntax := (*json.SyntaxError)(nil)
	if !errors.As(err, &syntax) || int(syntax.Offset) > len(text) || syntax.Offset < 1 {
		return wrongInput
	}
	at := int(syntax.Offset) - 1
	character, _ := utf8.DecodeRuneInString(text[at:])
	line, column := place(text, at)
	wrongInput.What = fmt.Sprintf("the input is not JSON: unexpected %q (U+%04X) at line %d, character %d", character, character, line, column)
	if strings.ContainsRune("“”„‟″‘’‚‛′", character) {
		wrongInput.Next = `replace the curly quotes, which text copied from a page often has, by straight ones: "`
	}
	return wrongInput
}

// place is where a byte of the text stands, line and character counted from one.
func place(text string, at int) (line, column int) {
	before := text[:at]
	line = 1 + strings.Count(before, "\n")
	return line, 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
}
