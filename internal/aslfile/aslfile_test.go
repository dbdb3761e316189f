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

// plain is the definition that most files of the tests hold.
const plain = `{"StartAt":"B","States":{"B":{"Type":"Pass","Next":"A"},"A":{"Type":"Succeed"}}}`

// quoted writes a text as a JSON string.
func quoted(text string) string {
	out, _ := json.Marshal(text)
	return string(out)
}

// with returns a template with one state machine, given by its properties in JSON.
func with(properties string) string {
	return `{"Resources":{"Q":{"Type":"AWS::SQS::Queue"},"M":{"Type":"AWS::StepFunctions::StateMachine","Properties":` +
		properties + `}}}`
}

// folder holds the files that templates in the tests name.
var folder = fstest.MapFS{
	"sm/a.asl.yaml": {
		Data: []byte("StartAt: B\nStates:\n  B:\n    Type: Pass\n    Next: A\n  A: {Type: Succeed}\n"),
	},
	"sm/wait.asl.json": {
		Data: []byte(`{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":${Wait},"Comment":"${F} ${G}","End":true}}}`),
	},
	"asset.abc.json": {Data: []byte(plain)},
	"sm":             {Mode: 0o755 | 1<<31},
	"broken.json":    {Data: []byte(`{"StartAt":`)},
}

func TestDefinition(t *testing.T) {
	t.Parallel()
	const wait = `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":%s,"End":true}}}`
	seconds := func(text string) string { return strings.Replace(wait, "%s", text, 1) }
	for name, test := range map[string]struct{ file, want string }{
		"JSON":            {plain, plain},
		"YAML":            {string(folder["sm/a.asl.yaml"].Data), plain},
		"byte order mark": {"\ufeff" + plain, plain},
		"comments":        {"// a\n{\"StartAt\":\"B\", # it's\n" + plain[len(`{"StartAt":"B",`):], plain},
		"a string":        {quoted(plain), plain},
		"a list of one":   {"[" + plain + "]", plain},
		"beside another":  {plain + "\n{\"a\": 1}", plain},

		"described":             {`{"stateMachineArn":"arn","name":"n","definition":` + quoted(plain) + `}`, plain},
		"described as YAML":     {"stateMachineArn: arn\ndefinition: '" + plain + "'\n", plain},
		"input of create":       {`{"name":"n","definition":` + plain + `}`, plain},
		"CloudTrail":            {`{"requestParameters":{"definition":` + quoted(plain) + `}}`, plain},
		"EventBridge":           {`{"detail":{"requestParameters":{"definition":` + quoted(plain) + `}}}`, plain},
		"PascalCase":            {`{"Definition":` + quoted(plain) + `}`, plain},
		"placeholder described": {`{"definition":` + quoted(seconds("${W}")) + `}`, seconds(`"${W}"`)},

		"a bare resource": {
			`{"M":{"Type":"AWS::StepFunctions::StateMachine","Properties":{"Definition":` + plain + `}}}`,
			plain,
		},
		"like Terraform": {string(folder["sm/a.asl.yaml"].Data) + "Comment: |\n  data { a: 1 }\n",
			strings.TrimSuffix(plain, "}") + `,"Comment":"data { a: 1 }\n"}`},
		"DefinitionString": {with(`{"DefinitionString":` + quoted(plain) + `}`), plain},
		"mistaken object":  {with(`{"DefinitionString":` + plain + `}`), plain},
		"Definition":       {with(`{"Definition":` + plain + `}`), plain},
		"Join": {
			with(`{"DefinitionString":{"Fn::Join":["",[` + quoted(plain[:9]) + `,` + quoted(plain[9:]) + `]]}}`),
			plain,
		},
		"ToJsonString": {with(`{"DefinitionString":{"Fn::ToJsonString":` + plain + `}}`), plain},
		"Include": {
			with(`{"Definition":{"Fn::Transform":{"Name":"AWS::Include","Parameters":{"Location":"./sm/a.asl.yaml"}}}}`),
			plain,
		},
		"DefinitionUri": {with(`{"DefinitionUri":"./sm/a.asl.yaml"}`), plain},
		"ForEach": {
			`{"Resources":{"Fn::ForEach::L":["X",["a"],{"M${X}":{"Type":"AWS::StepFunctions::StateMachine",` +
				`"Properties":{"Definition":` + plain + `}}}]}}`,
			plain,
		},
		"CDK asset":             {with(`{"DefinitionS3Location":{"Bucket":"b","Key":"abc.json"}}`), plain},
		"get-template":          {`{"TemplateBody":` + with(`{"Definition":`+plain+`}`) + `}`, plain},
		"get-template, as text": {`{"TemplateBody":` + quoted(with(`{"Definition":`+plain+`}`)) + `}`, plain},
		"a resource": {
			`{"Type":"AWS::Serverless::StateMachine","Properties":{"Definition":` + plain + `}}`,
			plain,
		},
		"properties": {`{"DefinitionString":` + quoted(plain) + `}`, plain},
		"YAML template": {"Resources:\n  M:\n    Type: AWS::Serverless::StateMachine\n    Properties:\n" +
			"      DefinitionString: !Sub |\n        " +
			seconds("${W}") + "\n", seconds(`"${W}"`)},
		"serverless.yml": {
			"stepFunctions:\n  stateMachines:\n    m:\n      definition: " + plain + "\n",
			plain,
		},
		"serverless.yml with a file": {
			"stepFunctions: {stateMachines: {m: {definition: '${file(sm/a.asl.yaml)}'}}}",
			plain,
		},
		"the stateMachines of one":    {"m: {name: n, definition: " + plain + "}", plain},
		"resources of serverless.yml": {`{"service":"s","resources":` + with(`{"Definition":`+plain+`}`) + `}`, plain},
		"Sub with values": {
			with(`{"DefinitionString":{"Fn::Sub":[` + quoted(seconds(`${W}`)) + `,{"W":{"Ref":"P"}}]}}`),
			seconds(`"${P}"`),
		},
		"Sub's literal": {
			with(`{"DefinitionString":{"Fn::Sub":` + quoted(seconds(`${!W}`)) + `}}`),
			seconds(`"${W}"`),
		},
		"GetAtt": {
			with(`{"Definition":` + seconds(`{"Fn::GetAtt":["F","Arn"]}`) + `}`),
			seconds(`"${F.Arn}"`),
		},
		"GetAtt as a string": {
			with(`{"Definition":` + seconds(`{"Fn::GetAtt":"F.Arn"}`) + `}`),
			seconds(`"${F.Arn}"`),
		},
		"ImportValue": {
			with(`{"Definition":` + seconds(`{"Fn::ImportValue":{"Fn::Sub":"${S}-x"}}`) + `}`),
			seconds(`"${S-x}"`),
		},
		"Select": {
			with(`{"Definition":` + seconds(`{"Fn::Select":[0,[1]]}`) + `}`),
			seconds(`"${Select}"`),
		},
		"If of values": {
			with(`{"Definition":` + seconds(`{"Fn::If":["C",1,{"Ref":"P"}]}`) + `}`),
			seconds(`"${C ? 1 : P}"`),
		},
		"If of long values": {
			with(`{"Definition":` + seconds(`{"Fn::If":["C",1,"`+strings.Repeat("x", 40)+`"]}`) + `}`),
			seconds(`"${If C}"`),
		},
		"If without a value": {
			with(`{"Definition":` + seconds(`{"Fn::If":["C",{"Ref":"AWS::NoValue"},7]}`) + `}`),
			seconds("7"),
		},
		"If of definitions": {
			with(`{"DefinitionString":{"Fn::If":["C",` + quoted(plain) + `,"{}"]}}`),
			plain,
		},
		"FindInMap": {
			strings.Replace(with(`{"Definition":`+seconds(`{"Fn::FindInMap":["a","b","c"]}`)+`}`), "{",
				`{"Mappings":{"a":{"b":{"c":9}}},`, 1),
			seconds("9"),
		},
		"FindInMap of another": {
			with(`{"Definition":` + seconds(`{"Fn::FindInMap":["a",{"Ref":"R"},"c"]}`) + `}`),
			seconds(`"${a.R.c}"`),
		},
		"a member without a value": {
			with(`{"Definition":{"StartAt":"A","Comment":{"Ref":"AWS::NoValue"},"States":{}}}`),
			`{"StartAt":"A","States":{}}`,
		},
		"an item without a value": {
			with(`{"Definition":{"StartAt":"A","x":[1,{"Ref":"AWS::NoValue"},2],"States":{}}}`),
			`{"StartAt":"A","x":[1,2],"States":{}}`,
		},
		"a state called Ref": {
			with(`{"Definition":{"StartAt":"Ref","States":{"Ref":{"Type":"Succeed"}}}}`),
			`{"StartAt":"Ref","States":{"Ref":{"Type":"Succeed"}}}`,
		},
		"functions outside a template": {seconds(`{"Ref":"P"}`), seconds(`"${P}"`)},

		"substitutions": {
			with(`{"DefinitionUri":"sm/wait.asl.json",` +
				`"DefinitionSubstitutions":{"Wait":5,"F":{"Fn::GetAtt":["F","Arn"]}}}`),
			`{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":5,"Comment":"${F.Arn} ${G}","End":true}}}`,
		},
		"a number for a string": {
			with(`{"Definition":` + seconds(`"${Wait}"`) + `,"DefinitionSubstitutions":{"Wait":5}}`),
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
				t.Errorf("the definition differs (-want +got):\n%s", diff)
			}
		})
	}
}

