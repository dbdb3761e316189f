package safetext

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Fault says why a text is not JSON.
type Fault struct {
	What       string
	CurlyQuote bool // the text has a curly quote, probably copied from a web page
}

func (f *Fault) Error() string { return f.What }

// maxJSONDepth is the number of levels that encoding/json accepts.
const maxJSONDepth = 10000

// CheckJSON returns nil if the text is one JSON value. Otherwise it returns a *Fault, with the
// position of the first invalid character unless the text is empty or truncated.
func CheckJSON(text string) error {
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
		return &Fault{What: "it is truncated"}
	}
	syntax := (*json.SyntaxError)(nil)
	if !errors.As(err, &syntax) || int(syntax.Offset) > len(text) || syntax.Offset < 1 {
		return &Fault{What: err.Error()}
	}
	at := int(syntax.Offset) - 1
	if depth(text) > maxJSONDepth {
		return &Fault{What: fmt.Sprintf("it is nested more than %d levels deep", maxJSONDepth)}
	}
	character, _ := utf8.DecodeRuneInString(text[at:])
	line, column := position(text, at)
	return &Fault{
		What:       fmt.Sprintf("unexpected %q (U+%04X) at line %d, character %d", character, character, line, column),
		CurlyQuote: strings.ContainsRune("“”„‟″‘’‚‛′", character),
	}
}

// depth returns the maximum nesting before the first syntax error.
func depth(text string) (deepest int) {
	decoder := json.NewDecoder(strings.NewReader(text))
	for current := 0; ; {
		token, err := decoder.Token()
		if err != nil {
			return deepest
		}
		switch token {
		case json.Delim('['), json.Delim('{'):
			current++
			deepest = max(deepest, current)
		case json.Delim(']'), json.Delim('}'):
			current--
		}
	}
}

// position returns the line and column of a byte, both counted from 1.
func position(text string, offset int) (line, column int) {
	before := text[:offset]
	line = 1 + strings.Count(before, "\n")
	return line, 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
}
