package aslfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	"retrycatch/internal/jsonfile"
	"retrycatch/internal/safetext"
)

// parseValues returns the JSON values in a text. Placeholders without quotes, such as ${Max} or
// {{ max }}, become strings. SAM, CloudFormation, Terraform and template languages would replace
// them with numbers before they parse the text.
func parseValues(data []byte) ([]json.RawMessage, error) {
	found, err := jsonfile.Values(data)
	if err == nil {
		return found, nil
	}
	text, textErr := jsonfile.Text(data)
	if textErr != nil {
		return nil, textErr
	}
	if at := directive.FindIndex(text); at != nil {
		return nil, fmt.Errorf("line %d has a Terraform directive, %s: only Terraform can render it",
			lineNumber(text, at[0]), safetext.Short(string(text[at[0]:at[1]]), 60))
	}
	quoted, quoteErr := quotePlaceholders(text)
	switch {
	case quoteErr != nil:
		return nil, quoteErr
	case bytes.Equal(quoted, text):
		return nil, err
	}
	return jsonfile.Values(quoted)
}

// directive matches a directive of a Terraform template:
// https://developer.hashicorp.com/terraform/language/expressions/strings#directives
var directive = regexp.MustCompile(`%\{~?\s*(?:if|for|else|endif|endfor)\b[^}\n]*\}`)

func lineNumber(text []byte, at int) int { return 1 + bytes.Count(text[:at], []byte("\n")) }

// yamlPlaceholder matches a placeholder that is a YAML value. It does not match #{, because #
// begins a comment in YAML.
var yamlPlaceholder = regexp.MustCompile(`(?m)((?:^|[:,\[{-])[ \t]*)([$%]\{[^{}"'\n]*\}|\{\{[^{}"'\n]*\}\})` +
	`([ \t]*(?:[,\]}#\r]|$))`)

// quotePlaceholders puts quotes around placeholders that have none.
func quotePlaceholders(text []byte) ([]byte, error) {
	if !jsonfile.StartsWithBracket(text) {
		for range 2 { // twice: a match includes the comma that the next match needs
			text = yamlPlaceholder.ReplaceAll(text, []byte(`$1"$2"$3`))
		}
		return text, nil
	}
	q := quoter{text: text}
	for q.at < len(text) {
		if err := q.step(); err != nil {
			return nil, err
		}
	}
	return q.out.Bytes(), nil
}

// quoter copies JSON with comments, and puts quotes around placeholders.
type quoter struct {
	text []byte
	out  bytes.Buffer
	at   int
	open []byte // open brackets at the current position
	last byte   // the last bracket, comma or colon
}

// step copies the next token: a comment, a string, a punctuation mark, a space or a bare word.
func (q *quoter) step() error {
	c := q.text[q.at]
	length := jsonfile.CommentLength(q.text[q.at:])
	switch {
	case (c != '#' || q.last == ':') && q.placeholderEnd(q.at) > 0: // #{ begins a comment, except after a colon
		return q.copyWord()
	case length > 0:
		q.copyTo(q.at + length)
	case c == '"':
		q.copyString()
	case c == '{' || c == '[':
		q.open, q.last = append(q.open, c), c
		q.copyTo(q.at + 1)
	case c == '}' || c == ']':
		q.open, q.last = q.open[:max(len(q.open)-1, 0)], c
		q.copyTo(q.at + 1)
	case c == ',' || c == ':':
		q.last = c
		q.copyTo(q.at + 1)
	case c == ' ' || c == '\t' || c == '\r' || c == '\n':
		q.copyTo(q.at + 1)
	default:
		return q.copyWord()
	}
	return nil
}

func (q *quoter) copyTo(end int) {
	q.out.Write(q.text[q.at:end])
	q.at = end
}

// copyString copies a string. It escapes quotes inside placeholders, where Terraform allows them.
func (q *quoter) copyString() {
	q.copyTo(q.at + 1)
	for q.at < len(q.text) {
		c := q.text[q.at]
		switch c {
		case '\\':
			q.copyTo(min(q.at+2, len(q.text)))
			continue
		case '$':
			if end := q.placeholderEnd(q.at); end > 0 && bytes.IndexByte(q.text[q.at:end], '\\') < 0 {
				q.out.Write(bytes.ReplaceAll(q.text[q.at:end], []byte(`"`), []byte(`\"`)))
				q.at = end
				continue
			}
		}
		q.copyTo(q.at + 1)
		if c == '"' {
			return
		}
	}
}

// copyWord copies a bare word, in quotes if the word contains a placeholder.
func (q *quoter) copyWord() error {
	end, hasPlaceholder := q.at, false
	for end < len(q.text) {
		if next := q.placeholderEnd(end); next > 0 {
			end, hasPlaceholder = next, true
			continue
		}
		if bytes.IndexByte([]byte(" \t\r\n,:]}[{\""), q.text[end]) >= 0 {
			break
		}
		end++
	}
	word := q.text[q.at:end]
	if !hasPlaceholder {
		q.copyTo(end)
		return nil
	}
	inObject := len(q.open) > 0 && q.open[len(q.open)-1] == '{' && q.last != ':'
	if next := bytes.TrimLeft(q.text[end:], " \t\r\n"); inObject && !bytes.HasPrefix(next, []byte(":")) {
		return fmt.Errorf("line %d: the placeholder %s replaces members of an object, so the object cannot be drawn",
			lineNumber(q.text, q.at), safetext.Short(string(word), 60))
	}
	quoted, err := json.Marshal(string(word))
	q.out.Write(quoted)
	q.at = end
	return err
}

// closings maps the opening characters of placeholders to their closing characters. It omits
// ${, because only ${ placeholders can be nested.
var closings = map[string]string{"{{": "}}", "#{": "}", "%{": "}", "<<": ">>", "<%": "%>"}

// placeholderEnd returns the end of the placeholder at an offset, or 0. A placeholder cannot
// contain a line break.
func (q *quoter) placeholderEnd(at int) int {
	rest, _, _ := bytes.Cut(q.text[at:], []byte("\n"))
	if end := closings[string(rest[:min(2, len(rest))])]; end != "" {
		if i := bytes.Index(rest[2:], []byte(end)); i > 0 {
			return at + 2 + i + len(end)
		}
		return 0
	}
	if !bytes.HasPrefix(rest, []byte("${")) {
		return 0
	}
	depth, quoted := 0, false
	for i := at; i < len(q.text) && q.text[i] != '\n'; i++ {
		switch c := q.text[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{':
			depth++
		case c == '}':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

// parseValue parses a text that must contain only one value.
func parseValue(text []byte) (json.RawMessage, error) {
	found, err := parseValues(text)
	switch {
	case err != nil:
		return nil, err
	case len(found) > 1:
		return nil, errors.New("it contains more than one value")
	}
	return found[0], nil
}