// compact removes the white space from JSON. It keeps the order of members.
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
	file := with(`{"Definition":{"StartAt":"A","States":{"A":{"Fn::If":["IsProd",{"Type":"Succeed"},{"Type":"Fail"}]},
		"B":{"Fn::If":["IsTest",{"Ref":"AWS::NoValue"},{"Type":"Fail"}]}}}}`)
	d, err := Source{Data: []byte(file)}.Definition()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"Fn::If IsProd: drawn as if it were true", "Fn::If IsTest: drawn as if it were false"}
	if diff := cmp.Diff(want, d.Notes); diff != "" {
		t.Errorf("the notes differ (-want +got):\n%s", diff)
	}
}

func FuzzDefinition(f *testing.F) {
	for _, text := range []string{
		plain,
		with(`{"DefinitionUri":"broken.json"}`),
		`{"a":${b}`,
		"a: [${b}, ${c}]",
		quoted(quoted(plain)),
		with(`{"DefinitionString":{"Fn::Sub":["${a}",{"a":{"Fn::Join":["",[{"Fn::If":["c","d",{"Ref":"e"}]}]]}}]}}`),
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
			t.Errorf("got the error %q, want one line", err)
		}
		p := (*problem.Problem)(nil)
		if err != nil && (!errors.As(err, &p) || p.Next == "" || p.What == "") {
			t.Errorf("got %v, want a problem with a next step", err)
		}
	})
}
