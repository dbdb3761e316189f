package safetext

import (
	"bytes"
	"encoding/json"
	"strings"
)

// deepest limits the nesting of indented JSON: its size grows with the square of the depth.
const deepest = 40

// IndentJSON puts each member of JSON on its own line. It returns any other text unchanged.
func IndentJSON(text string) string {
	var out bytes.Buffer
	if depth(text) > deepest || json.Indent(&out, []byte(text), "", "  ") != nil {
		return text
	}
	return out.String()
}

// depth estimates the nesting of a text. It also counts brackets in strings.
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
