package safetext

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestUnfold(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 900) + strings.Repeat("]", 900)
	for name, test := range map[string]struct{ text, want, parsed string }{
		"object in a string":   {`{"Payload":"{\"a\":1}"}`, `{"Payload":{"a":1}}`, "$.Payload"},
		"nested strings":       {`{"a":"{\"b\":\"[1, {\\\"c\\\":2}]\"}"}`, `{"a":{"b":[1,{"c":2}]}}`, "$.a $.a.b"},
		"string as document":   {`"{\"a\": 1}"`, `{"a":1}`, "$"},
		"whitespace and order": {"{ \"b\" : 1,\n \"a\": [ 1 , 2.50 ] }", `{"b":1,"a":[1,2.50]}`, ""},
		"number in a string":   {`{"statuscode":"429"}`, `{"statuscode":"429"}`, ""},
		"string in a string":   {`"\"a\""`, `"\"a\""`, ""},
		"brackets in text":     {`{"a":"[ERROR] {no"}`, `{"a":"[ERROR] {no"}`, ""},
		"empty values":         {`{"a":"{}","b":[],"c":""}`, `{"a":{},"b":[],"c":""}`, "$.a"},
		"duplicate name":       {`{"a":1,"a":2}`, `{"a":1,"a":2}`, ""},
		"long number":          {`12345678901234567890`, `12345678901234567890`, ""},
		"plain text":           {`429 {`, `429 {`, ""},
		"empty":                {"", "", ""},
		"array and names with spaces": {`{"a b":["x","{\"it's\":\"[]\"}"]}`, `{"a b":["x",{"it's":[]}]}`,
			`$['a b'][1] $['a b'][1]['it\'s']`},
		"deep nesting": {deep, deep, ""},
	} {
		got, parsed := Unfold(test.text)
		if paths := strings.Join(parsed, " "); got != test.want || paths != test.parsed {
			t.Errorf("%s: got %s and paths %q, want %s and %q", name, got, paths, test.want, test.parsed)
		}
	}
}

func FuzzUnfold(f *testing.F) {
	f.Add(`{"a":"{\"b\":[1]}"}`)
	f.Add(`"[\"\\ud800\"]"`)
	f.Fuzz(func(t *testing.T, text string) {
		if got, _ := Unfold(text); json.Valid([]byte(text)) && !json.Valid([]byte(got)) {
			t.Errorf("%q: got %q, want valid JSON", text, got)
		}
	})
}
