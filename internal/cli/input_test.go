package cli

import (
	"errors"
	"strings"
	"testing"

	"retrycatch/internal/problem"
)

func TestInvalidInput(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ input, message, next string }{
		"curly quotes, as in copied text": {
			"{“statuscode”: “200”}",
			`unexpected '“' (U+201C) at line 1, character 2`,
			"curly quotes",
		},
		"a curly quote after a two-byte letter": {
			`{"é": “x”}`,
			`unexpected '“' (U+201C) at line 1, character 7`,
			"curly quotes",
		},
		"a curly apostrophe": {
			"{‘a’:1}",
			`unexpected '‘' (U+2018) at line 1, character 2`,
			"curly quotes",
		},
		"single quotes": {
			"{'a':1}",
			`unexpected '\'' (U+0027) at line 1, character 2`,
			"single quotes",
		},
		"an invalid comma on line 2": {
			"{\"a\":\n1,,}",
			`unexpected ',' (U+002C) at line 2, character 3`,
			"one JSON value",
		},
		"a value without quotes": {
			`{"a":b}`,
			`unexpected 'b' (U+0062) at line 1, character 6`,
			"one JSON value",
		},
		"text after the value": {
			`{} x`,
			`unexpected 'x' (U+0078) at line 1, character 4`,
			"one JSON value",
		},
		"an incomplete object": {
			`{"a":`,
			"it is truncated",
			"one JSON value",
		},
		"an incomplete string": {
			`"é`,
			"it is truncated",
			"one JSON value",
		},
		"invalid UTF-8": {
			"{\n\"é\": \"\xe9\"}",
			"line 2 is not UTF-8 text: it has the byte 0xE9 at character 7",
			"iconv",
		},
		"a raw NUL": {
			"\"a\x00\"",
			`unexpected '\x00' (U+0000) at line 1, character 3`,
			"one JSON value",
		},
		"one byte too long": {
			`"` + strings.Repeat("é", maxInput/2-1) + `x"`,
			"262145 bytes in UTF-8, more than the 262144 that Step Functions accepts",
			"S3",
		},
		"empty": {
			"",
			"it is empty",
			"one JSON value",
		},
		"only white space": {
			" \n\t",
			"it is empty",
			"one JSON value",
		},
		"a control character": {
			"\"\x1b[31m\"",
			`unexpected '\x1b' (U+001B) at line 1, character 2`,
			"one JSON value",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := parseInput([]byte(test.input))
			p := (*problem.Problem)(nil)
			if !errors.As(err, &p) {
				t.Fatalf("got %v, want a problem", err)
			}
			if !strings.Contains(p.Error(), test.message) {
				t.Errorf("got %q, want it to contain %q", p.Error(), test.message)
			}
			if !strings.Contains(p.Next, test.next) {
				t.Errorf("got the next step %q, want it to contain %q", p.Next, test.next)
			}
		})
	}
}

func TestValidInput(t *testing.T) {
	t.Parallel()
	for _, input := range []string{`{"statuscode":"200"}`, `{}`, `[]`, `null`, `"200"`, ` 200 `, `{"a":{"b":["“"]}}`,
		`{"a":1,"a":2}`, `"\ud800"`, `"\u0000"`, `"` + strings.Repeat("é", maxInput/2-1) + `"`} {
		if got, err := parseInput([]byte(input)); err != nil || got != strings.TrimSpace(input) {
			t.Errorf("%s: got %s (%v), want the trimmed input", input, got, err)
		}
	}
}

func FuzzParseInput(f *testing.F) {
	for _, seed := range []string{"{“", "\xff", `{"a":1}`, "", "\"\\u", "[1,\n2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, input string) {
		p := (*problem.Problem)(nil)
		if _, err := parseInput([]byte(input)); err != nil && (!errors.As(err, &p) || p.Next == "") {
			t.Errorf("%q: got the error %v, want a problem with a next step", input, err)
		}
	})
}
