package graph

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/problem"
)

func parse(t *testing.T, definition string) *Graph {
	t.Helper()
	g, err := Parse([]byte(definition))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// project is the project's own definition, with its placeholder.
func project(t *testing.T) *Graph {
	t.Helper()
	text, err := os.ReadFile("../../statemachine/definition.asl.json")
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, string(text))
}

// order is a definition with every type of state, in both of a Map's spellings.
const order = `{"Comment": "An order", "StartAt": "In stock?", "States": {
	"Sold": {"Type": "Succeed"},
	"In stock?": {"Type": "Choice", "Choices": [
		{"Variable": "$.stock", "NumericGreaterThan": 0, "Next": "Fulfil"},
		{"Variable": "$.virtual", "BooleanEquals": true, "Next": "Fulfil"},
		{"And": [{"Variable": "$.tier", "StringEquals": "gold"}, {"Not": {"Variable": "$.late", "IsPresent": true}}], "Next": "Wait"}],
		"Default": "Reject"},
	"Wait": {"Type": "Wait", "Seconds": 3600, "Next": "In stock?"},
	"Fulfil": {"Type": "Parallel", "Branches": [
		{"StartAt": "Charge", "States": {"Charge": {"Type": "Task", "Resource": "arn", "End": true}}},
		{"StartAt": "Pack", "States": {
			"Pack": {"Type": "Map", "ItemProcessor": {"StartAt": "Pick", "States": {
				"Pick": {"Type": "Task", "Resource": "arn", "End": true}}}, "Next": "Label"},
			"Label": {"Type": "Map", "Iterator": {"StartAt": "Print", "States": {
				"Print": {"Type": "Pass", "Next": "Torn"}, "Torn": {"Type": "Fail", "Error": "Torn"}}}, "End": true}}}],
		"Catch": [{"ErrorEquals": ["A", "B"], "Next": "Reject"}, {"ErrorEquals": ["States.ALL"], "Next": "Reject"}], "Next": "Sold"},
	"Reject": {"Type": "Fail", "ErrorPath": "$.error"}}}`

// outline is a graph as lines: the states with their details, and the transitions.
func outline(m *Machine, margin string) []string {
	var lines []string
	for _, s := range m.States {
		lines = append(lines, margin+s.Name+": "+strings.Join(append([]string{s.Kind()}, s.Retry...), "; "))
		for _, inner := range s.Inner {
			lines = append(lines, margin+"  {")
			lines = append(lines, outline(inner, margin+"  ")...)
			lines = append(lines, margin+"  }")
		}
	}
	for _, t := range m.Transitions {
		from, to := "start", "end"
		if t.From != nil {
			from = t.From.Name
		}
		if t.To != nil {
			to = t.To.Name
		}
		lines = append(lines, strings.TrimRight(margin+from+" -"+string(t.Kind)+"> "+to+" "+strings.Join(t.Labels, " | "), " "))
	}
	return lines
}

