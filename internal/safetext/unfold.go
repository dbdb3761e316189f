package safetext

import (
	"strings"

	"github.com/tidwall/gjson"
)

// Unfold writes JSON in one line and keeps its order. A string that holds an object or an array
// becomes that value. Unfold returns text other than JSON unchanged. Its result is for people:
// programs could not distinguish a string from a value.
func Unfold(text string) string {
	if !gjson.Valid(text) {
		return text
	}
	var out strings.Builder
	unfold(&out, gjson.Parse(text), 0)
	return out.String()
}

func unfold(out *strings.Builder, value gjson.Result, depth int) {
	if value.Type == gjson.String && holdsJSON(value.Str) {
		value = gjson.Parse(value.Str)
	}
	open, end := "{", "}"
	if value.IsArray() {
		open, end = "[", "]"
	}
	if value.Type != gjson.JSON || depth == deepest {
		out.WriteString(value.Raw)
		return
	}
	out.WriteString(open)
	first := true
	for key, member := range value.ForEach {
		if !first {
			out.WriteByte(',')
		}
		first = false
		if value.IsObject() {
			out.WriteString(key.Raw + ":")
		}
		unfold(out, member, depth+1)
	}
	out.WriteString(end)
}

// holdsJSON reports whether a string is an object or an array. A number in a string stays a string.
func holdsJSON(text string) bool {
	text = strings.TrimSpace(text)
	return text != "" && strings.IndexByte("{[", text[0]) >= 0 && gjson.Valid(text)
}
