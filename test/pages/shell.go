package pages

import "strings"

// scanner splits a shell script into commands.
type scanner struct {
	commands [][]string
	words    []string // words of the current command
	word     strings.Builder
	inWord   bool
}

// commandLines splits a shell script into commands, and each command into words. It supports
// quotes, comments, line continuations, and the characters ; & | ( ) < >.
func commandLines(script string) [][]string {
	var s scanner
	var quote rune
	runes := []rune(strings.ReplaceAll(script, "\\\n", " "))
	for n := 0; n < len(runes); n++ {
		r := runes[n]
		switch {
		case r == quote:
			quote = 0
		case quote != 0:
			s.add(r)
		case r == '\'' || r == '"':
			quote, s.inWord = r, true
		case r == '\\' && n+1 < len(runes):
			n++
			s.add(runes[n])
		case r == '#' && !s.inWord:
			for n+1 < len(runes) && runes[n+1] != '\n' {
				n++
			}
		case r == ' ' || r == '\t':
			s.endWord()
		case strings.ContainsRune("\n;&|()", r):
			s.endCommand()
		case r == '<' || r == '>':
			s.endWord()
			s.words = append(s.words, string(r))
		default:
			s.add(r)
		}
	}
	s.endCommand()
	return s.commands
}

func (s *scanner) add(r rune) {
	s.word.WriteRune(r)
	s.inWord = true
}

func (s *scanner) endWord() {
	if s.inWord {
		s.words = append(s.words, s.word.String())
	}
	s.word.Reset()
	s.inWord = false
}

func (s *scanner) endCommand() {
	s.endWord()
	if len(s.words) > 0 {
		s.commands = append(s.commands, s.words)
	}
	s.words = nil
}

// withoutRedirection removes redirections and their file names.
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
