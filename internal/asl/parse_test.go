package asl

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"retrycatch/internal/problem"
)

func parse(t *testing.T, text string) *Definition {
	t.Helper()
	d, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// project returns the project's own definition, with its placeholder.
func project(t *testing.T) *Definition {
	t.Helper()
	text, err := os.ReadFile("../../statemachine/definition.asl.json")
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, string(text))
}

func TestProject(t *testing.T) {
	t.Parallel()
	want := &Definition{Comment: "An example of using retry and catch to handle API responses", Machine: Machine{StartAt: "Call API", States: []*State{
		{Name: "Call API", Type: Task, Next: "OK",
			Retry: []Retrier{
				{ErrorEquals: ErrorNames{"TooManyRequestsException"}, IntervalSeconds: Number{Value: 1}, MaxAttempts: Number{Value: 2}, BackoffRate: Number{Value: 2}},
				{ErrorEquals: ErrorNames{"Lambda.ClientExecutionTimeoutException", "Lambda.ServiceException", "Lambda.AWSLambdaException",
					"Lambda.SdkClientException", "Lambda.TooManyRequestsException"},
					IntervalSeconds: Number{Value: 2}, MaxAttempts: Number{Value: 6}, BackoffRate: Number{Value: 2}}},
			Catch: []Catcher{
				{ErrorEquals: ErrorNames{"TooManyRequestsException"}, Next: "Wait and Try Later"},
				{ErrorEquals: ErrorNames{"ServerUnavailableException"}, Next: "Server Unavailable"},
				{ErrorEquals: ErrorNames{"States.ALL"}, Next: "Catch All"}}},
		{Name: "Wait and Try Later", Type: Wait, Next: "Change to 200", Seconds: &Number{Value: 1}},
		{Name: "Server Unavailable", Type: Fail, Error: "ServerUnavailable"},
		{Name: "Catch All", Type: Fail, Error: "An error of unknown type occurred"},
		{Name: "Change to 200", Type: Pass, Next: "Call API"},
		{Name: "OK", Type: Pass},
	}}}
	if diff := cmp.Diff(want, project(t), cmpopts.IgnoreUnexported(Definition{})); diff != "" {
		t.Errorf("the definition differs (-want +got):\n%s", diff)
	}
}

func TestInnerMachines(t *testing.T) {
	t.Parallel()
	d := parse(t, `{"StartAt": "Both", "States": {
		"Both": {"Type": "Parallel", "Next": "Each", "Branches": [
			{"StartAt": "B", "States": {"B": {"Type": "Succeed"}, "A": {"Type": "Succeed"}}},
			{"StartAt": "C", "States": {"C": {"Type": "Fail", "ErrorPath": "$.e"}}}]},
		"Each": {"Type": "Map", "Next": "Old", "ItemProcessor": {"StartAt": "D", "States": {"D": {"Type": "Succeed"}}},
			"Iterator": {"StartAt": "Ignored", "States": {"Ignored": {"Type": "Succeed"}}}},
		"Old": {"Type": "Map", "End": true, "Iterator": {"StartAt": "E", "States": {"E": {"Type": "Wait", "SecondsPath": "$.s", "End": true}}}}}}`)
	var got []string
	var walk func(m *Machine, depth int)
	walk = func(m *Machine, depth int) {
		for _, s := range m.States {
			got = append(got, strings.Repeat(" ", depth)+s.Name)
			if d.State(s.Name) != s {
				t.Errorf("State(%q) is another one", s.Name)
			}
			for _, inner := range s.Inner {
				got = append(got, strings.Repeat(" ", depth)+"> "+inner.StartAt)
				walk(inner, depth+1)
			}
		}
	}
	walk(&d.Machine, 0)
	if diff := cmp.Diff([]string{"Both", "> B", " B", " A", "> C", " C", "Each", "> D", " D", "Old", "> E", " E"}, got); diff != "" {
		t.Errorf("the states differ (-want +got):\n%s", diff)
	}
	if d.State("Ignored") != nil || d.State("Dream") != nil {
		t.Error("it has states that it does not run")
	}
}

