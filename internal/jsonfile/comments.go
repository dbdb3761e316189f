package jsonfile

import "bytes"

// removeHashComments replaces # comments in JSON with spaces. It keeps other comments.
func removeHashComments(text []byte) []byte {
	out := bytes.Clone(text)
	for at := 0; at < len(out); {
		rest := out[at:]
		length := CommentLength(rest)
		switch rest[0] {
		case '#':
			for i := range bytes.TrimSuffix(rest[:length], []byte("\n")) {
				rest[i] = ' '
			}
		case '"':
			length = stringLength(rest)
		}
		at += max(length, 1)
	}
	return out
}

// CommentLength returns the length of the comment at the start of a text, or 0. It recognizes
// comments that start with #, // or /*.
func CommentLength(text []byte) int {
	begin, end := 1, []byte("\n")
	switch {
	case bytes.HasPrefix(text, []byte("/*")):
		begin, end = 2, []byte("*/")
	case !bytes.HasPrefix(text, []byte("//")) && !bytes.HasPrefix(text, []byte("#")):
		return 0
	}
	if n := bytes.Index(text[begin:], end); n >= 0 {
		return begin + n + len(end)
	}
	return len(text)
}

// stringLength returns the length of the JSON string at the start of a text.
func stringLength(text []byte) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}
