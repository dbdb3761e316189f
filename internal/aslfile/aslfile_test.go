package aslfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/problem"
)

// sample is the definition in most files of the test cases.
const sample = `{"StartAt":"B","States":{"B":{"Type":"Pass","Next":"A"},"A":{"Type":"Succeed"}}}`

func quoteJSON(text string) string {
	out, _ := json.Marshal(text)
	return string(out)
}

// newTemplate returns a template with one state machine that has these properties.
func newTemplate(properties string) string {
	return `{"Resources":{"Q":{"Type":"AWS::SQS::Queue"},"M":{"Type":"AWS::StepFunctions::StateMachine","Properties":` +
		properties + `}}}`
}

// folder contains the files that test templates refer to.
var folder = fstest.MapFS{
	"sm/a.asl.yaml": {
		Data: []byte("StartAt: B\nStates:\n  B:\n    Type: Pass\n    Next: A\n  A: {Type: Succeed}\n"),
	},
	"sm/wait.asl.json": {
		Data: []byte(`{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":${Wait},"Comment":"${F} ${G}","End":true}}}`),
	},
	"asset.abc.json": {Data: []byte(sample)},
	"sm":             {Mode: 0o755 | 1<<31},
	"broken.json":    {Data: []byte(`{"StartAt":`)},
}

