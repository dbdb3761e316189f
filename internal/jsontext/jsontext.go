// Package jsontext reads a text that should be one JSON value: it says what is wrong with it, and where, and indents it.
package jsontext

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Fault is why a text is not JSON.
type Fault struct {
	What  string
	Curly bool // it has a curly quote where a straight one belongs, as text copied from a page often has
}

func (f *Fault) Error() string { return f.What }

// Check returns a *Fault, which points at the first character that is wrong, or nil for one JSON value.
func Check(text string) error {
	var value json.RawMessage
	err := json.Unmarshal([]byte(text), &value)
	if err == nil {
		return nil
	}
	var first json.RawMessage
	switch endErr := json.NewDecoder(strings.NewReader(text)).Decode(&first); {
	case errors.Is(endErr, io.EOF):
		return &Fault{What: "it is empty"}
	case errors.Is(endErr, io.ErrUnexpectedEOF):
		return &Fault{What: "it ends before its value does"}
	}
	syntax := (*json.SyntaxError)(nil)
	if !errors.As(err, &syntax) || int(syntax.Offset) > len(text) || syntax.Offset < 1 {
		return &Fault{What: err.Error()}
	}
	at := int(syntax.Offset) - 1
	character, _ := utf8.DecodeRuneInString(text[at:])
	line, column := place(text, at)
	return &Fault{What: fmt.Sprintf("unexpected %q (U+%04X) at line %d, character %d", character, character, line, column),
		Curly: strings.ContainsRune("“”„‟″‘’‚‛′", character)}
}

// place is where a byte of the text stands, line and character counted from one.
func place(text string, at int) (line, column int) {
	before := text[:at]
	line = 1 + strings.Count(before, "\n")
	return line, 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
}
