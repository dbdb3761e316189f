package graph

import (
	"strings"
	"testing"
)

func TestAConditionIsAFewWords(t *testing.T) {
	t.Parallel()
	for rule, want := range map[string]string{
		`{"Variable": "$.a", "StringEquals": "x"}`:                                           `$.a = "x"`,
		`{"Variable": "$.a", "StringEqualsPath": "$.b"}`:                                     `$.a = $.b`,
		`{"Variable": "$.a", "StringMatches": "x*"}`:                                         `$.a matches "x*"`,
		`{"Variable": "$.a", "NumericLessThan": 1.50}`:                                       `$.a < 1.50`,
		`{"Variable": "$.a", "NumericLessThanEqualsPath": "$.b"}`:                            `$.a ≤ $.b`,
		`{"Variable": "$.a", "TimestampGreaterThanEquals": "2026-01-01T00:00:00Z"}`:          `$.a ≥ "2026-01-01T00:00:00Z"`,
		`{"Variable": "$.a", "BooleanEquals": false}`:                                        `$.a = false`,
		`{"Variable": "$.a", "IsNull": true}`:                                                `$.a is null`,
		`{"Variable": "$.a", "IsPresent": false}`:                                            `$.a is not present`,
		`{"Or": [{"Variable": "$.a", "IsNull": true}, {"Variable": "$.b", "IsNull": true}]}`: `$.a is null or $.b is null`,
		`{"Not": {"Variable": "$.a", "IsNull": true}}`:                                       `not ($.a is null)`,
		`{"Not": {"Not": {"Not": {"Not": {"Not": {}}}}}}`:                                    `not (not (not (not (…))))`,
		`{"Condition": "{% $states.input.a = 'x' %}"}`:                                       `$states.input.a = 'x'`,
		`{"Variable": "$.a", "Smells": "good", "Comment": "NumericEquals"}`:                  `$.a`,
		`{"Variable": "$.a", "StringEquals": "` + strings.Repeat("ä", 100) + `"}`:            `$.a = "` + strings.Repeat("ä", 52) + `…`,
		`{"Variable": "$.a\u001b[31m", "StringEquals": "b\nc"}`:                              `$.a [31m = "b c"`,
	} {
		g := parse(t, `{"StartAt": "C", "States": {"C": {"Type": "Choice", "Choices": [`+strings.TrimSuffix(rule, "}")+`, "Next": "D"}]}, "D": {"Type": "Succeed"}}}`)
		if got := g.Transitions[1].Labels[0]; got != want {
			t.Errorf("%s is %q, expected %q", rule, got, want)
		}
	}
}

func TestARetrierIsAFewWordsAndSaysItsDefaults(t *testing.T) {
	t.Parallel()
	for retrier, want := range map[string]string{
		`{"ErrorEquals": ["E"]}`:                   "retry 3× E, after 1 s ×2",
		`{"ErrorEquals": ["E"], "MaxAttempts": 0}`: "no retry of E",
		`{"ErrorEquals": ["E"], "MaxAttempts": 1, "IntervalSeconds": 30, "BackoffRate": 9}`:                          "retry 1× E, after 30 s",
		`{"ErrorEquals": ["E", "F", "G"], "MaxAttempts": 2, "BackoffRate": 1.5}`:                                     "retry 2× E and 2 more, after 1 s ×1.5",
		`{"ErrorEquals": ["E"], "MaxAttempts": 99, "IntervalSeconds": 0.5, "BackoffRate": 1}`:                        "retry 99× E, after 0.5 s",
		`{"ErrorEquals": ["E"], "MaxAttempts": "{% $n %}", "IntervalSeconds": "{% $i %}", "BackoffRate": "${Rate}"}`: "retry $n× E, after $i ×${Rate}",
	} {
		g := parse(t, `{"StartAt": "T", "States": {"T": {"Type": "Task", "End": true, "Retry": [`+retrier+`]}}}`)
		if got := g.States[0].Retry[0]; got != want {
			t.Errorf("%s is %q, expected %q", retrier, got, want)
		}
	}
}

func TestAWaitSaysHowLongInEveryForm(t *testing.T) {
	t.Parallel()
	for fields, want := range map[string]string{
		`"Seconds": 10`:                       "Wait · 10 s",
		`"Seconds": "{% $delay %}"`:           "Wait · $delay",
		`"SecondsPath": "$.delay"`:            "Wait · $.delay",
		`"Timestamp": "2026-01-01T00:00:00Z"`: "Wait · 2026-01-01T00:00:00Z",
		`"TimestampPath": "$.then"`:           "Wait · $.then",
		`"Comment": "for nothing"`:            "Wait",
	} {
		g := parse(t, `{"StartAt": "W", "States": {"W": {"Type": "Wait", "End": true, `+fields+`}}}`)
		if got := g.States[0].Kind(); got != want {
			t.Errorf("%s is %q, expected %q", fields, got, want)
		}
	}
}
