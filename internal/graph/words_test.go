package graph

import (
	"strings"
	"testing"

	"retrycatch/internal/history"
)

// mustParseChoice returns a graph with a Choice state that has these fields. Its rules can lead to
// the state D.
func mustParseChoice(t *testing.T, fields string) *Graph {
	t.Helper()
	return mustParse(t, `{"StartAt": "C", "States": {"C": {"Type": "Choice", `+fields+`}, "D": {"Type": "Succeed"}}}`)
}

func TestCondition(t *testing.T) {
	long := `{"Variable": "$.a", "StringEquals": "` + strings.Repeat("x", 30) + `"}`
	t.Parallel()
	const two = `[{"Variable": "$.a", "NumericEquals": 1}, {"Variable": "$.b", "NumericEquals": 2}]`
	const and, or = `{"And": ` + two + `}`, `{"Or": ` + two + `}`
	for _, test := range []struct{ rule, want string }{
		{`{"Variable": "$.a", "StringEquals": "x"}`, `$.a = "x"`},
		{`{"Variable": "$.a", "StringEqualsPath": "$.b"}`, `$.a = $.b`},
		{`{"Variable": "$.a", "StringMatches": "x*"}`, `$.a matches "x*"`},
		{`{"Variable": "$.a", "NumericLessThan": 1.50}`, `$.a < 1.50`},
		{`{"Variable": "$.a", "NumericLessThanEqualsPath": "$.b"}`, `$.a ≤ $.b`},
		{`{"Variable": "$.a", "TimestampGreaterThanEquals": "2026-01-01T00:00:00Z"}`, `$.a ≥ "2026-01-01T00:00:00Z"`},
		{`{"Variable": "$.a", "BooleanEquals": false}`, `$.a = false`},
		{`{"Variable": "$.a", "IsNull": true}`, `$.a is null`},
		{`{"Variable": "$.a", "IsPresent": false}`, `$.a is not present`},
		{
			`{"Or": [{"Variable": "$.a", "IsNull": true}, {"Variable": "$.b", "IsNull": true}]}`,
			`$.a is null or $.b is null`,
		},
		{`{"Not": {"Variable": "$.a", "IsNull": true}}`, `not ($.a is null)`},
		{`{"Not": {"Not": {"Not": {"Not": {"Not": {}}}}}}`, `not (not (not (not (not (no condition)))))`},
		{`{"Condition": "{% $states.input.a = 'x' %}"}`, `$states.input.a = 'x'`},
		{`{"Condition": true}`, `true`},
		{`{"Condition": "{% %}"}`, `no condition`},
		{`{"Condition": "  "}`, `no condition`},
		{`{"Comment": "nothing"}`, `no condition`},
		{`{"And": []}`, `no condition`},
		{`{"Not": {"Or": [{"Variable": "$.a", "IsNull": true}]}}`, `not ($.a is null)`},
		{`{"Variable": "$.a", "NumericGreaterThan": "${Max}"}`, `$.a > ${Max}`},
		{`{"Variable": "$.a", "BooleanEquals": "${Flag}"}`, `$.a = ${Flag}`},
		{`{"Variable": "$.a", "StringEquals": "${Text}"}`, `$.a = "${Text}"`},
		{`{"Variable": "$.a", "IsPresent": "${Flag}"}`, `$.a is present = ${Flag}`},
		{`{"And": [` + or + `, {"Variable": "$.n", "NumericGreaterThan": 5}]}`, `($.a = 1 or $.b = 2) and $.n > 5`},
		{`{"Or": [` + and + `, {"Not": ` + or + `}]}`, `($.a = 1 and $.b = 2) or not ($.a = 1 or $.b = 2)`},
		{`{"Not": ` + and + `}`, `not ($.a = 1 and $.b = 2)`},
		{`{"And": [` + and + `, ` + and + `]}`, `$.a = 1 and $.b = 2 and $.a = 1 and $.b = 2`},
		{`{"And": [` + or + `]}`, `$.a = 1 or $.b = 2`},
		{
			`{"And": [{"Or": [` + and +
				`, {"Variable": "$.c", "IsNull": true}]}, {"Variable": "$.d", "IsNull": true}]}`,
			`(($.a = 1 and $.b = 2) or $.c is null) and $.d is null`,
		},
		{`{"Variable": "$.a", "Smells": "good", "Comment": "NumericEquals"}`, `$.a (no known operator)`},
		{
			`{"Variable": "$.a", "StringEquals": "` + strings.Repeat("ä", 100) + `"}`,
			`$.a = "` + strings.Repeat("ä", 52) + `…`,
		},
		{`{"Variable": "$.a\u001b[31m", "StringEquals": "b\nc"}`, `$.a [31m = "b c"`},
		{`{"Variable": "$.a", "StringEquals": "b\" or \"c"}`, `$.a = "b\" or \"c"`},
		// Truncation closes open brackets.
		{
			`{"And": [{"Or": [` + long + `, ` + long + `]}, ` + long + `]}`,
			`($.a = "` + strings.Repeat("x", 30) + `" or $.a = "` + strings.Repeat("x", 8) + `…)`,
		},
	} {
		rule, want := test.rule, test.want
		g := mustParseChoice(t, `"Choices": [`+strings.TrimSuffix(rule, "}")+`, "Next": "D"}]`)
		if got := g.Transitions[1].Labels[0]; got != want {
			t.Errorf("%s: got %q, want %q", rule, got, want)
		}
	}
}

