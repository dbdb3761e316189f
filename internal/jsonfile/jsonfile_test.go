package jsonfile

import (
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"
)

func utf16Text(text string, order binary.AppendByteOrder) string {
	var data []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		data = order.AppendUint16(data, unit)
	}
	return string(data)
}

func TestValues(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, want string }{
		"JSON":            {`{"b":1,"a":[null]}`, `{"b":1,"a":[null]}`},
		"byte order mark": {"\ufeff{}", `{}`},
		"UTF-16 LE mark":  {utf16Text("\ufeff{\"a\":\"ü\"}", binary.LittleEndian), `{"a":"ü"}`},
		"UTF-16 BE mark":  {utf16Text("\ufeff{\"a\":\"ü\"}", binary.BigEndian), `{"a":"ü"}`},
		"UTF-16 LE":       {utf16Text("{\"a\":1}", binary.LittleEndian), `{"a":1}`},
		"UTF-16 BE":       {utf16Text("{\"a\":1}", binary.BigEndian), `{"a":1}`},
		"JSON lines":      {"{\"a\":1}\n{\"a\":2}\n", `{"a":1} {"a":2}`},
		"joined values":   {"{\n}{}\n[]", "{\n} {} []"},
		"slash comments":  {"{ // one\n\"a\": /* two */ 1,\n}", "{ \n\"a\": 1 }"},
		"hash comments":   {"{ # one\n\"a\": 1 }", `{ "a": 1 }`},
		"mixed comments": {"// one\n{ # it's \"two\n\"a\": \"#\\\"\", /* # */ \"b\": 2, # three\n}",
			`{ "a": "#\"", "b": 2 }`},
		"string":         {`"a"`, `"a"`},
		"YAML":           {"b: x\na:\n  - 1\n  - null\n  - ~\n", `{"b":"x","a":[1,null,null]}`},
		"YAML documents": {"# none\n---\na: 1\n---\n- b\n", `{"a":1} ["b"]`},
		"YAML numbers": {"[1, 1.50, 1e3, 0x10, 1_000, 010, .5, .inf, 20000000000000000000]",
			`[1,1.50,1e3,16,1000,8,0.5,".inf",20000000000000000000]`},
		"YAML strings":     {"[yes, '1', 2024-01-01, !!str 7, <a>, True]", `["yes","1","2024-01-01","7","<a>",true]`},
		"YAML in brackets": {"# x\n{a: , b: [c, 05]}", `{"a":null,"b":["c",5]}`},
		"YAML 1.2":         {"%YAML 1.2\n---\na: 1\n", `{"a":1}`},
		"YAML block text":  {"a: |\n  b\n  c\n", `{"a":"b\nc\n"}`},
		"aliases":          {"a: &x {b: 1}\nc: *x\n", `{"a":{"b":1},"c":{"b":1}}`},
		"merge keys":       {"a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  b: 3\n", `{"a":{"b":1,"c":2},"d":{"b":3,"c":2}}`},
		"list of merge keys": {"a: &x {b: 1}\nc: &y {b: 2, d: 3}\ne:\n  <<: [*x, *y]\n",
			`{"a":{"b":1},"c":{"b":2,"d":3},"e":{"b":1,"d":3}}`},
		"short-form functions": {"[!Ref A, !GetAtt A.B.C, !Sub '${A}', !Join [x, [!Ref B]], !GetAtt [A, B], !Condition C]",
			`[{"Ref":"A"},{"Fn::GetAtt":["A","B.C"]},{"Fn::Sub":"${A}"},{"Fn::Join":["x",[{"Ref":"B"}]]},` +
				`{"Fn::GetAtt":["A","B"]},{"Condition":"C"}]`},
		"short-form function as document": {"!Sub\n- '${A}'\n- A: 1\n", `{"Fn::Sub":["${A}",{"A":1}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			values, err := Values([]byte(test.text))
			if err != nil {
				t.Fatal(err)
			}
			var texts []string
			for _, value := range values {
				texts = append(texts, string(value))
			}
			got := strings.Join(strings.Fields(strings.Join(texts, " ")), " ")
			if want := strings.Join(strings.Fields(test.want), " "); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestValuesFail(t *testing.T) {
	t.Parallel()
	bomb := "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := range 12 {
		alias := "*a" + string(rune('a'+i-1))
		if i == 0 {
			alias = "*a0"
		}
		name := string(rune('a' + i))
		bomb += "k" + name + ": &a" + name + " [" + strings.Repeat(alias+", ", 9) + alias + "]\n"
	}
	for name, test := range map[string]struct{ text, want string }{
		"empty":                {"", "it is empty"},
		"only byte order mark": {"\ufeff \n", "it is empty"},
		"only comments":        {"# none\n", "it is empty"},
		"truncated":            {"{\"a\":1}\n{\"a\":", "it is truncated"},
		"wrong character":      {"{\"a\":1}\n{\"ü\":1} {\"a\" 1]}", "unexpected '1' (U+0031) at line 2, character 14"},
		"curly quotes":         {"{“a”: 1}", "unexpected '“' (U+201C) at line 1, character 2"},
		"no value":             {`{"a":,"b":1}`, "unexpected ',' (U+002C) at line 1, character 6"},
		"no quotes":            {"// x\n[{\"a\":b}]", "unexpected 'b' (U+0062) at line 2, character 7"},
		"leading zero":         {`{"a":05}`, "unexpected '5' (U+0035) at line 1, character 7"},
		"plain text":           {"An error occurred", "it is plain text, not JSON or YAML"},
		"wrong YAML": {"a: 1\n b: 2\n",
			"it is not JSON or YAML: line 2: mapping values are not allowed in this context"},
		"invalid UTF-8": {"a: 1\nb: \xff\n", "line 2 is not UTF-8 text: it has the byte 0xFF at character 4"},
		"duplicate key": {"a: 1\na: 2\n", `line 2 repeats the key "a"`},
		"list as key":   {"? [a]\n: 1\n", "line 1 has a key that is not a scalar"},
		"wrong merge":   {"<<: 1\n", "line 1 merges a value that is not a mapping"},
		"endless alias": {"a: &a [*a]\n", "line 1 is nested more than 1000 levels deep"},
		"endless merge": {"a: &a\n  <<: *a\n", "line 1 is nested more than 1000 levels deep"},
		"alias bomb":    {bomb, "its aliases expand to more than 1085926 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if values, err := Values([]byte(test.text)); err == nil || err.Error() != test.want {
				t.Errorf("got values %q and error %v, want error %q", values, err, test.want)
			}
		})
	}
}
