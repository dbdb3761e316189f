package aslfile

import (
	"strings"
	"testing"
)

// TestOther checks the errors for files without a definition.
func TestOther(t *testing.T) {
	t.Parallel()
	const s3 = "copy the definition with `aws s3 cp`, and name the copy with --definition"
	bomb := `"z"`
	for range 20 {
		bomb = `{"Fn::Sub":["${a}${a}${a}${a}",{"a":` + bomb + `}]}`
	}
	half := `{"Fn::Sub":["` + strings.Repeat("${a}", 1000) + `",{"a":"` + strings.Repeat("z", 1000) + `"}]}`
	for name, test := range map[string]struct{ file, want, next string }{
		"empty":     {" \n", "it is empty", advice},
		"a history": {`{"events":[]}`, "it is the history of an execution", "retrycatch inspect --file f"},
		"events": {
			`[{"type":"ExecutionStarted","timestamp":1,"id":1}]`,
			"it is the history of an execution",
			"retrycatch inspect --file f",
		},
		"two events": {
			`[{"type":"ExecutionStarted","timestamp":1},{"id":2}]`,
			"it is the history of an execution",
			"retrycatch inspect --file f",
		},
		"lines of events": {
			"{\"Type\":\"A\",\"Timestamp\":1}\n{\"Type\":\"B\"}",
			"it is the history of an execution",
			"retrycatch inspect --file f",
		},
		"an execution": {
			`{"executionArn":"arn:e","status":"FAILED"}`,
			"it is the description of an execution",
			"aws stepfunctions describe-state-machine-for-execution --query definition --output text " +
				"--execution-arn arn:e" + pipe,
		},
		"executions":     {`{"executions":[]}`, "it is a list of executions", describe + "ARN" + pipe},
		"state machines": {`{"stateMachines":[]}`, "it is a list of state machines", describe + "ARN" + pipe},
		"a state machine": {
			`{"stateMachineArn":"arn:m"}`,
			"it names a state machine without its definition",
			describe + "arn:m" + pipe,
		},
		"CloudTrail": {
			`{"requestParameters":{"definition":"HIDDEN_DUE_TO_SECURITY_REASONS"}}`,
			"CloudTrail does not record definitions",
			describe + "ARN" + pipe,
		},
		"HTML": {"\n<!DOCTYPE html><html></html>", "it is an HTML or XML page", advice},
		"XML":  {"<?xml version='1.0'?><a/>", "it is an HTML or XML page", advice},
		"an AWS CLI error": {
			"\nAn error occurred (AccessDenied) when calling: no",
			"it is an error of the AWS CLI",
			"repeat the command of the AWS CLI, and see what it says",
		},
		"Terraform": {
			"# a\nresource \"aws_sfn_state_machine\" \"a\" {\n",
			"it is Terraform configuration",
			"name the template file of the definition, or use " + describe + "ARN" + pipe,
		},
		"Terraform state": {
			`{"terraform_version":"1.0","resources":[]}`,
			"it is a state or a plan of Terraform",
			describe + "ARN" + pipe,
		},
		"plain text":      {"hello", "it is neither JSON nor YAML, but plain text", advice},
		"cut off":         {`{"StartAt":`, "it ends before its value does", advice},
		"two definitions": {plain + plain, "it holds 2 definitions or templates", advice},
		"two described": {
			`{"name":"a","definition":"{}"}` + "\n" + `{"name":"b","definition":"{}"}`,
			"it holds 2 definitions or templates",
			advice,
		},
		"a list of two": {
			`[{"name":"a","definition":"{}"},{"name":"b","definition":"{}"}]`,
			"it holds 2 definitions or templates",
			advice,
		},
		"terraform show": {
			`{"format_version":"1.0","values":{}}`,
			"it is a state or a plan of Terraform",
			describe + "ARN" + pipe,
		},
		"two values": {"{}[]", "it holds 2 values", advice},
		"text in a text": {
			strings.Repeat(`"`, 1) + "hello" + `"`,
			"it holds a text, which is not a definition: it is neither JSON nor YAML, but plain text",
			advice,
		},

		"another template": {
			`{"Resources":{"B":{"Type":"AWS::S3::Bucket"}}}`,
			"it is a template without a state machine",
			advice,
		},
		"no resources": {"AWSTemplateFormatVersion: '2010-09-09'", "it is a template without resources", advice},
		"nested stacks": {
			`{"Resources":{"S":{"Type":"AWS::CloudFormation::Stack"}}}`,
			"it is a template without a state machine, but with nested stacks: S",
			"name the template of a nested stack",
		},
		"the CDK's nested stacks": {
			`{"Resources":{"S":{"Type":"AWS::CloudFormation::Stack","Metadata":{"aws:asset:path":"n.template.json"}}}}`,
			"it is a template without a state machine, but with nested stacks: S",
			"retrycatch graph --definition n.template.json",
		},
		"a remote nested stack": {
			`{"Resources":{"S":{"Type":"AWS::Serverless::Application","Properties":{"Location":"https://a.b/c"}}}}`,
			"it is a template without a state machine, but with nested stacks: S",
			"name the template of a nested stack",
		},
		"a computed path": {
			with(`{"DefinitionUri":{"Fn::Sub":"sm/${X}.json"}}`),
			"the template takes the definition from sm/${X}.json",
			"name a local copy with --definition",
		},
		"no definition": {with(`{}`), "the definition of M: there is none", advice},
		"a parameter": {
			with(`{"DefinitionString":{"Ref":"P"}}`),
			"the definition of M: it is the placeholder ${P}",
			advice,
		},
		"S3": {
			with(`{"DefinitionS3Location":{"Bucket":"b","Key":"none.json"}}`),
			"the template takes the definition from S3",
			s3,
		},
		"S3 in SAM": {
			with(`{"DefinitionUri":{"Bucket":"b","Key":"none.json"}}`),
			"the template takes the definition from S3",
			s3,
		},
		"an address": {
			with(`{"DefinitionUri":"s3://b/k"}`),
			"the template takes the definition from s3://b/k",
			"name a local copy with --definition",
		},
		"a missing file": {
			with(`{"DefinitionUri":"none.json"}`),
			"the template takes the definition from the file none.json, which cannot be read: file does not exist",
			"name the file with --definition",
		},
		"a folder": {
			with(`{"DefinitionUri":"sm"}`),
			"the template takes the definition from the file sm, which cannot be read: it is not a regular file",
			"name the file with --definition",
		},
		"a file outside": {
			with(`{"DefinitionUri":"../a.json"}`),
			"the template takes the definition from a file outside its folder, ../a.json",
			"retrycatch graph --definition ../a.json",
		},
		"an absolute path": {
			with(`{"DefinitionUri":"/etc/a"}`),
			"the template takes the definition from a file outside its folder, /etc/a",
			"retrycatch graph --definition /etc/a",
		},
		"a broken file": {
			with(`{"DefinitionUri":"broken.json"}`),
			"the definition of M: it ends before its value does",
			advice,
		},
		"a file of another": {
			"stepFunctions: {stateMachines: '${file(m.yml)}'}",
			"its state machines are in m.yml",
			"retrycatch graph --definition m.yml",
		},
		"a machine's file": {
			"stepFunctions: {stateMachines: {m: '${file(m.yml)}'}}",
			"the definition of m is in m.yml",
			"retrycatch graph --definition m.yml",
		},
		"a part of a file": {
			"stepFunctions: {stateMachines: {m: {definition: '${file(m.yml):m}'}}}",
			"the definition of m: it is the placeholder ${file(m.yml):m}",
			advice,
		},

		"another object": {`{"openapi":"3.1.0","info":{}}`, "it has neither StartAt nor States", advice},
		"members": {
			"{\"StartAt\": \"A\",\n\"States\": { ${States} }}",
			"line 2: the placeholder ${States} stands for members of an object, which are needed to draw it",
			advice,
		},
		"a directive": {
			"{\"States\": {\n%{ for s in x ~}\n\"a\": {}\n%{ endfor }\n}}",
			"line 2 has a Terraform directive, %{ for s in x ~}: only Terraform can render it",
			advice,
		},
		"a wrong value": {`{"a": ${b}, "c" 1]}`, `unexpected '1' (U+0031) at line 1, character 19`, advice},
		"an endless text": {
			with(`{"DefinitionString":` + bomb + `}`),
			"the definition of M: its placeholders expand to more than 4194304 bytes",
			advice,
		},
		"many long texts": {with(`{"Definition":{"x":[` + strings.Repeat(half+",", 40) + half + `]}}`),
			"the definition of M: its functions expand to more than 16777216 bytes", advice},
		"deep functions": {
			with(`{"DefinitionString":` + strings.Repeat(`{"Fn::Join":["",[`, 400) + `"a"` +
				strings.Repeat(`]]}`, 400) + `}`),
			"the definition of M: it nests more than 300 deep",
			advice,
		},
		"deep values": {with(`{"Definition":` + strings.Repeat(`{"a":`, 400) + `1` + strings.Repeat(`}`, 400) + `}`),
			"the definition of M: it nests more than 300 deep", advice},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Source{Name: "f", Data: []byte(test.file), Folder: folder}.Definition()
			want := "there is no definition to draw in f: " + test.want
			requireProblem(t, err, want, test.next)
		})
	}
}

