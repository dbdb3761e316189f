package jsonfile

import "bytes"

// withoutHashes replaces comments that begin with # in JSON with spaces. It keeps other comments.
func withoutHashes(text []byte) []byte {
	out := bytes.Clone(text)
	for at := 0; at < len(out); {
		rest := out[at:]
		switch {
		case rest[0] == '"':
			at += stringLength(rest)
		case rest[0] == '#':
			end := lengthTo(rest, "\n")
			copy(rest, bytes.Repeat([]byte(" "), end))
			at += end
		case bytes.HasPrefix(rest, []byte("//")):
			at += lengthTo(rest, "\n")
		case bytes.HasPrefix(rest, []byte("/*")):
			at += lengthTo(rest, "*/")
		default:
			at++
		}
	}
	return out
}

// lengthTo returns the length of a text before mark, or its whole length.
func lengthTo(text []byte, mark string) int {
	if n := bytes.Index(text, []byte(mark)); n > 0 {
		return n
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
