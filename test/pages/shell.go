package pages

import "strings"

// commandLines returns the command lines in a shell script, each as its words. It knows quotes,
// comments, continued lines, and what separates or encloses commands.
func commandLines(script string) (commands [][]string) {
	var (
		words  []string
		word   strings.Builder
		inWord bool
		quote  rune
	)
	endWord := func() {
		if inWord {
			words = append(words, word.String())
		}
		word.Reset()
		inWord = false
	}
	endCommand := func() {
		endWord()
		if len(words) > 0 {
			commands = append(commands, words)
		}
		words = nil
	}
	runes := []rune(strings.ReplaceAll(script, "\\\n", " "))
	for n := 0; n < len(runes); n++ {
		r := runes[n]
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, inWord = r, true
		case r == '\\' && n+1 < len(runes):
			n++
			word.WriteRune(runes[n])
			inWord = true
		case r == '#' && !inWord:
			for n+1 < len(runes) && runes[n+1] != '\n' {
				n++
			}
		case r == ' ' || r == '\t':
			endWord()
		case strings.ContainsRune("\n;&|()", r):
			endCommand()
		case r == '<' || r == '>': // a file, not an argument
			endWord()
			words = append(words, string(r))
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	endCommand()
	return commands
}

// withoutRedirection removes redirections and their files from the words of a command.
func withoutRedirection(words []string) (kept []string) {
	for n := 0; n < len(words); n++ {
		if words[n] == "<" || words[n] == ">" {
			n++
			continue
		}
		kept = append(kept, words[n])
	}
	return kept
}
