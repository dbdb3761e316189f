package jsontext

import (
	"bytes"
	"encoding/json"
	"strings"
)

// deepest is how deep a value may be nested to be indented: its size grows with the square of the depth.
const deepest = 40

// Indent is JSON with a line for each part, and any other text as it is.
func Indent(text string) string {
	var out bytes.Buffer
	if depth(text) > deepest || json.Indent(&out, []byte(text), "", "  ") != nil {
		return text
	}
	return out.String()
}

// depth is how deep a text is nested, or nearly: brackets within strings count as well.
func depth(text string) (most int) {
	now := 0
	for i := range len(text) {
		switch {
		case strings.IndexByte("[{", text[i]) >= 0:
			now++
			most = max(most, now)
		case strings.IndexByte("]}", text[i]) >= 0:
			now--
		}
	}
	return most
}
