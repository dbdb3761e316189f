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

// values returns the JSON values in a text. A value may be a placeholder without quotes, such as
// ${Max} or {{ max }}: SAM, CloudFormation, Terraform and template languages replace it with a
// number before they parse the text. It becomes a string.
func values(data []byte) ([]json.RawMessage, error) {
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
			line(text, at[0]), safetext.Short(string(text[at[0]:at[1]]), 60))
	}
	quoted, quoteErr := quote(text)
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

func line(text []byte, at int) int { return 1 + bytes.Count(text[:at], []byte("\n")) }

// inYAML matches a placeholder that is a whole value in YAML. There, #{ begins a comment.
var inYAML = regexp.MustCompile(`(?m)((?:^|[:,\[{-])[ \t]*)([$%]\{[^{}"'\n]*\}|\{\{[^{}"'\n]*\}\})` +
	`([ \t]*(?:[,\]}#\r]|$))`)

// quote puts bare placeholders into quotes.
func quote(text []byte) ([]byte, error) {
	if !jsonfile.InBrackets(text) {
		for range 2 { // a match takes the comma before the next one
			text = inYAML.ReplaceAll(text, []byte(`$1"$2"$3`))
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

// quoter copies JSON with comments, and puts placeholders into quotes.
type quoter struct {
	text []byte
	out  bytes.Buffer
	at   int
	open []byte // the brackets around the current position
	last byte   // the last bracket, comma or colon
}

// step copies the next part: a comment, a string, a bracket, a bare word or a single character.
func (q *quoter) step() error {
	c := q.text[q.at]
	length := jsonfile.Comment(q.text[q.at:])
	switch {
	case (c != '#' || q.last == ':') && q.placeholder(q.at) > 0: // # begins comments, too
		return q.word()
	case length > 0:
		q.copy(q.at + length)
	case c == '"':
		q.string()
	case c == '{' || c == '[':
		q.open, q.last = append(q.open, c), c
		q.copy(q.at + 1)
	case c == '}' || c == ']':
		q.open, q.last = q.open[:max(len(q.open)-1, 0)], c
		q.copy(q.at + 1)
	case c == ',' || c == ':':
		q.last = c
		q.copy(q.at + 1)
	case c == ' ' || c == '\t' || c == '\r' || c == '\n':
		q.copy(q.at + 1)
	default:
		return q.word()
	}
	return nil
}

func (q *quoter) copy(end int) {
	q.out.Write(q.text[q.at:end])
	q.at = end
}

// string copies a string. It escapes the quotes inside a placeholder: Terraform allows them there.
func (q *quoter) string() {
	q.copy(q.at + 1)
	for q.at < len(q.text) {
		c := q.text[q.at]
		switch c {
		case '\\':
			q.copy(min(q.at+2, len(q.text)))
			continue
		case '$':
			if end := q.placeholder(q.at); end > 0 && bytes.IndexByte(q.text[q.at:end], '\\') < 0 {
				q.out.Write(bytes.ReplaceAll(q.text[q.at:end], []byte(`"`), []byte(`\"`)))
				q.at = end
				continue
			}
		}
		q.copy(q.at + 1)
		if c == '"' {
			return
		}
	}
}

// word copies a bare word, in quotes if it holds a placeholder.
func (q *quoter) word() error {
	end, holds := q.at, false
	for end < len(q.text) {
		if past := q.placeholder(end); past > 0 {
			end, holds = past, true
			continue
		}
		if bytes.IndexByte([]byte(" \t\r\n,:]}[{\""), q.text[end]) >= 0 {
			break
		}
		end++
	}
	word := q.text[q.at:end]
	if !holds {
		q.copy(end)
		return nil
	}
	inObject := len(q.open) > 0 && q.open[len(q.open)-1] == '{' && q.last != ':'
	if next := bytes.TrimLeft(q.text[end:], " \t\r\n"); inObject && !bytes.HasPrefix(next, []byte(":")) {
		return fmt.Errorf("line %d: the placeholder %s stands for members of an object, which are needed to draw it",
			line(q.text, q.at), safetext.Short(string(word), 60))
	}
	quoted, err := json.Marshal(string(word))
	q.out.Write(quoted)
	q.at = end
	return err
}

// pairs maps the beginnings of placeholders without nested braces to their ends.
var pairs = map[string]string{"{{": "}}", "#{": "}", "%{": "}", "<<": ">>", "<%": "%>"}

// placeholder returns the end of the placeholder at an offset, or 0. It must end on the same line.
func (q *quoter) placeholder(at int) int {
	rest, _, _ := bytes.Cut(q.text[at:], []byte("\n"))
	if end := pairs[string(rest[:min(2, len(rest))])]; end != "" {
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

// parse returns the only value in a text.
func parse(text []byte) (json.RawMessage, error) {
	found, err := values(text)
	switch {
	case err != nil:
		return nil, err
	case len(found) > 1:
		return nil, errors.New("it holds several values")
	}
	return found[0], nil
}