func TestChoicesWithSameTarget(t *testing.T) {
	t.Parallel()
	jsonata := func(text string) string { return `{"Condition": "{% ` + text + ` %}", "Next": "D"}` }
	const and = `{"And": [{"Variable": "$.a", "IsNull": true}, {"Variable": "$.b", "IsNull": true}], "Next": "D"}`
	const or = `{"Or": [{"Variable": "$.a", "IsNull": true}, {"Variable": "$.b", "IsNull": true}], "Next": "D"}`
	for rules, want := range map[string]string{
		and:                  "$.a is null and $.b is null",
		and + "," + or:       "($.a is null and $.b is null) or $.a is null or $.b is null",
		jsonata("$a and $b"): "$a and $b",
		jsonata("$a") + "," + jsonata("$b = 'x and y'"):         "$a or $b = 'x and y'",
		jsonata("$a") + "," + jsonata("$b or $c"):               "$a or ($b or $c)",
		jsonata("$a") + "," + jsonata("$b and ($c)"):            "$a or ($b and ($c))",
		jsonata("($a and $b)") + "," + jsonata("f($c or $d)"):   "($a and $b) or f($c or $d)",
		jsonata("$a ? $b : $c") + "," + jsonata("$android"):     "($a ? $b : $c) or $android",
		jsonata("a.and.b") + "," + jsonata(`$x['\\' or '] = 1`): `a.and.b or $x['\' or '] = 1`,
	} {
		g := mustParseChoice(t, `"Choices": [`+rules+`]`)
		if got := describeReason(g.Transitions[1], shortLabels(g.Transitions[1])); got != "if "+want {
			t.Errorf("%s: got %q, want %q", rules, got, want)
		}
		lines := g.Plain().LabelLines(g.Transitions[1])
		if got := strings.Join(lines, " "); got != want {
			t.Errorf("%s: got lines %q, want %q", rules, lines, want)
		}
	}
	withDefault := mustParseChoice(t, `"Choices": [`+and+`], "Default": "D"`).Transitions[1]
	const want = "if ($.a is null and $.b is null) or default"
	if got := describeReason(withDefault, shortLabels(withDefault)); got != want {
		t.Errorf("default: got %q, want %q", got, want)
	}
	long := strings.Repeat("x", 70)
	got := mustParseChoice(t, `"Choices": [`+jsonata("$a and "+long)+`,`+jsonata("$b")+`]`).Transitions[1].Labels[0]
	if !strings.HasPrefix(got, "($a and xxx") || !strings.HasSuffix(got, "x…)") || len([]rune(got)) != maxDetailLength {
		t.Errorf("long condition: got %q, want it truncated, with closed brackets", got)
	}
}

