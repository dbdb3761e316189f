package view

import (
	"bytes"
	"strings"
	"testing"

	"retrycatch/internal/history"
)

func TestUnfold(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, want, note string }{
		"object":           {`{"a": {"b": 1}}`, `{"a":{"b":1}}`, ""},
		"string with JSON": {`{"a": "{\"b\": 1}"}`, `{"a":{"b":1}}`, " (JSON string at $.a)"},
		"plain text":       {"{", "{", ""},
		"more than maxPaths": {`["{}", "[]", "{}", "{}", "{}"]`, "[{},[],{},{},{}]",
			" (JSON strings at $[0], $[1], $[2] and 2 more)"},
		"control character": {`{"\u001b[1m": "[]"}`, "{\"\\u001b[1m\":[]}", " (JSON string at $[' [1m'])"},
	} {
		if got, note := unfold(test.text); got != test.want || note != test.note {
			t.Errorf("%s: got %q with note %q, want %q with note %q", name, got, note, test.want, test.note)
		}
	}
}

// A view that replaces a string with the JSON in it has a note about the string.
func TestUnfoldedStrings(t *testing.T) {
	t.Parallel()
	steps := []history.Step{{State: "S", Parent: -1, Input: `{"c":"[2]"}`}}
	e := history.Execution{Input: `{"a":"{\"b\":1}"}`, Steps: steps}
	for name, test := range map[string]struct {
		show func(*Console)
		want string
	}{
		"execution": {Inspection{Execution: e}.Text, `Input    {"a":{"b":1}} (JSON string at $.a)`},
		"state":     {Visits{Execution: e, State: "S"}.Text, "input (JSON string at $.c)\n    {\n      \"c\": ["},
	} {
		var out bytes.Buffer
		test.show(NewConsole(Streams{In: strings.NewReader(""), Out: &out, Err: &bytes.Buffer{}}))
		if !strings.Contains(out.String(), test.want) {
			t.Errorf("%s: got\n%s\nwant it to contain\n%s", name, &out, test.want)
		}
	}
}
