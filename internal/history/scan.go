package history

import (
	"bytes"
	"encoding/json"
	"iter"
)

// A history has up to 25,000 events with several fields each. Once encoding/json has seen that all of it is valid, the
// functions below find the parts in it without looking at every part again: they expect valid JSON.

// elements are those of a list; of anything else there are none.
func elements(list json.RawMessage) iter.Seq[json.RawMessage] {
	return func(yield func(json.RawMessage) bool) {
		for rest, ok := inside(list, '['); ok && rest[0] != ']'; {
			n := valueLength(rest)
			if !yield(rest[:n]) {
				return
			}
			rest = next(rest[n:])
		}
	}
}

// members are those of an object, by their names; of anything else there are none.
func members(object json.RawMessage) iter.Seq2[string, json.RawMessage] {
	return func(yield func(string, json.RawMessage) bool) {
		for rest, ok := inside(object, '{'); ok && rest[0] != '}'; {
			n := valueLength(rest)
			name := text(rest[:n])
			rest = next(rest[n:]) // past the colon
			n = valueLength(rest)
			if !yield(name, rest[:n]) {
				return
			}
			rest = next(rest[n:])
		}
	}
}

const space = " \t\r\n"

// inside is what follows the opening bracket.
func inside(value json.RawMessage, bracket byte) (rest json.RawMessage, ok bool) {
	if len(value) == 0 || value[0] != bracket {
		return nil, false
	}
	return bytes.TrimLeft(value[1:], space), true
}

// next goes on to the next value, past a comma or colon, or to the closing bracket.
func next(rest json.RawMessage) json.RawMessage {
	rest = bytes.TrimLeft(rest, space)
	if rest[0] == ',' || rest[0] == ':' {
		rest = bytes.TrimLeft(rest[1:], space)
	}
	return rest
}

// valueLength is the length of the value that begins here.
func valueLength(rest json.RawMessage) int {
	switch rest[0] {
	case '"':
		return stringLength(rest)
	case '{', '[':
		depth := 0
		for i := 0; ; {
			switch rest[i] {
			case '"':
				i += stringLength(rest[i:])
				continue
			case '{', '[':
				depth++
			case '}', ']':
				depth--
			}
			if i++; depth == 0 {
				return i
			}
		}
	default: // a number, true, false or null
		if n := bytes.IndexAny(rest, ",]}"+space); n >= 0 {
			return n
		}
		return len(rest)
	}
}

func stringLength(rest json.RawMessage) int {
	for i := 1; ; i++ {
		switch rest[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
}

// text is the value of a string; of anything else it is empty.
func text(value json.RawMessage) (s string) {
	if len(value) == 0 || value[0] != '"' {
		return ""
	}
	if bytes.IndexByte(value, '\\') < 0 {
		return string(value[1 : len(value)-1])
	}
	_ = json.Unmarshal(value, &s) // it is valid
	return s
}
