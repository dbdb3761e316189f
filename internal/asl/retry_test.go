package asl

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"
)

func TestErrorNamesMatch(t *testing.T) {
	t.Parallel()
	tests := []struct {
		names   ErrorNames
		match   []string
		noMatch []string
	}{
		{ErrorNames{"States.ALL"},
			[]string{"Custom", "Lambda.ServiceException", "States.TaskFailed", "States.Timeout",
				"States.HeartbeatTimeout", "States.Permissions", "States.BranchFailed"},
			[]string{"States.DataLimitExceeded", "States.Runtime"}},
		{ErrorNames{"States.TaskFailed"},
			[]string{"Custom", "Lambda.ServiceException", "States.TaskFailed", "States.Permissions"},
			[]string{"States.Timeout", "States.HeartbeatTimeout", "States.DataLimitExceeded", "States.Runtime"}},
		{ErrorNames{"States.Timeout"}, []string{"States.Timeout", "States.HeartbeatTimeout"},
			[]string{"Custom", "States.TaskFailed"}},
		{ErrorNames{"States.HeartbeatTimeout"}, []string{"States.HeartbeatTimeout"},
			[]string{"Custom", "States.Timeout"}},
		{ErrorNames{"States.DataLimitExceeded"}, []string{"States.DataLimitExceeded"},
			[]string{"Custom", "States.Runtime"}},
		{ErrorNames{"States.Runtime"}, []string{"States.Runtime"}, []string{"Custom", "States.DataLimitExceeded"}},
		{ErrorNames{"A", "B"}, []string{"A", "B"}, []string{"a", "AB", "", "States.ALL"}},
		{nil, nil, []string{"A", ""}},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.names), func(t *testing.T) {
			t.Parallel()
			for _, err := range slices.Concat(test.match, test.noMatch) {
				if got, want := test.names.Match(err), slices.Contains(test.match, err); got != want {
					t.Errorf("Match(%q) = %v, want %v", err, got, want)
				}
			}
		})
	}
}

func newTask(t *testing.T, retriers string) *State {
	t.Helper()
	return mustParse(t, states(`"A": {"Type": "Task", "End": true, "Retry": [`+retriers+`]}`)).State("A")
}

