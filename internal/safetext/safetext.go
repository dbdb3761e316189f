// Package safetext makes external text, such as an error's cause or a state's name, safe for
// display and for command lines. It also checks and indents JSON, and decodes JSON that is nested
// in strings.
package safetext

import (
	"regexp"
	"strings"
	"unicode"
)

// Line replaces control characters, including line ends, with spaces. It also replaces characters
// that change the writing direction. A terminal would interpret all of these.
func Line(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, text)
}

// Short returns Line(text), truncated to at most the given number of characters. A truncated text
// ends with an ellipsis.
func Short(text string, limit int) string {
	text = Line(text)
	if runes := []rune(text); len(runes) > limit {
		return string(runes[:limit-1]) + "…"
	}
	return text
}

// safeWord matches a word that no shell expands. It excludes =NAME, which zsh expands.
var safeWord = regexp.MustCompile(`^[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*$`)

// Word quotes a text as one word of a shell command.
func Word(text string) string {
	if safeWord.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