func TestStandardInput(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ file, want, next string }{
		"a history": {
			`{"events":[]}`,
			"there is no definition to draw on standard input: it is the history of an execution",
			"retrycatch inspect --file -",
		},
		"a file": {
			with(`{"DefinitionUri":"a b.json"}`),
			"there is no definition to draw on standard input: the template takes the definition from the file a " +
				"b.json",
			"retrycatch graph --definition 'a b.json'",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Source{Name: "-", Data: []byte(test.file)}.Definition()
			requireProblem(t, err, test.want, test.next)
		})
	}
}

func TestQuote(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"a": ${b}}`:                     `{"a": "${b}"}`,
		`{"a":[${b},1,${c} , ${d}]}`:      `{"a":["${b}",1,"${c}" , "${d}"]}`,
		`{${a}: 1}`:                       `{"${a}": 1}`,
		`{"a": "x${b}y"}`:                 `{"a": "x${b}y"}`,
		`{"a": ${b["c"]}}`:                `{"a": "${b[\"c\"]}"}`,
		`{"a": ${f({x = 1})}}`:            `{"a": "${f({x = 1})}"}`,
		`{"a": "${b["c"].d}"}`:            `{"a": "${b[\"c\"].d}"}`,
		`{"a": "${b(\"c\")}", "d": 1}`:    `{"a": "${b(\"c\")}", "d": 1}`,
		`{"a": 1${b}0}`:                   `{"a": "1${b}0"}`,
		`{"a": ${b}`:                      `{"a": "${b}"`,
		`{"a": ${b`:                       `{"a": ${b`,
		"{\"a\": 1 // ${b}\n}":            "{\"a\": 1 // ${b}\n}",
		"{\"a\": /* ${b} */ 1}":           "{\"a\": /* ${b} */ 1}",
		"# x\n{\"a\": ${b}}":              "# x\n{\"a\": \"${b}\"}",
		`{"a": "\\", "b": ${c}}`:          `{"a": "\\", "b": "${c}"}`,
		"a: {b: ${c}, d: [${e}, ${f}]}\n": "a: {b: \"${c}\", d: [\"${e}\", \"${f}\"]}\n",
		"a: ${b}\nc:\n- ${d}\n":           "a: \"${b}\"\nc:\n- \"${d}\"\n",
		"${a}.$: x\n":                     "${a}.$: x\n",
		`{"a": {{b}}, "c": [{{ d }}]}`:    `{"a": "{{b}}", "c": ["{{ d }}"]}`,
		`{"a": #{b}, "c": %{d}}`:          `{"a": "#{b}", "c": "%{d}"}`,
		`{"a": <<b>>}`:                    `{"a": "\u003c\u003cb\u003e\u003e"}`,
		"{\"a\": 1, #{b}\n\"c\": 2}":      "{\"a\": 1, #{b}\n\"c\": 2}",
		`{"a": {{}, "b": <<`:              `{"a": {{}, "b": <<`,
		"a: {{ b }}\nc: %{d}\n":           "a: \"{{ b }}\"\nc: \"%{d}\"\n",
	} {
		if got, err := quote([]byte(text)); err != nil || string(got) != want {
			t.Errorf("%s becomes %s (%v), want %s", text, got, err, want)
		}
	}
}
