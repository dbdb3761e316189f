// Package safetext makes text from outside, such as an error's cause or a state's name, safe to
// show and to put into a command line. It also checks and indents JSON.
package safetext

import (
	"regexp"
	"strings"
	"unicode"
)

// Line replaces control characters, including line ends, and characters that change the direction
// of writing with spaces. A terminal would act on them.
func Line(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, text)
}

// Short returns Line of a text, cut to limit characters. The last character of a cut text is an
// ellipsis.
func Short(text string, limit int) string {
	text = Line(text)
	if runes := []rune(text); len(runes) > limit {
		return string(runes[:limit-1]) + "…"
	}
	return text
}

// safeWord matches a word that no shell expands. zsh expands =NAME.
var safeWord = regexp.MustCompile(`^[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*$`)

// Word quotes a text as one word of a shell's command line.
func Word(text string) string {
	if safeWord.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