func TestChoices(t *testing.T) {
	t.Parallel()
	rule := func(text string) string {
		return `{"StartAt": "A", "States": {"A": {"Type": "Choice", "Choices": [` + text + `], "Default": "B"}, "B": {"Type": "Succeed"}}}`
	}
	tests := []struct {
		name, rule string
		want       Rule
	}{
		{"a comparison", `{"Variable": "$.a", "NumericLessThanEquals": 1.50, "Next": "B"}`, Rule{Variable: "$.a", Operator: "NumericLessThanEquals", Value: json.Number("1.50")}},
		{"with a path", `{"Variable": "$.a", "StringEqualsPath": "$.b", "Next": "B"}`, Rule{Variable: "$.a", Operator: "StringEqualsPath", Value: "$.b"}},
		{"a test of the type", `{"Variable": "$.a", "IsPresent": false, "Next": "B"}`, Rule{Variable: "$.a", Operator: "IsPresent", Value: false}},
		{"JSONata", `{"Condition": "{% $a %}", "Next": "B"}`, Rule{Condition: "{% $a %}"}},
		{"joined rules", `{"And": [{"Or": [{"Variable": "$.a", "BooleanEquals": true}]}, {"Not": {"Variable": "$.b", "IsNull": true}}], "Next": "B"}`,
			Rule{And: []Rule{{Or: []Rule{{Variable: "$.a", Operator: "BooleanEquals", Value: true}}}, {Not: &Rule{Variable: "$.b", Operator: "IsNull", Value: true}}}}},
		{"an operator that AWS does not have", `{"Variable": "$.a", "StringLike": "b", "Next": "B"}`, Rule{Variable: "$.a"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := parse(t, rule(test.rule)).State("A")
			if diff := cmp.Diff([]ChoiceRule{{Rule: test.want, Next: "B"}}, s.Choices); diff != "" || s.Default != "B" {
				t.Errorf("the default is %q, and the choices differ (-want +got):\n%s", s.Default, diff)
			}
		})
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Number{
		`7`: {Value: 7}, `0.5`: {Value: 0.5}, `" {% $wait %} "`: {Text: " {% $wait %} "}, `"${Seconds}"`: {Text: "${Seconds}"},
	} {
		d := parse(t, fmt.Sprintf(`{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": %[1]s, "End": true, "Retry": [{"MaxAttempts": %[1]s}]}}}`, text))
		if a := d.State("A"); *a.Seconds != want || a.Retry[0].MaxAttempts != want || want.Known() != (want.Text == "") {
			t.Errorf("%s is %+v and %+v, expected %+v", text, *a.Seconds, a.Retry[0].MaxAttempts, want)
		}
	}
}

// mistakes are definitions that are wrong, and what is said of them.
var mistakes = []struct{ name, definition, want string }{
	{"nothing", "", "it is not JSON: it is empty"},
	{"a slip of the pen", "{\n  \"StartAt\" \"A\"}", `it is not JSON: unexpected '"' (U+0022) at line 2, character 13`},
	{"the half of one", `{"StartAt": "A", "Sta`, "it is not JSON: it ends before its value does"},
	{"another value", "[]", "it is an array, not an object"},
	{"null", "null", "it has no States"},
	{"no states", `{"StartAt": "A"}`, "it has no States"},
	{"empty states", states(""), "it has no States"},
	{"states that are a list", `{"StartAt": "A", "States": [1]}`, "States: it is not an object"},
	{"no start", `{"States": {"A": {"Type": "Succeed"}}}`, "it has no StartAt"},
	{"a start of the wrong type", `{"StartAt": 1, "States": {}}`, "StartAt: it is a number, not a string"},
	{"a start that is no state", states(`"B": {"Type": "Succeed"}`), `StartAt names "A", which is none of its States`},
	{"a state that is a text", states(`"A": "B"`), `state "A": it is a string, not an object`},
	{"a state without a type", states(`"A": {}`), `state "A": it has no Type`},
	{"a type that is none", states(`"A": {"Type": "Loop"}`), `state "A": its Type is "Loop", which is none of Task, Pass, Choice, Wait, Parallel, Map, Succeed and Fail`},
	{"a state that leads nowhere", states(`"A": {"Type": "Pass"}`), `state "A": it has neither Next nor End`},
	{"a next that is no state", states(`"A": {"Type": "Pass", "Next": "B"}`), `state "A": Next names "B", and there is no such state beside it`},
	{"a next into a branch", states(`"A": {"Type": "Map", "Next": "B", "Iterator": {"StartAt": "B", "States": {"B": {"Type": "Succeed"}}}}`),
		`state "A": Next names "B", and there is no such state beside it`},
	{"a next of the wrong type", states(`"A": {"Type": "Pass", "Next": {}}`), `state "A": Next: it is an object, not a string`},
	{"an end of the wrong type", states(`"A": {"Type": "Pass", "End": "yes"}`), `state "A": End: it is a string, not a boolean`},
	{"a wait of the wrong type", states(`"A": {"Type": "Wait", "Seconds": "3", "End": true}`), `state "A": Seconds: it is a string, not a number`},
	{"a wait that no number holds", states(`"A": {"Type": "Wait", "Seconds": 1e999, "End": true}`), `state "A": Seconds: 1e999 is out of range`},
	{"a choice without choices", states(`"A": {"Type": "Choice"}`), `state "A": it has no Choices`},
	{"a choice that is a text", states(`"A": {"Type": "Choice", "Choices": ["B"]}`), `state "A": Choices: it is a string, not an object`},
	{"a choice without a next", states(`"A": {"Type": "Choice", "Choices": [{}]}`), `state "A": Choices[0].Next names no state`},
	{"a choice's next of the wrong type", states(`"A": {"Type": "Choice", "Choices": [{"Next": true}]}`), `state "A": Choices[0]: Next: it is a boolean, not a string`},
	{"a choice's next that is no state", states(`"A": {"Type": "Choice", "Choices": [{"Next": "A"}, {"Next": "B"}]}`),
		`state "A": Choices[1].Next names "B", and there is no such state beside it`},
	{"a rule in a rule that is a number", states(`"A": {"Type": "Choice", "Choices": [{"Next": "A", "Not": {"And": [{"Variable": "$"}, 1]}}]}`),
		`state "A": Choices[0]: Not: And[1]: it is a number, not an object`},
	{"a condition that is no text", states(`"A": {"Type": "Choice", "Choices": [{"Next": "A", "Condition": true}]}`), `state "A": Choices[0]: Condition: it is a boolean, not a string`},
	{"rules that are no list", states(`"A": {"Type": "Choice", "Choices": [{"Next": "A", "Or": "B"}]}`), `state "A": Choices[0]: Or: it is a string, not an array`},
	{"a rule that compares with a list", states(`"A": {"Type": "Choice", "Choices": [{"Next": "A", "StringEquals": []}]}`),
		`state "A": Choices[0]: StringEquals: it is an array, not a string, a number or a boolean`},
	{"a rule that compares with null", states(`"A": {"Type": "Choice", "Choices": [{"Next": "A", "StringEquals": null}]}`),
		`state "A": Choices[0]: StringEquals: it is null, not a string, a number or a boolean`},
	{"a rule that is null", states(`"A": {"Type": "Choice", "Choices": [{"Next": "A", "And": [null]}]}`), `state "A": Choices[0]: And[0]: it is null, not an object`},
	{"a rule that is a list of rules", states(`"A": {"Type": "Choice", "Choices": [{"Next": "A", "Or": {}}]}`), `state "A": Choices[0]: Or: it is an object, not an array`},
	{"a default that is no state", states(`"A": {"Type": "Choice", "Choices": [{"Next": "A"}], "Default": "B"}`), `state "A": Default names "B", and there is no such state beside it`},
	{"a catcher that names no state", states(`"A": {"Type": "Task", "End": true, "Catch": [{"ErrorEquals": ["E"]}]}`), `state "A": Catch[0].Next names no state`},
	{"a catcher that is null", states(`"A": {"Type": "Task", "End": true, "Catch": [null]}`), `state "A": Catch[0].Next names no state`},
	{"catchers that are no list", states(`"A": {"Type": "Task", "End": true, "Catch": {}}`), `state "A": Catch: it is an object, not an array`},
	{"error names that are no list", states(`"A": {"Type": "Task", "End": true, "Catch": [{"Next": "A", "ErrorEquals": "E"}]}`),
		`state "A": Catch[0]: ErrorEquals: it is a string, not an array`},
	{"a number of attempts that is none", states(`"A": {"Type": "Task", "End": true, "Retry": [{}, {"MaxAttempts": "3"}]}`),
		`state "A": Retry[1]: MaxAttempts: it is a string, not a number`},
	{"a backoff rate that is none", states(`"A": {"Type": "Task", "End": true, "Retry": [{"BackoffRate": [2]}]}`), `state "A": Retry[0]: BackoffRate: it is an array, not a number`},
	{"no branches", states(`"A": {"Type": "Parallel", "End": true}`), `state "A": it has no Branches`},
	{"no item processor", states(`"A": {"Type": "Map", "End": true}`), `state "A": it has no ItemProcessor`},
	{"a branch that is none", states(`"A": {"Type": "Parallel", "End": true, "Branches": [{"StartAt": "B", "States": {"B": {"Type": "Succeed"}}}, {}]}`),
		`state "A": Branches[1]: it has no States`},
	{"a branch's state that is wrong", states(`"A": {"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "B", "States": {"B": {"Type": "Pass"}}}}`),
		`state "A": ItemProcessor: state "B": it has neither Next nor End`},
	{"two states of one name", states(`"A": {"Type": "Succeed"}, "A": {"Type": "Fail"}`), `two states have the name "A"`},
	{"a branch's state of the same name", states(`"A": {"Type": "Map", "End": true, "Iterator": {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}}`),
		`state "A": Iterator: two states have the name "A"`},
}

func states(text string) string { return `{"StartAt": "A", "States": {` + text + `}}` }

func TestMistakes(t *testing.T) {
	t.Parallel()
	for _, test := range mistakes {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse([]byte(test.definition))
			p := (*problem.Problem)(nil)
			if !errors.As(err, &p) || p.Next == "" {
				t.Fatalf("%v is no problem with a next step", err)
			}
			if got := p.Err.Error(); got != test.want {
				t.Errorf("it says\n%q, expected\n%q", got, test.want)
			}
		})
	}
}

