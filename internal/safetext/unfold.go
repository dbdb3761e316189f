package safetext

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/tidwall/gjson"
)

// Unfold writes JSON on one line, and keeps the order of members. If a string contains a JSON
// object or array, that object or array replaces the string. parsed lists the JSONPaths of these
// strings. If the text is not JSON, Unfold returns it unchanged.
func Unfold(text string) (unfolded string, parsed []string) {
	if !gjson.Valid(text) {
		return text, nil
	}
	var u unfolding
	u.write(gjson.Parse(text), 0)
	return u.out.String(), u.parsed
}

type unfolding struct {
	out    strings.Builder
	path   []string // steps from the root to the current value
	parsed []string
}

func (u *unfolding) write(value gjson.Result, depth int) {
	if value.Type == gjson.String && depth < maxDepth && containsJSON(value.Str) {
		value = gjson.Parse(value.Str)
		u.parsed = append(u.parsed, "$"+strings.Join(u.path, ""))
	}
	open, closing := "{", "}"
	if value.IsArray() {
		open, closing = "[", "]"
	}
	if value.Type != gjson.JSON || depth == maxDepth {
		u.out.WriteString(value.Raw)
		return
	}
	u.out.WriteString(open)
	n := 0
	for key, member := range value.ForEach {
		if n > 0 {
			u.out.WriteByte(',')
		}
		step := fmt.Sprintf("[%d]", n)
		if value.IsObject() {
			u.out.WriteString(key.Raw + ":")
			step = pathStep(key.Str)
		}
		u.path = append(u.path, step)
		u.write(member, depth+1)
		u.path = u.path[:len(u.path)-1]
		n++
	}
	u.out.WriteString(closing)
}

// plainName matches names that need no brackets in a JSONPath.
var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// pathStep returns the JSONPath step that leads to a member.
func pathStep(name string) string {
	if plainName.MatchString(name) {
		return "." + name
	}
	return "['" + strings.ReplaceAll(name, "'", `\'`) + "']"
}

// containsJSON reports whether a text is a JSON object or array.
func containsJSON(text string) bool {
	text = strings.TrimSpace(text)
	return text != "" && strings.IndexByte("{[", text[0]) >= 0 && gjson.Valid(text)
}
