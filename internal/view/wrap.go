package view

import (
	"slices"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
)

// word is a part of a line that wrapText keeps together, with the spaces before it.
type word struct{ space, text string }

// splitWords splits a line at spaces.
func splitWords(line string) []word {
	var words []word
	for line != "" {
		text := strings.TrimLeft(line, " ")
		space := line[:len(line)-len(text)]
		end := strings.IndexByte(text, ' ')
		if end < 0 {
			end = len(text)
		}
		words = append(words, word{space, text[:end]})
		line = text[end:]
	}
	return words
}

// breakChars lists the characters after which a word may break if it is wider than its column.
const breakChars = "/:→,="

// splitWord splits a word after each character in breakChars. It splits pieces that are still wider
// than limit at any character.
func splitWord(text string, limit int) []string {
	var pieces []string
	begin, at, width := 0, 0, 0
	cut := func() {
		if at > begin {
			pieces = append(pieces, text[begin:at])
			begin, width = at, 0
		}
	}
	for state := byte(0); at < len(text); {
		sequence, columns, n, next := ansi.DecodeSequence(text[at:], state, nil)
		if width+columns > limit {
			cut()
		}
		at, width, state = at+n, width+columns, next
		if columns > 0 && strings.Contains(breakChars, sequence) {
			cut()
		}
	}
	cut()
	return pieces
}

// wrapText breaks lines at spaces if they are wider than width columns. It indents continuation
// lines like their first line, and by extraIndent columns more. A word that is wider than a line
// stays whole, so that the user can copy it.
func wrapText(text string, width, extraIndent int) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = wrapWords(line, splitWords(line), width, extraIndent)
	}
	return strings.Join(lines, "\n")
}

// wrapWords breaks one line between words, like wrapText.
func wrapWords(line string, words []word, width, extraIndent int) string {
	if width <= 0 || ansi.StringWidth(line) <= width {
		return line
	}
	plain := ansi.Strip(line)
	indent := len(plain) - len(strings.TrimLeft(plain, " ")) + extraIndent
	return strings.Join(fillLines(words, width, min(indent, width/2)), "\n")
}

// nextPrefix starts a line with a next step.
const nextPrefix = "next:"

// wrapMessage breaks lines like wrapText, but not inside commands, so that the user can paste them.
// The start of a line determines the extra indent of its continuation lines.
func wrapMessage(text string, width int) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		extraIndent := 0
		switch plain := ansi.Strip(line); {
		case strings.HasPrefix(strings.TrimSpace(plain), nextPrefix):
			extraIndent = len(nextPrefix) + 1
		case strings.HasPrefix(plain, " "):
			extraIndent = 2
		}
		lines[i] = wrapWords(line, joinCommands(splitWords(line)), width, extraIndent)
	}
	return strings.Join(lines, "\n")
}

// commandPrograms lists the first words of the commands in messages.
var commandPrograms = []string{"retrycatch", "aws", "npx", "cd"}

// joinCommands joins the words of each command in a line. A command is either in backticks, or it
// starts with a program's name after a colon or "then" and extends to the line's end.
func joinCommands(all []word) (joined []word) {
	before, quoted := "", false
	for i, w := range all {
		plain := ansi.Strip(w.text)
		last := len(joined) - 1
		switch {
		case quoted:
			joined[last].text += w.space + w.text
		case slices.Contains(commandPrograms, plain) && before != "error:" &&
			(strings.HasSuffix(before, ":") || before == "then"):
			for _, rest := range all[i+1:] {
				w.text += rest.space + rest.text
			}
			return append(joined, w)
		default:
			joined = append(joined, w)
		}
		quoted = quoted != (strings.Count(plain, "`")%2 == 1)
		before = plain
	}
	return joined
}

// fillLines puts words into lines of at most width columns. It indents all lines except the first.
// It reduces the indent where a word would not fit otherwise.
func fillLines(words []word, width, indent int) []string {
	var text strings.Builder
	used, lineStarted := 0, false
	for _, w := range words {
		space, columns := ansi.StringWidth(w.space), ansi.StringWidth(w.text)
		fits := used+space+columns <= width
		if lineStarted && columns > 0 && !fits && (columns <= width || used >= width) {
			margin := min(indent, max(width-columns, 0))
			text.WriteString("\n" + strings.Repeat(" ", margin) + w.text)
			used = margin + columns
			continue
		}
		text.WriteString(w.space + w.text)
		used += space + columns
		lineStarted = lineStarted || columns > 0
	}
	return strings.Split(restyle(text.String()), "\n")
}

// restyle ends each style at a line's end and restarts it on the next line. Otherwise the style
// would extend into the next column of a table.
func restyle(text string) string {
	if !strings.Contains(text, "\x1b") || !strings.Contains(text, "\n") {
		return text
	}
	var restyled strings.Builder
	w := lipgloss.NewWrapWriter(&restyled)
	_, _ = w.Write([]byte(text)) // a strings.Builder never fails
	w.Close()
	return restyled.String()
}