// nestedMaps returns a definition of Maps in each other.
func nestedMaps(depth int) string {
	text := `"s": {"Type": "Succeed"}`
	for i := range depth {
		name := fmt.Sprint(i)
		text = fmt.Sprintf(`"%s": {"Type": "Map", "End": true, "Iterator": {"StartAt": "%s", "States": {%s}}}`, name, strings.SplitN(text, `"`, 3)[1], text)
	}
	return fmt.Sprintf(`{"StartAt": "%d", "States": {%s}}`, depth-1, text)
}

// nestedRules returns a definition of rules in each other: Nots and Ors in turn.
func nestedRules(depth int) string {
	rule := `{"Variable": "$"}`
	for i := range depth {
		if i%2 == 0 {
			rule = `{"Not": ` + rule + `, "Next": "A"}`
		} else {
			rule = `{"Or": [` + rule + `], "Next": "A"}`
		}
	}
	return states(`"A": {"Type": "Choice", "Choices": [` + rule + `]}`)
}

func TestNesting(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]func(int) string{"state machines": nestedMaps, "rules": nestedRules} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := Parse([]byte(of(deepest))); err != nil {
				t.Errorf("%d are too many: %v", deepest, err)
			}
			want := fmt.Sprintf("it nests %s more than %d deep", name, deepest)
			for _, depth := range []int{deepest + 1, 2000} {
				if _, err := Parse([]byte(of(depth))); err == nil || !strings.HasSuffix(err.Error(), want) {
					t.Errorf("of %d it says %v", depth, err)
				}
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, test := range mistakes {
		f.Add(test.definition)
	}
	f.Add(nestedMaps(3))
	f.Add(nestedRules(3))
	f.Add(`{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "${Arn}", "End": true, "Retry": [{"ErrorEquals": ["E"], "BackoffRate": 1e300}]}}}`)
	f.Add(`{"StartAt": "", "States": {"": {"Type": "Choice", "Choices": [{"Not": {"And": [{"Or": []}, 1, null]}, "Next": ""}]}}}`)
	f.Fuzz(func(t *testing.T, definition string) {
		d, err := Parse([]byte(definition))
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Errorf("the error is not one line: %q", err)
			}
			return
		}
		if d.State(d.StartAt) == nil {
			t.Errorf("the start %q is no state", d.StartAt)
		}
		for _, s := range d.states {
			if s.Next != "" && d.State(s.Next) == nil {
				t.Errorf("%q leads to %q, which is no state", s.Name, s.Next)
			}
			if wait, _ := s.Backoff([]string{"E", "E", "E"}); wait < 0 {
				t.Errorf("it waits for %v", wait)
			}
			if wait, _ := s.Duration(); wait < 0 {
				t.Errorf("it waits for %v", wait)
			}
		}
	})
}