// TestEmptyNames checks that blank names and empty error lists have visible labels.
func TestEmptyNames(t *testing.T) {
	t.Parallel()
	g := mustParse(t, `{"StartAt": "A", "States": {
		"A": {"Type": "Task", "End": true, "Retry": [{"ErrorEquals": []}, {"ErrorEquals": ["", "E"]}],
			"Catch": [{"ErrorEquals": [], "Next": " "}, {"ErrorEquals": [""], "Next": "B"}]},
		" ": {"Type": "Succeed"}, "B": {"Type": "Succeed"}}}`)
	got := drawText(g.Plain())
	for _, want := range []string{
		"retry 3× no error, after",
		`retry 3× "" and 1 more, after`,
		`→ End`,
		`↷ " "  on no error`,
		`↷ B  on ""`,
		`□ " "  (Succeed)`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("got\n%s\nwant it to contain %q", got, want)
		}
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ fields, want string }{
		{`"Type": "Task", "TimeoutSeconds": 30`, "Task · times out after 30 s"},
		{
			`"Type": "Task", "TimeoutSecondsPath": "$.t", "HeartbeatSeconds": "${Beat}"`,
			"Task · times out after $.t, heartbeat within ${Beat} s",
		},
		{`"Type": "Map", "MaxConcurrency": "${Max}"`, "Map · for each item, at most ${Max} at a time"},
		{`"Type": "Map", "MaxConcurrency": 0`, "Map · for each item"},
		{`"Type": "Map", "MaxConcurrency": "{% $n %}"`, "Map · for each item, at most $n at a time"},
		{
			`"Type": "Map", "ToleratedFailureCount": 3, "ToleratedFailurePercentage": "${P}"`,
			"Map · for each item, tolerated failures: 3, tolerated failures: ${P}%",
		},
		{`"Type": "Map", "ToleratedFailureCountPath": "$.n"`, "Map · for each item, tolerated failures: $.n"},
		{`"Type": "Wait", "Seconds": "${S}"`, "Wait · ${S} s"},
		{`"Type": "Wait", "Seconds": 1e300`, "Wait · 1e+300 s"},
	} {
		fields, want := test.fields, test.want
		g := mustParse(t, `{"StartAt": "A", "States": {"A": {`+fields+`, "End": true,
			"Iterator": {"StartAt": "B", "States": {"B": {"Type": "Succeed"}}}}}}`)
		if got := g.States[0].Summary(); got != want {
			t.Errorf("%s: got %q, want %q", fields, got, want)
		}
	}
	g := mustParse(t, `{"StartAt": "A", "TimeoutSeconds": "${T}", "States": {"A": {"Type": "Succeed"}}}`)
	text, mermaid := drawText(g.Plain()), g.Plain().Mermaid()
	if !strings.HasPrefix(text, "○ Start  (execution times out after ${T} s)\n") ||
		!strings.Contains(mermaid, `start -->|"execution times out after $#123;T#125; s"| s1`) {
		t.Errorf("got\n%s\n%s\nwant the time limit in both drawings", text, mermaid)
	}
}

func TestVisitNotes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		visits []history.StepStatus
		want   string
	}{
		"one":           {[]history.StepStatus{caught}, "↷ caught"},
		"two":           {[]history.StepStatus{caught, succeeded}, "↷ visit 1 caught; ✓ visit 2 succeeded"},
		"success first": {[]history.StepStatus{succeeded, caught}, "✓ visit 1 succeeded; ↷ visit 2 caught"},
		"three": {
			[]history.StepStatus{caught, caught, running},
			"↷ visit 1 caught; ↷ visit 2 caught; … visit 3 running",
		},
		"many": {
			[]history.StepStatus{caught, succeeded, succeeded, succeeded, succeeded},
			"↷ 5 visits: 4 succeeded, 1 caught",
		},
		"many, equal counts": {
			[]history.StepStatus{succeeded, caught, succeeded, caught},
			"↷ 4 visits: 2 caught, 2 succeeded",
		},
		"equal outcomes": {[]history.StepStatus{succeeded, succeeded}, "✓ 2 visits succeeded"},
		"none":           {nil, ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var steps []history.Step
			for _, status := range tc.visits {
				steps = append(steps, newStep("Call API", len(steps)-1, 0, status))
			}
			trace := projectGraph(t).Trace(steps)
			var notes []string
			for _, note := range trace.Tally(trace.States[0]).Notes() {
				notes = append(notes, note.String())
			}
			if got := strings.Join(notes, "; "); got != tc.want {
				t.Errorf("got notes %q, want %q", got, tc.want)
			}
		})
	}
}

func TestFullLabelLines(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 70)
	g := mustParse(t, `{"StartAt": "C", "States": {"C": {"Type": "Choice", "Choices": [
		{"Condition": "{% $a and '`+long+`' %}", "Next": "T"}, {"Condition": "{% $b\u001b %}", "Next": "T"},
		{"Condition": "{% $c = '`+long+`' %}", "Next": "T"}, {"Condition": "{% $d %}", "Next": "T"}]},
		"T": {"Type": "Task", "End": true, "Catch": [{"ErrorEquals": ["A", "B", "C", "`+long+`"], "Next": "C"}]}}}`)
	trace := g.Trace(linkSteps(newStep("C", 0, 0, succeeded), newStep("T", 0, 0, caught), newStep("C", 0, 0, succeeded),
		newStep("T", 0, 0, caught)))
	want := map[Kind]string{
		Choice: "($a and '" + long + "') | or $b  | or $c = '" + long + "' | or $d | 2 times",
		Catch:  "A | B | C | " + long,
	}
	for _, transition := range g.Transitions {
		got := strings.Join(trace.FullLabelLines(transition), " | ")
		if want := want[transition.Kind]; want != "" && got != want {
			t.Errorf("got the full label %q, want %q", got, want)
		}
		if short := strings.Join(trace.LabelLines(transition), " | "); strings.Contains(short, long) {
			t.Errorf("got the label %q, want it truncated", short)
		}
	}
}
