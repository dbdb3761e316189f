package graph

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/asl"
)

func mustParse(t *testing.T, definition string) *Graph {
	t.Helper()
	g, err := Parse([]byte(definition))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// projectGraph returns the graph of a copy of the project's definition, with an unresolved
// placeholder. The copy does not change when the project adds a state.
func projectGraph(t *testing.T) *Graph {
	t.Helper()
	text, err := os.ReadFile("../asl/testdata/project.asl.json")
	if err != nil {
		t.Fatal(err)
	}
	return mustParse(t, string(text))
}

// order has every type of state, including a Map with ItemProcessor and a Map with the older
// Iterator.
const order = `{"Comment": "An order", "StartAt": "In stock?", "States": {
	"Sold": {"Type": "Succeed"},
	"In stock?": {"Type": "Choice", "Choices": [
		{"Variable": "$.stock", "NumericGreaterThan": 0, "Next": "Fulfill"},
		{"Variable": "$.virtual", "BooleanEquals": true, "Next": "Fulfill"},
		{"And": [{"Variable": "$.tier", "StringEquals": "gold"}, {"Not": {"Variable": "$.late", "IsPresent": true}}],
			"Next": "Wait"}],
		"Default": "Reject"},
	"Wait": {"Type": "Wait", "Seconds": 3600, "Next": "In stock?"},
	"Fulfill": {"Type": "Parallel", "Branches": [
		{"StartAt": "Charge", "States": {"Charge": {"Type": "Task", "End": true,
			"Resource": "arn:aws:lambda:eu-central-1:123456789012:function:charge"}}},
		{"StartAt": "Pack", "States": {
			"Pack": {"Type": "Map", "ItemProcessor": {"StartAt": "Pick", "States": {
				"Pick": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "End": true}}},
				"Next": "Label"},
			"Label": {"Type": "Map", "Iterator": {"StartAt": "Print", "States": {
				"Print": {"Type": "Pass", "Next": "Torn"}, "Torn": {"Type": "Fail", "Error": "Torn"}}}, "End": true}}}],
		"Catch": [{"ErrorEquals": ["A", "B"], "Next": "Reject"}, {"ErrorEquals": ["States.ALL"], "Next": "Reject"}],
		"Next": "Sold"},
	"Reject": {"Type": "Fail", "ErrorPath": "$.error"}}}`

// outline describes the states and transitions of a graph.
func outline(m *Machine, margin string) []string {
	var lines []string
	for _, s := range m.States {
		lines = append(lines, margin+s.Name+": "+strings.Join(append([]string{s.Summary()}, s.Retry...), "; "))
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
		line := margin + from + " -" + string(t.Kind) + "> " + to + " " + strings.Join(t.Labels, " | ")
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return lines
}

func TestParse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		graph *Graph
		want  []string
	}{
		{"project", projectGraph(t), []string{
			"Call API: Task · ${MockAPIFunctionArn}; retry 2× TooManyRequestsException, after 1 s, " +
				"then 2 s; retry 6× Lambda.ClientExecutionTimeoutException and 4 more, after 2 s, then 4 s, 8 s, " +
				"…, 64 s",
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
		{"every type of state", mustParse(t, order), []string{
			"In stock?: Choice",
			"Sold: Succeed",
			"Wait: Wait · 3600 s",
			"Fulfill: Parallel · 2 branches",
			"  {",
			"  Charge: Task · Lambda: charge",
			"  start -start> Charge",
			"  Charge -end> end",
			"  }",
			"  {",
			"  Pack: Map · for each item",
			"    {",
			"    Pick: Task · SQS: SendMessage (waits for a token)",
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
			"In stock? -choice> Fulfill $.stock > 0 | $.virtual = true",
			`In stock? -choice> Wait $.tier = "gold" and not ($.late is present)`,
			"In stock? -default> Reject default",
			"Sold -end> end",
			"Wait -next> In stock?",
			"Fulfill -next> Sold",
			"Fulfill -catch> Reject A | B | States.ALL",
			"Reject -end> end",
		}},
		{"choice and default with the same target", mustParse(t, `{"StartAt": "C", "States": {
			"C": {"Type": "Choice", "Choices": [{"Condition": "{% $x =\n 1 %}", "Next": "D"}], "Default": "D"},
			"D": {"Type": "Succeed"}}}`), []string{
			"C: Choice", "D: Succeed", "start -start> C", "C -choice> D $x = 1 | default", "D -end> end"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, outline(&test.graph.Machine, "")); diff != "" {
				t.Errorf("outlines differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseFails(t *testing.T) {
	t.Parallel()
	text := []byte(`{"StartAt": "A", "States": {"A": {"Type": "Pass"}}}`)
	_, want := asl.Parse(text)
	if _, err := Parse(text); want == nil || err == nil || err.Error() != want.Error() {
		t.Errorf("got error %v, want %v", err, want)
	}
}
