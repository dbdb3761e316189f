package graph

import "testing"

func TestRetrier(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ retrier, want string }{
		{`{"ErrorEquals": ["E"]}`, "retry 3× E, after 1 s, then 2 s, 4 s"},
		{`{"ErrorEquals": ["E"], "MaxAttempts": 0}`, "no retry of E"},
		{`{"MaxAttempts": 1, "IntervalSeconds": 30, "BackoffRate": 9}`, "retry 1× no error, after 30 s"},
		{
			`{"ErrorEquals": ["E", "F", "G"], "MaxAttempts": 2, "BackoffRate": 1.5}`,
			"retry 2× E and 2 more, after 1 s, then 1.5 s",
		},
		{
			`{"ErrorEquals": ["E"], "MaxAttempts": 99, "IntervalSeconds": 0.5, "BackoffRate": 1}`,
			"retry 99× E, after 0.5 s each",
		},
		{`{"ErrorEquals": ["E"], "MaxAttempts": 2, "BackoffRate": 1}`, "retry 2× E, after 1 s each"},
		{`{"ErrorEquals": ["E"], "MaxAttempts": 4}`, "retry 4× E, after 1 s, then 2 s, 4 s, 8 s"},
		{`{"ErrorEquals": ["E"], "MaxAttempts": 8}`, "retry 8× E, after 1 s, then 2 s, 4 s, …, 128 s"},
		{
			`{"ErrorEquals": ["E"], "MaxAttempts": 8, "MaxDelaySeconds": 60}`,
			"retry 8× E, after 1 s, then 2 s, 4 s, …, 60 s",
		},
		{
			`{"ErrorEquals": ["E"], "MaxAttempts": 8, "IntervalSeconds": 10, "MaxDelaySeconds": 15}`,
			"retry 8× E, after 10 s, then 15 s each",
		},
		{
			`{"ErrorEquals": ["E"], "MaxAttempts": 5, "BackoffRate": 1.5}`,
			"retry 5× E, after 1 s, then 1.5 s, 2.25 s, …, 5.06 s",
		},
		{
			`{"ErrorEquals": ["E"], "MaxAttempts": 99999999}`,
			"retry 99999999× E, after 1 s, then 2 s, 4 s, …, over 31 years",
		},
		{
			`{"ErrorEquals": ["E"], "JitterStrategy": "FULL"}`,
			"retry 3× E, after up to 1 s, then 2 s, 4 s (full jitter)",
		},
		{`{"ErrorEquals": ["E"], "JitterStrategy": "NONE"}`, "retry 3× E, after 1 s, then 2 s, 4 s"},
		{
			`{"ErrorEquals": ["E"], "JitterStrategy": "${Jitter}"}`,
			"retry 3× E, after 1 s, then 2 s, 4 s (jitter ${Jitter})",
		},
		{
			`{"ErrorEquals": ["E"], "MaxAttempts": "${Max}", "IntervalSeconds": "${Wait}"}`,
			"retry ${Max}× E, after ${Wait} s, then ×2 each time",
		},
		{`{"ErrorEquals": ["E"], "MaxAttempts": "${Max}", "BackoffRate": 1}`, "retry ${Max}× E, after 1 s each"},
		{`{"ErrorEquals": ["E"], "MaxAttempts": 1, "IntervalSeconds": "${Wait}"}`, "retry 1× E, after ${Wait} s"},
		{
			`{"ErrorEquals": ["E"], "MaxAttempts": "{% $n %}", "IntervalSeconds": "{% $i %}", ` +
				`"BackoffRate": "${Rate}", "MaxDelaySeconds": 9}`,
			"retry $n× E, after $i, then ×${Rate} each time, at most 9 s",
		},
	} {
		retrier, want := test.retrier, test.want
		g := mustParse(t, `{"StartAt": "T", "States": {"T": {"Type": "Task", "End": true, "Retry": [`+retrier+`]}}}`)
		if got := g.States[0].Retry[0]; got != want {
			t.Errorf("%s: got %q, want %q", retrier, got, want)
		}
	}
}

func TestWaitState(t *testing.T) {
	t.Parallel()
	for fields, want := range map[string]string{
		`"Seconds": 10`:                       "Wait · 10 s",
		`"Seconds": "{% $delay %}"`:           "Wait · $delay",
		`"SecondsPath": "$.delay"`:            "Wait · $.delay",
		`"Timestamp": "2026-01-01T00:00:00Z"`: "Wait · 2026-01-01T00:00:00Z",
		`"TimestampPath": "$.then"`:           "Wait · $.then",
		`"Comment": "no duration"`:            "Wait",
	} {
		g := mustParse(t, `{"StartAt": "W", "States": {"W": {"Type": "Wait", "End": true, `+fields+`}}}`)
		if got := g.States[0].Summary(); got != want {
			t.Errorf("%s: got %q, want %q", fields, got, want)
		}
	}
}