func TestDefinition(t *testing.T) {
	t.Parallel()
	const wait = `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":%s,"End":true}}}`
	seconds := func(text string) string { return strings.Replace(wait, "%s", text, 1) }
	for name, test := range map[string]struct{ file, want string }{
		"JSON":               {sample, sample},
		"YAML":               {string(folder["sm/a.asl.yaml"].Data), sample},
		"byte order mark":    {"\ufeff" + sample, sample},
		"comments":           {"// a\n{\"StartAt\":\"B\", # it's\n" + sample[len(`{"StartAt":"B",`):], sample},
		"string":             {quoteJSON(sample), sample},
		"list of one":        {"[" + sample + "]", sample},
		"with another value": {sample + "\n{\"a\": 1}", sample},

		"DescribeStateMachine": {
			`{"stateMachineArn":"arn","name":"n","definition":` + quoteJSON(sample) + `}`,
			sample,
		},
		"DescribeStateMachine in YAML": {"stateMachineArn: arn\ndefinition: '" + sample + "'\n", sample},
		"CreateStateMachine":           {`{"name":"n","definition":` + sample + `}`, sample},
		"CloudTrail":                   {`{"requestParameters":{"definition":` + quoteJSON(sample) + `}}`, sample},
		"EventBridge": {
			`{"detail":{"requestParameters":{"definition":` + quoteJSON(sample) + `}}}`,
			sample,
		},
		"PascalCase":                          {`{"Definition":` + quoteJSON(sample) + `}`, sample},
		"placeholder in DescribeStateMachine": {`{"definition":` + quoteJSON(seconds("${W}")) + `}`, seconds(`"${W}"`)},

		"resources only": {
			`{"M":{"Type":"AWS::StepFunctions::StateMachine","Properties":{"Definition":` + sample + `}}}`,
			sample,
		},
		"text like Terraform": {string(folder["sm/a.asl.yaml"].Data) + "Comment: |\n  data { a: 1 }\n",
			strings.TrimSuffix(sample, "}") + `,"Comment":"data { a: 1 }\n"}`},
		"DefinitionString":              {newTemplate(`{"DefinitionString":` + quoteJSON(sample) + `}`), sample},
		"DefinitionString as an object": {newTemplate(`{"DefinitionString":` + sample + `}`), sample},
		"Definition":                    {newTemplate(`{"Definition":` + sample + `}`), sample},
		"Join": {
			newTemplate(`{"DefinitionString":{"Fn::Join":["",[` + quoteJSON(sample[:9]) + `,` + quoteJSON(sample[9:]) + `]]}}`),
			sample,
		},
		"ToJsonString": {newTemplate(`{"DefinitionString":{"Fn::ToJsonString":` + sample + `}}`), sample},
		"Include": {
			newTemplate(`{"Definition":{"Fn::Transform":{"Name":"AWS::Include","Parameters":{"Location":"./sm/a.asl.yaml"}}}}`),
			sample,
		},
		"DefinitionUri": {newTemplate(`{"DefinitionUri":"./sm/a.asl.yaml"}`), sample},
		"ForEach": {
			`{"Resources":{"Fn::ForEach::L":["X",["a"],{"M${X}":{"Type":"AWS::StepFunctions::StateMachine",` +
				`"Properties":{"Definition":` + sample + `}}}]}}`,
			sample,
		},
		"CDK asset":             {newTemplate(`{"DefinitionS3Location":{"Bucket":"b","Key":"abc.json"}}`), sample},
		"get-template":          {`{"TemplateBody":` + newTemplate(`{"Definition":`+sample+`}`) + `}`, sample},
		"get-template, as text": {`{"TemplateBody":` + quoteJSON(newTemplate(`{"Definition":`+sample+`}`)) + `}`, sample},
		"resource": {
			`{"Type":"AWS::Serverless::StateMachine","Properties":{"Definition":` + sample + `}}`,
			sample,
		},
		"properties": {`{"DefinitionString":` + quoteJSON(sample) + `}`, sample},
		"YAML template": {"Resources:\n  M:\n    Type: AWS::Serverless::StateMachine\n    Properties:\n" +
			"      DefinitionString: !Sub |\n        " +
			seconds("${W}") + "\n", seconds(`"${W}"`)},
		"serverless.yml": {
			"stepFunctions:\n  stateMachines:\n    m:\n      definition: " + sample + "\n",
			sample,
		},
		"serverless.yml with a file": {
			"stepFunctions: {stateMachines: {m: {definition: '${file(sm/a.asl.yaml)}'}}}",
			sample,
		},
		"stateMachines of serverless.yml": {"m: {name: n, definition: " + sample + "}", sample},
		"resources of serverless.yml": {
			`{"service":"s","resources":` + newTemplate(`{"Definition":`+sample+`}`) + `}`,
			sample,
		},
		"Sub with values": {
			newTemplate(`{"DefinitionString":{"Fn::Sub":[` + quoteJSON(seconds(`${W}`)) + `,{"W":{"Ref":"P"}}]}}`),
			seconds(`"${P}"`),
		},
		"Sub with a literal": {
			newTemplate(`{"DefinitionString":{"Fn::Sub":` + quoteJSON(seconds(`${!W}`)) + `}}`),
			seconds(`"${W}"`),
		},
		"GetAtt": {
			newTemplate(`{"Definition":` + seconds(`{"Fn::GetAtt":["F","Arn"]}`) + `}`),
			seconds(`"${F.Arn}"`),
		},
		"GetAtt as a string": {
			newTemplate(`{"Definition":` + seconds(`{"Fn::GetAtt":"F.Arn"}`) + `}`),
			seconds(`"${F.Arn}"`),
		},
		"ImportValue": {
			newTemplate(`{"Definition":` + seconds(`{"Fn::ImportValue":{"Fn::Sub":"${S}-x"}}`) + `}`),
			seconds(`"${S-x}"`),
		},
		"Select": {
			newTemplate(`{"Definition":` + seconds(`{"Fn::Select":[0,[1]]}`) + `}`),
			seconds(`"${Select}"`),
		},
		"If with values": {
			newTemplate(`{"Definition":` + seconds(`{"Fn::If":["C",1,{"Ref":"P"}]}`) + `}`),
			seconds(`"${C ? 1 : P}"`),
		},
		"If with long values": {
			newTemplate(`{"Definition":` + seconds(`{"Fn::If":["C",1,"`+strings.Repeat("x", 40)+`"]}`) + `}`),
			seconds(`"${If C}"`),
		},
		"If with NoValue": {
			newTemplate(`{"Definition":` + seconds(`{"Fn::If":["C",{"Ref":"AWS::NoValue"},7]}`) + `}`),
			seconds("7"),
		},
		"If with definitions": {
			newTemplate(`{"DefinitionString":{"Fn::If":["C",` + quoteJSON(sample) + `,"{}"]}}`),
			sample,
		},
		"FindInMap": {
			strings.Replace(newTemplate(`{"Definition":`+seconds(`{"Fn::FindInMap":["a","b","c"]}`)+`}`), "{",
				`{"Mappings":{"a":{"b":{"c":9}}},`, 1),
			seconds("9"),
		},
		"FindInMap with unknown keys": {
			newTemplate(`{"Definition":` + seconds(`{"Fn::FindInMap":["a",{"Ref":"R"},"c"]}`) + `}`),
			seconds(`"${a.R.c}"`),
		},
		"member with NoValue": {
			newTemplate(`{"Definition":{"StartAt":"A","Comment":{"Ref":"AWS::NoValue"},"States":{}}}`),
			`{"StartAt":"A","States":{}}`,
		},
		"item with NoValue": {
			newTemplate(`{"Definition":{"StartAt":"A","x":[1,{"Ref":"AWS::NoValue"},2],"States":{}}}`),
			`{"StartAt":"A","x":[1,2],"States":{}}`,
		},
		"state named Ref": {
			newTemplate(`{"Definition":{"StartAt":"Ref","States":{"Ref":{"Type":"Succeed"}}}}`),
			`{"StartAt":"Ref","States":{"Ref":{"Type":"Succeed"}}}`,
		},
		"functions outside a template": {seconds(`{"Ref":"P"}`), seconds(`"${P}"`)},

		"substitutions": {
			newTemplate(`{"DefinitionUri":"sm/wait.asl.json",` +
				`"DefinitionSubstitutions":{"Wait":5,"F":{"Fn::GetAtt":["F","Arn"]}}}`),
			`{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":5,"Comment":"${F.Arn} ${G}","End":true}}}`,
		},
		"substitution of a number in an object": {
			newTemplate(`{"Definition":` + seconds(`"${Wait}"`) + `,"DefinitionSubstitutions":{"Wait":5}}`),
			seconds(`"${Wait}"`),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := Source{Name: "f", Data: []byte(test.file), Folder: folder}.Definition()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(compact(t, test.want), compact(t, string(d.JSON))); diff != "" {
				t.Errorf("definitions differ (-want +got):\n%s", diff)
			}
		})
	}
}

