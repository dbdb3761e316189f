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

func mustParse(t *testing.T, text string) *Definition {
	t.Helper()
	d, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// projectDefinition returns a copy of the project's definition, with an unresolved placeholder. The
// copy stays as it is when the project adds a state, and so do the expected texts and drawings.
func projectDefinition(t *testing.T) *Definition {
	t.Helper()
	text, err := os.ReadFile("testdata/project.asl.json")
	if err != nil {
		t.Fatal(err)
	}
	return mustParse(t, string(text))
}

func TestProject(t *testing.T) {
	t.Parallel()
	const comment = "An example of using retry and catch to handle API responses"
	want := &Definition{Comment: comment, TimeoutSeconds: &Number{Value: 600}}
	want.Machine = Machine{StartAt: "Call API", States: []*State{
		{Name: "Call API", Type: Task, Next: "OK", Resource: "${MockAPIFunctionArn}",
			Retry: []Retrier{
				{ErrorEquals: ErrorNames{"TooManyRequestsException"},
					IntervalSeconds: Number{Value: 1}, MaxAttempts: Number{Value: 2}, BackoffRate: Number{Value: 2}},
				{ErrorEquals: ErrorNames{"Lambda.ClientExecutionTimeoutException", "Lambda.ServiceException",
					"Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.TooManyRequestsException"},
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
	}}
	if diff := cmp.Diff(want, projectDefinition(t), cmpopts.IgnoreUnexported(Definition{})); diff != "" {
		t.Errorf("definitions differ (-want +got):\n%s", diff)
	}
}

func TestInnerMachines(t *testing.T) {
	t.Parallel()
	d := mustParse(t, `{"StartAt": "Both", "States": {
		"Both": {"Type": "Parallel", "Next": "Each", "Branches": [
			{"StartAt": "B", "States": {"B": {"Type": "Succeed"}, "A": {"Type": "Succeed"}}},
			{"StartAt": "C", "States": {"C": {"Type": "Fail", "ErrorPath": "$.e"}}}]},
		"Each": {"Type": "Map", "Next": "Old", "ItemProcessor": {"StartAt": "D", "States": {"D": {"Type": "Succeed"}}},
			"Iterator": {"StartAt": "Ignored", "States": {"Ignored": {"Type": "Succeed"}}}},
		"Old": {"Type": "Map", "End": true, "Iterator": {"StartAt": "E", "States": {
			"E": {"Type": "Wait", "SecondsPath": "$.s", "End": true}}}}}}`)
	var got []string
	var walk func(m *Machine, depth int)
	walk = func(m *Machine, depth int) {
		for _, s := range m.States {
			got = append(got, strings.Repeat(" ", depth)+s.Name)
			if d.State(s.Name) != s {
				t.Errorf("State(%q) returns a different state", s.Name)
			}
			for _, inner := range s.Inner {
				got = append(got, strings.Repeat(" ", depth)+"> "+inner.StartAt)
				walk(inner, depth+1)
			}
		}
	}
	walk(&d.Machine, 0)
	want := []string{"Both", "> B", " B", " A", "> C", " C", "Each", "> D", " D", "Old", "> E", " E"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("states differ (-want +got):\n%s", diff)
	}
	if d.State("Ignored") != nil || d.State("Dream") != nil {
		t.Error("State finds a state of the ignored Iterator, or a state that does not exist")
	}
}

func TestChoices(t *testing.T) {
	t.Parallel()
	rule := func(text string) string {
		return states(`"A": {"Type": "Choice", "Choices": [` + text + `], "Default": "B"}, "B": {"Type": "Succeed"}`)
	}
	tests := []struct {
		name, rule string
		want       Rule
	}{
		{"comparison", `{"Variable": "$.a", "NumericLessThanEquals": 1.50, "Next": "B"}`,
			Rule{Variable: "$.a", Operator: "NumericLessThanEquals", Value: json.Number("1.50")}},
		{"comparison with a path", `{"Variable": "$.a", "StringEqualsPath": "$.b", "Next": "B"}`,
			Rule{Variable: "$.a", Operator: "StringEqualsPath", Value: "$.b"}},
		{"presence", `{"Variable": "$.a", "IsPresent": false, "Next": "B"}`,
			Rule{Variable: "$.a", Operator: "IsPresent", Value: false}},
		{"JSONata", `{"Condition": "{% $a %}", "Next": "B"}`, Rule{Condition: "{% $a %}"}},
		{"literal", `{"Condition": true, "Next": "B"}`, Rule{Condition: "true"}},
		{"nested rules",
			`{"And": [{"Or": [{"Variable": "$.a", "BooleanEquals": true}]},
				{"Not": {"Variable": "$.b", "IsNull": true}}], "Next": "B"}`,
			Rule{And: []Rule{
				{Or: []Rule{{Variable: "$.a", Operator: "BooleanEquals", Value: true}}},
				{Not: &Rule{Variable: "$.b", Operator: "IsNull", Value: true}}}}},
		{"unknown operator", `{"Variable": "$.a", "StringLike": "b", "Next": "B"}`,
			Rule{Variable: "$.a"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := mustParse(t, rule(test.rule)).State("A")
			if diff := cmp.Diff([]ChoiceRule{{Rule: test.want, Next: "B"}}, s.Choices); diff != "" || s.Default != "B" {
				t.Errorf("got default %q, want B; choices (-want +got):\n%s", s.Default, diff)
			}
		})
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Number{
		`7`: {Value: 7}, `0.5`: {Value: 0.5},
		`" {% $wait %} "`: {Text: " {% $wait %} "}, `"${Seconds}"`: {Text: "${Seconds}"},
	} {
		d := mustParse(t, states(fmt.Sprintf(
			`"A": {"Type": "Wait", "Seconds": %[1]s, "End": true, "Retry": [{"MaxAttempts": %[1]s}]}`, text)))
		if a := d.State("A"); *a.Seconds != want || a.Retry[0].MaxAttempts != want {
			t.Errorf("%s: got %+v and %+v, want %+v", text, *a.Seconds, a.Retry[0].MaxAttempts, want)
		}
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	d := mustParse(t, `{"StartAt": "A", "TimeoutSeconds": "{{limit}}", "States": {
		"A": {"Type": "Task", "Next": "M", "TimeoutSeconds": 5, "HeartbeatSecondsPath": "$.h"},
		"M": {"Type": "Map", "End": "${End}", "MaxConcurrency": "${Max}", "ToleratedFailureCount": 0,
			"ToleratedFailurePercentagePath": "$.p", "ItemProcessor": {"StartAt": "B", "States": {
				"B": {"Type": "Task", "End": true, "TimeoutSecondsPath": "$.t"}}}}}}`)
	a, m, b := d.State("A"), d.State("M"), d.State("B")
	for name, test := range map[string]struct {
		got  *Number
		want Number
	}{
		"execution timeout": {d.TimeoutSeconds, Number{Text: "{{limit}}"}},
		"timeout":           {a.TimeoutSeconds, Number{Value: 5}},
		"timeout path":      {b.TimeoutSeconds, Number{Text: "$.t"}},
		"heartbeat path":    {a.HeartbeatSeconds, Number{Text: "$.h"}},
		"concurrency":       {m.MaxConcurrency, Number{Text: "${Max}"}},
		"failures":          {m.ToleratedFailureCount, Number{}},
		"percentage path":   {m.ToleratedFailurePercentage, Number{Text: "$.p"}},
	} {
		if test.got == nil || *test.got != test.want {
			t.Errorf("%s: got %v, want %v", name, test.got, test.want)
		}
	}
	if a.MaxConcurrency != nil || b.HeartbeatSeconds != nil {
		t.Error("got limits that the definition lacks")
	}
}

// TestPlaceholderErrors checks placeholders in place of objects and arrays.
func TestPlaceholderErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, want string }{
		{`{"StartAt": "A", "States": "${S}"}`, "States: must be an object, not the placeholder ${S}"},
		{states(`"A": "${S}"`), `state "A": must be an object, not the placeholder ${S}`},
		{
			states(`"A": {"Type": "Pass", "End": true, "Retry": "${R}"}`),
			`state "A": Retry: must be an array, not the placeholder ${R}`,
		},
		{
			states(`"A": {"Type": "Pass", "End": true, "Retry": ["${R}"]}`),
			`state "A": Retry[0]: must be an object, not the placeholder ${R}`,
		},
		{
			states(`"A": {"Type": "Pass", "End": true, "Catch": ["${C}"]}`),
			`state "A": Catch[0]: must be an object, not the placeholder ${C}`,
		},
		{
			states(`"A": {"Type": "Choice", "Choices": "${C}"}`),
			`state "A": Choices: must be an array, not the placeholder ${C}`,
		},
		{
			states(`"A": {"Type": "Parallel", "End": true, "Branches": ["${B}"]}`),
			`state "A": Branches: must be an object, not the placeholder ${B}`,
		},
		{
			states(`"A": {"Type": "Map", "End": true, "ItemProcessor": "${P}"}`),
			`state "A": ItemProcessor: must be an object, not the placeholder ${P}`,
		},
	} {
		text, want := test.text, test.want
		_, err := Parse([]byte(text))
		p := (*problem.Problem)(nil)
		const next = "replace the placeholder with its value, "
		if !errors.As(err, &p) || p.Err.Error() != want || !strings.HasPrefix(p.Next, next) {
			t.Errorf("%s: got %v, %+v, want %s", text, err, p, want)
		}
	}
	d := mustParse(t, states(`"A": {"Type": "Task", "Resource": "a", "End": true,
		"Catch": [{"ErrorEquals": "${E}", "Next": "A"}]}`))
	if diff := cmp.Diff(ErrorNames{"${E}"}, d.State("A").Catch[0].ErrorEquals); diff != "" {
		t.Errorf("error names differ (-want +got):\n%s", diff)
	}
}

func FuzzParse(f *testing.F) {
	for _, test := range mistakes {
		f.Add(test.definition)
	}
	f.Add(nestedMaps(3))
	f.Add(nestedRules(3))
	f.Add(states(`"A": {"Type": "Task", "Resource": "${Arn}", "End": true, "Retry": [{"BackoffRate": 1e300}]}`))
	f.Add(states(`"A": {"Type": "Choice", "Choices": [{"Not": {"And": [{"Or": []}, 1, null]}, "Next": "A"}]}`))
	f.Fuzz(func(t *testing.T, definition string) {
		d, err := Parse([]byte(definition))
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Errorf("got error %q, want one line", err)
			}
			return
		}
		if d.State(d.StartAt) == nil {
			t.Errorf("StartAt is %q, which is not a state", d.StartAt)
		}
		for _, s := range d.states {
			if s.Next != "" && d.State(s.Next) == nil {
				t.Errorf("%q leads to %q, which is not a state", s.Name, s.Next)
			}
			if wait, _ := s.Backoff([]string{"E", "E", "E"}); wait < 0 {
				t.Errorf("%q has the negative backoff %v", s.Name, wait)
			}
			if wait, _ := s.Duration(); wait < 0 {
				t.Errorf("%q has the negative duration %v", s.Name, wait)
			}
		}
	})
}