// backoffs returns the wait after each of these successive errors, or -1 if no retry follows or the
// wait is unknown.
func backoffs(s *State, errors ...string) []time.Duration {
	var waits []time.Duration
	for n := range errors {
		wait, ok := s.Backoff(errors[:n+1])
		if !ok {
			wait = -1
		}
		waits = append(waits, wait)
	}
	return waits
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	const none = -1 // no retry, or an unknown wait
	tests := []struct {
		name, retriers string
		errors         []string
		want           []time.Duration
	}{
		{"defaults", `{"ErrorEquals": ["E"]}`, slices.Repeat([]string{"E"}, 5),
			[]time.Duration{1, 2, 4, none, none}},
		{"null numbers",
			`{"ErrorEquals": ["E"], "IntervalSeconds": null, "MaxAttempts": null, "BackoffRate": null,
			  "MaxDelaySeconds": null}`,
			slices.Repeat([]string{"E"}, 4), []time.Duration{1, 2, 4, none}},
		{"all numbers",
			`{"ErrorEquals": ["E"], "IntervalSeconds": 3, "MaxAttempts": 4, "BackoffRate": 3, "MaxDelaySeconds": 20}`,
			slices.Repeat([]string{"E"}, 5), []time.Duration{3, 9, 20, 20, none}},
		{"limit not reached", `{"ErrorEquals": ["E"], "MaxDelaySeconds": 5}`,
			slices.Repeat([]string{"E"}, 4), []time.Duration{1, 2, 4, none}},
		{"jitter", `{"ErrorEquals": ["E"], "JitterStrategy": "FULL"}`, slices.Repeat([]string{"E"}, 4),
			[]time.Duration{1, 2, 4, none}},
		{"one retry", `{"ErrorEquals": ["E"], "MaxAttempts": 1}`, []string{"E", "E"}, []time.Duration{1, none}},
		{"no retries", `{"ErrorEquals": ["E"], "MaxAttempts": 0}, {"ErrorEquals": ["States.ALL"]}`,
			[]string{"E", "F"}, []time.Duration{none, 1}},
		{"no retrier", ``, []string{"E"}, []time.Duration{none}},
		{"no retrier for the error", `{"ErrorEquals": ["E"]}`, []string{"F", "E", "F"},
			[]time.Duration{none, 1, none}},
		{"AWS documentation",
			`{"ErrorEquals": ["ErrorA", "ErrorB"], "IntervalSeconds": 1, "BackoffRate": 2.0, "MaxAttempts": 2},
			 {"ErrorEquals": ["ErrorC"], "IntervalSeconds": 5}`,
			[]string{"ErrorA", "ErrorB", "ErrorC", "ErrorB"}, []time.Duration{1, 2, 5, none}},
		{"first matching retrier",
			`{"ErrorEquals": ["E"], "MaxAttempts": 1}, {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 7}`,
			[]string{"E", "E", "F"}, []time.Duration{1, none, 7}},
		{"States.Runtime", `{"ErrorEquals": ["States.Runtime", "E"]}`,
			[]string{"States.Runtime", "E"}, []time.Duration{none, 1}},
		{"States.DataLimitExceeded", `{"ErrorEquals": ["States.DataLimitExceeded"]}`,
			[]string{"States.DataLimitExceeded"}, []time.Duration{1}},
		{"expression for the interval", `{"ErrorEquals": ["E"], "IntervalSeconds": "{% $i %}"}`,
			[]string{"E"}, []time.Duration{none}},
		{"expression for the attempts", `{"ErrorEquals": ["E"], "MaxAttempts": "{% $n %}"}`,
			[]string{"E"}, []time.Duration{none}},
		{"expression for the rate", `{"ErrorEquals": ["E"], "BackoffRate": "{% $r %}"}`, []string{"E"},
			[]time.Duration{none}},
		{"expression for the limit", `{"ErrorEquals": ["E"], "MaxDelaySeconds": "{% $m %}"}`, []string{"E"},
			[]time.Duration{none}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			want := slices.Clone(test.want)
			for i := range want {
				if want[i] != none {
					want[i] *= time.Second
				}
			}
			if got := backoffs(newTask(t, test.retriers), test.errors...); !slices.Equal(got, want) {
				t.Errorf("got waits %v, want %v", got, want)
			}
		})
	}
}

func TestProjectBackoff(t *testing.T) {
	t.Parallel()
	const tooMany, throttled = "TooManyRequestsException", "Lambda.TooManyRequestsException"
	got := backoffs(projectDefinition(t).State("Call API"), tooMany, throttled, throttled, tooMany, tooMany)
	want := []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 2 * time.Second, -1}
	if !slices.Equal(got, want) {
		t.Errorf("got waits %v, want %v", got, want)
	}
}

// TestLongWaits checks that the maximum duration limits long waits, so they do not overflow.
func TestLongWaits(t *testing.T) {
	t.Parallel()
	s := newTask(t, `{"ErrorEquals": ["E"], "BackoffRate": 1e300, "MaxAttempts": 99999999}`)
	if wait, ok := s.Backoff([]string{"E", "E", "E"}); wait != math.MaxInt64 || !ok {
		t.Errorf("got wait %v, %v, want the maximum duration, true", wait, ok)
	}
	const longest = time.Duration(math.MaxInt64)
	for seconds, want := range map[float64]time.Duration{
		longest.Seconds(): longest, 1e300: longest, math.Inf(1): longest, math.NaN(): longest,
		-1: 0, 0.25: time.Second / 4,
	} {
		if got := secondsToDuration(seconds); got != want {
			t.Errorf("%v seconds: got %v, want %v", seconds, got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, wait string
		want       time.Duration
		ok         bool
	}{
		{"seconds", `"Seconds": 90`, 90 * time.Second, true},
		{"zero", `"Seconds": 0`, 0, true},
		{"expression", `"Seconds": "{% $s %}"`, 0, false},
		{"path", `"SecondsPath": "$.s"`, 0, false},
		{"timestamp", `"Timestamp": "2026-01-01T00:00:00Z"`, 0, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := mustParse(t, states(`"A": {"Type": "Wait", "End": true, `+test.wait+`}`)).State("A")
			if got, ok := s.Duration(); got != test.want || ok != test.ok {
				t.Errorf("got %v, %v, want %v, %v", got, ok, test.want, test.ok)
			}
		})
	}
}