// compact removes the whitespace from JSON.
func compact(t *testing.T, text string) string {
	t.Helper()
	var out bytes.Buffer
	if err := json.Compact(&out, []byte(text)); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return out.String()
}

func TestNotes(t *testing.T) {
	t.Parallel()
	file := newTemplate(`{"Definition":{"StartAt":"A","States":{
		"A":{"Fn::If":["IsProd",{"Type":"Succeed"},{"Type":"Fail"}]},
		"B":{"Fn::If":["IsTest",{"Ref":"AWS::NoValue"},{"Type":"Fail"}]}}}}`)
	d, err := Source{Data: []byte(file)}.Definition()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"Fn::If IsProd: drawn as if the condition were true",
		"Fn::If IsTest: drawn as if the condition were false",
	}
	if diff := cmp.Diff(want, d.Notes); diff != "" {
		t.Errorf("notes differ (-want +got):\n%s", diff)
	}
}

func FuzzDefinition(f *testing.F) {
	for _, text := range []string{
		sample,
		newTemplate(`{"DefinitionUri":"broken.json"}`),
		`{"a":${b}`,
		"a: [${b}, ${c}]",
		quoteJSON(quoteJSON(sample)),
		newTemplate(`{"DefinitionString":{"Fn::Sub":["${a}",{"a":{"Fn::Join":["",[{"Fn::If":["c","d",{"Ref":"e"}]}]]}}]}}`),
		"stepFunctions: {stateMachines: {m: {definition: '${file(sm)}'}}}",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := Source{Name: "f", Data: []byte(text), Folder: folder}.Definition()
		switch {
		case err == nil && !json.Valid(d.JSON):
			t.Errorf("got %q, want JSON", d.JSON)
		case err != nil && strings.ContainsAny(err.Error(), "\n\x1b"):
			t.Errorf("got error %q, want one line", err)
		}
		p := (*problem.Problem)(nil)
		if err != nil && (!errors.As(err, &p) || p.Next == "" || p.What == "") {
			t.Errorf("got %v, want a problem with a next step", err)
		}
	})
}
