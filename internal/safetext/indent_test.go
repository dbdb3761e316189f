package safetext

import (
	"strings"
	"testing"
)

func TestIndentJSON(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 9000) + strings.Repeat("]", 9000)
	for name, test := range map[string]struct{ text, want string }{
		"object":       {`{"a":[1,"{"]}`, "{\n  \"a\": [\n    1,\n    \"{\"\n  ]\n}"},
		"string":       {`"a"`, `"a"`},
		"plain text":   {"429 Too Many", "429 Too Many"},
		"truncated":    {`{"a":`, `{"a":`},
		"empty":        {"", ""},
		"deep nesting": {deep, deep},
	} {
		if got := IndentJSON(test.text); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got[:min(len(got), 200)], test.want[:min(len(test.want), 200)])
		}
	}
}