func TestADefinitionIsAGraph(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		graph *Graph
		want  []string
	}{
		{"the project's", project(t), []string{
			"Call API: Task; retry 2× TooManyRequestsException, after 1 s ×2; retry 6× Lambda.ClientExecutionTimeoutException and 4 more, after 2 s ×2",
			"Wait and Try Later: Wait · 1 s",
			"Server Unavailable: Fail · ServerUnavailable",
			"Catch All: Fail · An error of unknown type occurred",
			"Change to 200: Pass",
			"OK: Pass",
			"start -start> Call API",
			"Call API -next> OK",
			"Call API -catch> Wait and Try Later TooManyRequestsException",
			"Call API -catch> Server Unavailable ServerUnavailableException",
			"Call API -catch> Catch All States.ALL",
			"Wait and Try Later -next> Change to 200",
			"Server Unavailable -end> end",
			"Catch All -end> end",
			"Change to 200 -next> Call API",
			"OK -end> end",
		}},
		{"one with every type of state", parse(t, order), []string{
			"In stock?: Choice",
			"Sold: Succeed",
			"Wait: Wait · 3600 s",
			"Fulfil: Parallel · 2 branches",
			"  {",
			"  Charge: Task",
			"  start -start> Charge",
			"  Charge -end> end",
			"  }",
			"  {",
			"  Pack: Map · for each item",
			"    {",
			"    Pick: Task",
			"    start -start> Pick",
			"    Pick -end> end",
			"    }",
			"  Label: Map · for each item",
			"    {",
			"    Print: Pass",
			"    Torn: Fail · Torn",
			"    start -start> Print",
			"    Print -next> Torn",
			"    }",
			"  start -start> Pack",
			"  Pack -next> Label",
			"  Label -end> end",
			"  }",
			"Reject: Fail · $.error",
			"start -start> In stock?",
			"In stock? -choice> Fulfil $.stock > 0 | $.virtual = true",
			`In stock? -choice> Wait $.tier = "gold" and not ($.late is present)`,
			"In stock? -default> Reject default",
			"Sold -end> end",
			"Wait -next> In stock?",
			"Fulfil -next> Sold",
			"Fulfil -catch> Reject A | B | States.ALL",
			"Reject -end> end",
		}},
		{"a choice whose default is one of its choices", parse(t, `{"StartAt": "C", "States": {
			"C": {"Type": "Choice", "Choices": [{"Condition": "{% $x =\n 1 %}", "Next": "D"}], "Default": "D"}, "D": {"Type": "Succeed"}}}`), []string{
			"C: Choice", "D: Succeed", "start -start> C", "C -choice> D $x = 1 | default", "D -end> end"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, outline(&test.graph.Machine, "")); diff != "" {
				t.Errorf("the graph differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatIsNoDefinitionIsSaidInOneLine(t *testing.T) {
	t.Parallel()
	states := func(states string) string { return `{"StartAt": "A", "States": {` + states + `}}` }
	deep := strings.Repeat(`{"StartAt":"A","States":{"A":{"Type":"Map","End":true,"Iterator":`, 60) + "{}" + strings.Repeat("}}}", 60)
	for i := range 60 {
		deep = strings.Replace(deep, `"A"`, `"s`+strings.Repeat("x", i)+`"`, 2)
	}
	tests := []struct{ name, definition, want string }{
		{"nothing", "", "it is not JSON: it is empty"},
		{"a slip of the pen", "{\n  \"StartAt\" \"A\"}", `it is not JSON: unexpected '"' (U+0022) at line 2, character 13`},
		{"the half of one", `{"StartAt": "A", "Sta`, "it is not JSON: it ends before its value does"},
		{"another value", "[]", "it is a JSON array and not an object"},
		{"null", "null", "it has no States"},
		{"no states", `{"StartAt": "A"}`, "it has no States"},
		{"empty states", states(""), "it has no States"},
		{"states that are a list", `{"StartAt": "A", "States": [1]}`, "the States of it: they are not an object"},
		{"no start", `{"States": {"A": {"Type": "Succeed"}}}`, "it has no StartAt"},
		{"a start of the wrong type", `{"StartAt": 1, "States": {}}`, "StartAt is a JSON number and not a string"},
		{"a start that is no state", states(`"B": {"Type": "Succeed"}`), `StartAt of it names "A", and it has no such state`},
		{"a state that is a text", states(`"A": "B"`), `the state "A": it is a JSON string and not an object`},
		{"a state without a type", states(`"A": {}`), `the state "A": it has no Type`},
		{"a type that is none", states(`"A": {"Type": "Loop"}`), `the state "A": its Type is "Loop", which is none of Task, Pass, Choice, Wait, Parallel, Map, Succeed and Fail`},
		{"a state that leads nowhere", states(`"A": {"Type": "Pass"}`), `the state "A": it has neither Next nor End`},
		{"a next that is no state", states(`"A": {"Type": "Pass", "Next": "B"}`), `the state "A": Next names "B", and there is no such state beside it`},
		{"a next into a branch", states(`"A": {"Type": "Map", "Next": "B", "Iterator": {"StartAt": "B", "States": {"B": {"Type": "Succeed"}}}}`),
			`the state "A": Next names "B", and there is no such state beside it`},
		{"a next of the wrong type", states(`"A": {"Type": "Pass", "Next": {}}`), `the state "A": Next is a JSON object and not a string`},
		{"an end of the wrong type", states(`"A": {"Type": "Pass", "End": "yes"}`), `the state "A": End is a JSON string and not a boolean`},
		{"a choice without choices", states(`"A": {"Type": "Choice"}`), `the state "A": it has no Choices`},
		{"a choice without a next", states(`"A": {"Type": "Choice", "Choices": [{}]}`), `the state "A": Next of a choice names no state`},
		{"a default that is no state", states(`"A": {"Type": "Choice", "Choices": [{"Next": "A"}], "Default": "B"}`), `the state "A": Default names "B", and there is no such state beside it`},
		{"a catcher that names no state", states(`"A": {"Type": "Pass", "End": true, "Catch": [{"ErrorEquals": ["E"]}]}`), `the state "A": Next of a catcher names no state`},
		{"catchers that are no list", states(`"A": {"Type": "Pass", "End": true, "Catch": {}}`), `the state "A": Catch is a JSON object and not an array`},
		{"a number of attempts that is none", states(`"A": {"Type": "Pass", "End": true, "Retry": [{"MaxAttempts": "3"}]}`), `the state "A": Retry.MaxAttempts is a JSON string and not a number`},
		{"no branches", states(`"A": {"Type": "Parallel", "End": true}`), `the state "A" has no Branches`},
		{"no item processor", states(`"A": {"Type": "Map", "End": true}`), `the state "A" has no ItemProcessor`},
		{"a branch that is none", states(`"A": {"Type": "Parallel", "End": true, "Branches": [{}]}`), `a branch of the state "A" has no States`},
		{"two states of one name", states(`"A": {"Type": "Succeed"}, "A": {"Type": "Fail"}`), `two states have the name "A"`},
		{"a branch's state of the same name", states(`"A": {"Type": "Map", "End": true, "Iterator": {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}}`), `two states have the name "A"`},
		{"more in each other than anybody writes", deep, "it nests state machines more than 50 deep"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse([]byte(test.definition))
			p := (*problem.Problem)(nil)
			if !errors.As(err, &p) || p.Next == "" {
				t.Fatalf("%v is no problem with a next step", err)
			}
			if got := strings.TrimPrefix(err.Error(), "the definition cannot be drawn: "); got != test.want {
				t.Errorf("it says\n%q, expected\n%q", got, test.want)
			}
		})
	}
}
