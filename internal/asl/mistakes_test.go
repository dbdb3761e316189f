package asl

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"retrycatch/internal/problem"
)

// mistakes lists invalid definitions and the errors of Parse.
var mistakes = []struct{ name, definition, want string }{
	{"empty text", "", "it is not JSON: it is empty"},
	{"a missing colon", "{\n  \"StartAt\" \"A\"}",
		`it is not JSON: unexpected '"' (U+0022) at line 2, character 13`},
	{"deep nesting", strings.Repeat("[", 200_000), "it is not JSON: it is nested more than 10000 levels deep"},
	{"brackets in a string", `{"a": "` + strings.Repeat("[", 20_000) + `" x}`,
		"it is not JSON: unexpected 'x' (U+0078) at line 1, character 20010"},
	{"truncated text", `{"StartAt": "A", "Sta`, "it is not JSON: it is truncated"},
	{"array", "[]", "must be an object, not an array"},
	{"null", "null", "it has no States"},
	{"no states", `{"StartAt": "A"}`, "it has no States"},
	{"empty states", states(""), "it has no States"},
	{"a list as states", `{"StartAt": "A", "States": [1]}`, "States: must be an object"},
	{"no StartAt", `{"States": {"A": {"Type": "Succeed"}}}`, "it has no StartAt"},
	{"a StartAt of the wrong type", `{"StartAt": 1, "States": {}}`, "StartAt: must be a string, not a number"},
	{"an unknown state in StartAt", states(`"B": {"Type": "Succeed"}`),
		`StartAt names "A", which is not one of its States`},
	{"a string as a state", states(`"A": "B"`), `state "A": must be an object, not a string`},
	{"a state without a type", states(`"A": {}`), `state "A": it has no Type`},
	{"an unknown type", states(`"A": {"Type": "Loop"}`),
		`state "A": its Type is "Loop", which is not one of Task, Pass, Choice, Wait, Parallel, Map, Succeed and Fail`},
	{"no next state", states(`"A": {"Type": "Pass"}`), `state "A": it has neither Next nor End`},
	{"an unknown next state", states(`"A": {"Type": "Pass", "Next": "B"}`),
		`state "A": Next names "B", which is not a state of the same state machine`},
	{"a next state inside a branch",
		states(`"A": {"Type": "Map", "Next": "B", "Iterator": {"StartAt": "B", "States": {"B": {"Type": "Succeed"}}}}`),
		`state "A": Next names "B", which is not a state of the same state machine`},
	{"a Next of the wrong type", states(`"A": {"Type": "Pass", "Next": {}}`),
		`state "A": Next: must be a string, not an object`},
	{"an End of the wrong type", states(`"A": {"Type": "Pass", "End": "yes"}`),
		`state "A": End: must be a boolean, not a string`},
	{"a wait time of the wrong type", states(`"A": {"Type": "Wait", "Seconds": "3", "End": true}`),
		`state "A": Seconds: must be a number, not a string`},
	{"a wait time out of range", states(`"A": {"Type": "Wait", "Seconds": 1e999, "End": true}`),
		`state "A": Seconds: 1e999 is out of range`},
	{"a Choice without Choices", states(`"A": {"Type": "Choice"}`), `state "A": it has no Choices`},
	{"a string as a choice rule", states(`"A": {"Type": "Choice", "Choices": ["B"]}`),
		`state "A": Choices: must be an object, not a string`},
	{"a choice rule without a Next", states(`"A": {"Type": "Choice", "Choices": [{}]}`),
		`state "A": Choices[0].Next is missing or empty`},
	{"a choice rule's Next of the wrong type", states(`"A": {"Type": "Choice", "Choices": [{"Next": true}]}`),
		`state "A": Choices[0]: Next: must be a string, not a boolean`},
	{"a choice rule with an unknown next state",
		states(`"A": {"Type": "Choice", "Choices": [{"Next": "A"}, {"Next": "B"}]}`),
		`state "A": Choices[1].Next names "B", which is not a state of the same state machine`},
	{"a number as a nested rule",
		states(`"A": {"Type": "Choice", "Choices": [{"Next": "A", "Not": {"And": [{"Variable": "$"}, 1]}}]}`),
		`state "A": Choices[0]: Not: And[1]: must be an object, not a number`},
	{"a number as a condition",
		states(`"A": {"Type": "Choice", "Choices": [{"Next": "A", "Condition": 1}]}`),
		`state "A": Choices[0]: Condition: must be a string, not a number`},
	{"a string as rules", states(`"A": {"Type": "Choice", "Choices": [{"Next": "A", "Or": "B"}]}`),
		`state "A": Choices[0]: Or: must be an array, not a string`},
	{"a comparison with a list",
		states(`"A": {"Type": "Choice", "Choices": [{"Next": "A", "StringEquals": []}]}`),
		`state "A": Choices[0]: StringEquals: must be a string, a number or a boolean, not an array`},
	{"a comparison with null",
		states(`"A": {"Type": "Choice", "Choices": [{"Next": "A", "StringEquals": null}]}`),
		`state "A": Choices[0]: StringEquals: must be a string, a number or a boolean, not null`},
	{"null as a rule", states(`"A": {"Type": "Choice", "Choices": [{"Next": "A", "And": [null]}]}`),
		`state "A": Choices[0]: And[0]: must be an object, not null`},
	{"an object as a list of rules", states(`"A": {"Type": "Choice", "Choices": [{"Next": "A", "Or": {}}]}`),
		`state "A": Choices[0]: Or: must be an array, not an object`},
	{"an unknown state in Default",
		states(`"A": {"Type": "Choice", "Choices": [{"Next": "A"}], "Default": "B"}`),
		`state "A": Default names "B", which is not a state of the same state machine`},
	{"a catcher without a Next",
		states(`"A": {"Type": "Task", "End": true, "Catch": [{"ErrorEquals": ["E"]}]}`),
		`state "A": Catch[0].Next is missing or empty`},
	{"null as a catcher", states(`"A": {"Type": "Task", "End": true, "Catch": [null]}`),
		`state "A": Catch[0].Next is missing or empty`},
	{"an object as catchers", states(`"A": {"Type": "Task", "End": true, "Catch": {}}`),
		`state "A": Catch: must be an array, not an object`},
	{"a string as error names",
		states(`"A": {"Type": "Task", "End": true, "Catch": [{"Next": "A", "ErrorEquals": "E"}]}`),
		`state "A": Catch[0]: ErrorEquals: must be an array, not a string`},
	{"a string as a number of attempts",
		states(`"A": {"Type": "Task", "End": true, "Retry": [{}, {"MaxAttempts": "3"}]}`),
		`state "A": Retry[1]: MaxAttempts: must be a number, not a string`},
	{"a list as a backoff rate",
		states(`"A": {"Type": "Task", "End": true, "Retry": [{"BackoffRate": [2]}]}`),
		`state "A": Retry[0]: BackoffRate: must be a number, not an array`},
	{"no branches", states(`"A": {"Type": "Parallel", "End": true}`), `state "A": it has no Branches`},
	{"no item processor", states(`"A": {"Type": "Map", "End": true}`), `state "A": it has no ItemProcessor`},
	{"an empty branch",
		states(`"A": {"Type": "Parallel", "End": true, "Branches": [
			{"StartAt": "B", "States": {"B": {"Type": "Succeed"}}}, {}]}`),
		`state "A": Branches[1]: it has no States`},
	{"an invalid state in a branch",
		states(`"A": {"Type": "Map", "End": true, "ItemProcessor": {
			"StartAt": "B", "States": {"B": {"Type": "Pass"}}}}`),
		`state "A": ItemProcessor: state "B": it has neither Next nor End`},
	{"two states with one name", states(`"A": {"Type": "Succeed"}, "A": {"Type": "Fail"}`),
		`two states have the name "A"`},
	{"the same name in a branch",
		states(`"A": {"Type": "Map", "End": true, "Iterator": {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}}`),
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
				t.Fatalf("got %v, want a problem with a next step", err)
			}
			if got := p.Err.Error(); got != test.want {
				t.Errorf("got\n%q, want\n%q", got, test.want)
			}
		})
	}
}

// nestedMaps returns a definition with nested Map states.
func nestedMaps(depth int) string {
	text := `"s": {"Type": "Succeed"}`
	for i := range depth {
		name := fmt.Sprint(i)
		start := strings.SplitN(text, `"`, 3)[1]
		text = fmt.Sprintf(`"%s": {"Type": "Map", "End": true, "Iterator": {"StartAt": "%s", "States": {%s}}}`,
			name, start, text)
	}
	return fmt.Sprintf(`{"StartAt": "%d", "States": {%s}}`, depth-1, text)
}

// nestedRules returns a definition with nested rules, alternately Not and Or.
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
	for name, nest := range map[string]func(int) string{"state machines": nestedMaps, "rules": nestedRules} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := Parse([]byte(nest(maxDepth))); err != nil {
				t.Errorf("depth %d: got error %v", maxDepth, err)
			}
			want := fmt.Sprintf("%s are nested more than %d levels deep", name, maxDepth)
			for _, depth := range []int{maxDepth + 1, 500} {
				if _, err := Parse([]byte(nest(depth))); err == nil || !strings.HasSuffix(err.Error(), want) {
					t.Errorf("depth %d: got error %v, want it to end with %q", depth, err, want)
				}
			}
		})
	}
}
