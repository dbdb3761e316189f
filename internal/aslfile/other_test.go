package aslfile

import (
	"strings"
	"testing"
)

func TestWithoutDefinition(t *testing.T) {
	t.Parallel()
	const s3 = "copy the definition with `aws s3 cp`, and use --definition with the copy"
	bomb := `"z"`
	for range 20 {
		bomb = `{"Fn::Sub":["${a}${a}${a}${a}",{"a":` + bomb + `}]}`
	}
	megabyte := `{"Fn::Sub":["` + strings.Repeat("${a}", 1000) + `",{"a":"` + strings.Repeat("z", 1000) + `"}]}`
	for name, test := range map[string]struct{ file, want, next string }{
		"empty":     {" \n", "it is empty", useDefinition},
		"a history": {`{"events":[]}`, "it is an execution history", "retrycatch inspect --file f"},
		"events": {
			`[{"type":"ExecutionStarted","timestamp":1,"id":1}]`,
			"it is an execution history",
			"retrycatch inspect --file f",
		},
		"two events": {
			`[{"type":"ExecutionStarted","timestamp":1},{"id":2}]`,
			"it is an execution history",
			"retrycatch inspect --file f",
		},
		"lines of events": {
			"{\"Type\":\"A\",\"Timestamp\":1}\n{\"Type\":\"B\"}",
			"it is an execution history",
			"retrycatch inspect --file f",
		},
		"execution": {
			`{"executionArn":"arn:e","status":"FAILED"}`,
			"it is an execution without its definition",
			"aws stepfunctions describe-state-machine-for-execution --query definition --output text " +
				"--execution-arn arn:e" + graphPipe,
		},
		"executions":     {`{"executions":[]}`, "it is a list of executions", describeCommand + "ARN" + graphPipe},
		"state machines": {`{"stateMachines":[]}`, "it is a list of state machines", describeCommand + "ARN" + graphPipe},
		"state machine": {
			`{"stateMachineArn":"arn:m"}`,
			"it is a state machine without its definition",
			describeCommand + "arn:m" + graphPipe,
		},
		"CloudTrail": {
			`{"requestParameters":{"definition":"HIDDEN_DUE_TO_SECURITY_REASONS"}}`,
			"CloudTrail does not record definitions",
			describeCommand + "ARN" + graphPipe,
		},
		"HTML": {"\n<!DOCTYPE html><html></html>", "it is an HTML or XML page", useDefinition},
		"XML":  {"<?xml version='1.0'?><a/>", "it is an HTML or XML page", useDefinition},
		"text output of the AWS CLI": {
			"2026-01-02T03:04:05.678000+00:00\t{\n  \"StartAt\": \"A\"\n}\tMyAPIStateMachine",
			"it is the text output of the AWS CLI",
			describeCommand + "ARN" + graphPipe,
		},
		"an AWS CLI error": {
			"\nAn error occurred (AccessDenied) when calling: no",
			"it is an AWS CLI error",
			"repeat the AWS CLI command, and resolve its error",
		},
		"Terraform": {
			"# a\nresource \"aws_sfn_state_machine\" \"a\" {\n",
			"it is Terraform configuration",
			"use --definition with the file that contains the definition, or run " + describeCommand + "ARN" + graphPipe,
		},
		"Terraform state": {
			`{"terraform_version":"1.0","resources":[]}`,
			"it is a Terraform state or plan",
			describeCommand + "ARN" + graphPipe,
		},
		"plain text":      {"hello", "it is plain text, not JSON or YAML", useDefinition},
		"truncated":       {`{"StartAt":`, "it is truncated", useDefinition},
		"two definitions": {sample + sample, "it contains 2 definitions or templates", useDefinition},
		"two responses": {
			`{"name":"a","definition":"{}"}` + "\n" + `{"name":"b","definition":"{}"}`,
			"it contains 2 definitions or templates",
			useDefinition,
		},
		"list of two definitions": {
			`[{"name":"a","definition":"{}"},{"name":"b","definition":"{}"}]`,
			"it contains 2 definitions or templates",
			useDefinition,
		},
		"terraform show": {
			`{"format_version":"1.0","values":{}}`,
			"it is a Terraform state or plan",
			describeCommand + "ARN" + graphPipe,
		},
		"two values": {"{}[]", "it contains 2 values", useDefinition},
		"plain text in a string": {
			`"hello"`,
			"it is a string without a definition: it is plain text, not JSON or YAML",
			useDefinition,
		},

		"template without state machines": {
			`{"Resources":{"B":{"Type":"AWS::S3::Bucket"}}}`,
			"the template has no state machine",
			useDefinition,
		},
		"no resources": {"AWSTemplateFormatVersion: '2010-09-09'", "the template has no resources", useDefinition},
		"nested stacks": {
			`{"Resources":{"S":{"Type":"AWS::CloudFormation::Stack"}}}`,
			"the template has no state machine, only nested stacks: S",
			"use --definition with the template of a nested stack",
		},
		"nested stacks of the CDK": {
			`{"Resources":{"S":{"Type":"AWS::CloudFormation::Stack","Metadata":{"aws:asset:path":"n.template.json"}}}}`,
			"the template has no state machine, only nested stacks: S",
			"retrycatch graph --definition n.template.json",
		},
		"a remote nested stack": {
			`{"Resources":{"S":{"Type":"AWS::Serverless::Application","Properties":{"Location":"https://a.b/c"}}}}`,
			"the template has no state machine, only nested stacks: S",
			"use --definition with the template of a nested stack",
		},
		"a computed path": {
			newTemplate(`{"DefinitionUri":{"Fn::Sub":"sm/${X}.json"}}`),
			"the template takes the definition from sm/${X}.json",
			"use --definition with a local copy",
		},
		"no definition": {newTemplate(`{}`), "the state machine M has no definition", useDefinition},
		"parameter as definition": {
			newTemplate(`{"DefinitionString":{"Ref":"P"}}`),
			"the definition of M: it is the placeholder ${P}",
			useDefinition,
		},
		"S3": {
			newTemplate(`{"DefinitionS3Location":{"Bucket":"b","Key":"none.json"}}`),
			"the template takes the definition from S3",
			s3,
		},
		"S3 in SAM": {
			newTemplate(`{"DefinitionUri":{"Bucket":"b","Key":"none.json"}}`),
			"the template takes the definition from S3",
			s3,
		},
		"URL": {
			newTemplate(`{"DefinitionUri":"s3://b/k"}`),
			"the template takes the definition from s3://b/k",
			"use --definition with a local copy",
		},
		"a missing file": {
			newTemplate(`{"DefinitionUri":"none.json"}`),
			"the template takes the definition from the file none.json, which cannot be read: file does not exist",
			"use --definition with the file",
		},
		"a folder": {
			newTemplate(`{"DefinitionUri":"sm"}`),
			"the template takes the definition from the file sm, which cannot be read: it is not a regular file",
			"use --definition with the file",
		},
		"file outside the folder": {
			newTemplate(`{"DefinitionUri":"../a.json"}`),
			"the template takes the definition from ../a.json, a file outside the template's folder",
			"retrycatch graph --definition ../a.json",
		},
		"an absolute path": {
			newTemplate(`{"DefinitionUri":"/etc/a"}`),
			"the template takes the definition from /etc/a, a file outside the template's folder",
			"retrycatch graph --definition /etc/a",
		},
		"invalid file": {
			newTemplate(`{"DefinitionUri":"broken.json"}`),
			"the definition of M: it is truncated",
			useDefinition,
		},
		"file of all state machines": {
			"stepFunctions: {stateMachines: '${file(m.yml)}'}",
			"its state machines are in m.yml",
			"retrycatch graph --definition m.yml",
		},
		"file of a state machine": {
			"stepFunctions: {stateMachines: {m: '${file(m.yml)}'}}",
			"the definition of m is in m.yml",
			"retrycatch graph --definition m.yml",
		},
		"a part of a file": {
			"stepFunctions: {stateMachines: {m: {definition: '${file(m.yml):m}'}}}",
			"the definition of m: it is the placeholder ${file(m.yml):m}",
			useDefinition,
		},

		"unknown object": {`{"openapi":"3.1.0","info":{}}`, "it has neither StartAt nor States", useDefinition},
		"placeholder for members": {
			"{\"StartAt\": \"A\",\n\"States\": { ${States} }}",
			"line 2: the placeholder ${States} replaces members of an object, so the object cannot be drawn",
			useDefinition,
		},
		"Terraform directive": {
			"{\"States\": {\n%{ for s in x ~}\n\"a\": {}\n%{ endfor }\n}}",
			"line 2 has a Terraform directive, %{ for s in x ~}: only Terraform can render it",
			useDefinition,
		},
		"syntax error after a placeholder": {
			`{"a": ${b}, "c" 1]}`,
			`unexpected '1' (U+0031) at line 1, character 19`,
			useDefinition,
		},
		"long text": {
			newTemplate(`{"DefinitionString":` + bomb + `}`),
			"the definition of M: its placeholders expand to more than 4194304 bytes",
			useDefinition,
		},
		"many texts": {newTemplate(`{"Definition":{"x":[` + strings.Repeat(megabyte+",", 40) + megabyte + `]}}`),
			"the definition of M: its functions expand to more than 16777216 bytes", useDefinition},
		"deep functions": {
			newTemplate(`{"DefinitionString":` + strings.Repeat(`{"Fn::Join":["",[`, 400) + `"a"` +
				strings.Repeat(`]]}`, 400) + `}`),
			"the definition of M: its values are nested more than 300 levels deep",
			useDefinition,
		},
		"deep values": {newTemplate(`{"Definition":` + strings.Repeat(`{"a":`, 400) + `1` + strings.Repeat(`}`, 400) + `}`),
			"the definition of M: its values are nested more than 300 levels deep", useDefinition},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Source{Name: "f", Data: []byte(test.file), Folder: folder}.Definition()
			want := "cannot read a definition from f: " + test.want
			requireProblem(t, err, want, test.next)
		})
	}
}

func TestStandardInput(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ file, want, next string }{
		"a history": {
			`{"events":[]}`,
			"cannot read a definition from standard input: it is an execution history",
			"retrycatch inspect --file -",
		},
		"a file": {
			newTemplate(`{"DefinitionUri":"a b.json"}`),
			"cannot read a definition from standard input: the template takes the definition from the file a " +
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

func TestQuotePlaceholders(t *testing.T) {
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
		if got, err := quotePlaceholders([]byte(text)); err != nil || string(got) != want {
			t.Errorf("%s: got %s (%v), want %s", text, got, err, want)
		}
	}
}
