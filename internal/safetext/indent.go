package safetext

import (
	"bytes"
	"encoding/json"
	"strings"
)

// maxDepth limits the nesting in IndentJSON and Unfold. The size of indented JSON grows with the
// square of the depth.
const maxDepth = 40

// IndentJSON puts each member and each element on its own line. If the text is not JSON, or is
// nested too deeply, IndentJSON returns it unchanged.
func IndentJSON(text string) string {
	var out bytes.Buffer
	if estimateDepth(text) > maxDepth || json.Indent(&out, []byte(text), "", "  ") != nil {
		return text
	}
	return out.String()
}

// estimateDepth returns the maximum nesting of brackets, including brackets in strings.
func estimateDepth(text string) (deepest int) {
	current := 0
	for i := range len(text) {
		switch {
		case strings.IndexByte("[{", text[i]) >= 0:
			current++
			deepest = max(deepest, current)
		case strings.IndexByte("]}", text[i]) >= 0:
			current--
		}
	}
	return deepest
}
