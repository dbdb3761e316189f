// Package jsonfile reads the forms of JSON that are common in practice: with a byte order mark, in
// UTF-16, with comments, as one value per line, or as YAML.
package jsonfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/jsonc"
	"golang.org/x/text/encoding/unicode"

	"retrycatch/internal/safetext"
)

// Values returns the JSON values in a file, at least one. Each YAML document becomes a JSON value,
// as in FromYAML. An error contains the position of the mistake, if it has one.
func Values(data []byte) ([]json.RawMessage, error) {
	text, err := Text(data)
	if err != nil {
		return nil, err
	}
	values, jsonErr := splitValues(text)
	var fault *safetext.Fault
	if jsonErr == nil || errors.As(jsonErr, &fault) && fault.CurlyQuote {
		return values, jsonErr
	}
	values, jsonErr = splitValues(jsonc.ToJSON(removeHashComments(text)))
	if jsonErr == nil {
		return values, nil
	}
	brackets, quote := parseStart(text)
	if quote { // YAML accepts some invalid JSON, but reads it differently
		return nil, jsonErr
	}
	values, yamlErr := FromYAML(text)
	if yamlErr != nil && brackets {
		return nil, jsonErr
	}
	return values, yamlErr
}

// StartsWithBracket reports whether a text starts with a bracket, as JSON does. It skips comments.
func StartsWithBracket(text []byte) bool {
	brackets, _ := parseStart(text)
	return brackets
}

// parseStart reports whether a text starts with brackets, and whether a double quote follows them.
// It skips comments.
func parseStart(text []byte) (brackets, quote bool) {
	for at := 0; at < len(text); {
		switch length := CommentLength(text[at:]); {
		case length > 0:
			at += length
		case bytes.IndexByte([]byte(" \t\r\n"), text[at]) >= 0:
			at++
		case text[at] == '{' || text[at] == '[':
			brackets = true
			at++
		default:
			return brackets, brackets && text[at] == '"'
		}
	}
	return brackets, false
}

// splitValues returns the JSON values in a text. Only whitespace may separate them.
func splitValues(text []byte) (values []json.RawMessage, err error) {
	if json.Valid(text) {
		return []json.RawMessage{text}, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	for {
		var value json.RawMessage
		before := decoder.InputOffset()
		switch err := decoder.Decode(&value); {
		case errors.Is(err, io.EOF) && len(values) > 0:
			return values, nil
		case err != nil:
			return nil, safetext.CheckJSON(blank(text[:before]) + string(text[before:]))
		}
		values = append(values, value)
	}
}

// blank turns every character except a line break into a space. Line and column numbers stay the
// same.
func blank(text []byte) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' {
			return r
		}
		return ' '
	}, string(text))
}

// Text converts data to UTF-8 without a byte order mark. Windows PowerShell 5 writes redirected
// output as UTF-16 with a byte order mark:
// https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_character_encoding
func Text(data []byte) ([]byte, error) {
	order := unicode.LittleEndian
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		data = data[3:]
	case bytes.HasPrefix(data, []byte("\xfe\xff")), len(data) > 1 && data[0] == 0 && data[1] != 0:
		order = unicode.BigEndian
		fallthrough
	case bytes.HasPrefix(data, []byte("\xff\xfe")), len(data) > 1 && data[0] != 0 && data[1] == 0:
		return unicode.UTF16(order, unicode.UseBOM).NewDecoder().Bytes(data)
	}
	if at := firstInvalid(data); at >= 0 {
		line, start := 1+bytes.Count(data[:at], []byte("\n")), 1+bytes.LastIndexByte(data[:at], '\n')
		return nil, fmt.Errorf("line %d is not UTF-8 text: it has the byte 0x%02X at character %d", line, data[at],
			1+utf8.RuneCount(data[start:at]))
	}
	return data, nil
}

// firstInvalid returns the offset of the first byte that is not UTF-8, or -1.
func firstInvalid(data []byte) int {
	if utf8.Valid(data) {
		return -1
	}
	for at := 0; ; {
		r, size := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && size <= 1 {
			return at
		}
		at += size
	}
}
