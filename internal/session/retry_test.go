package session

import (
	"context"
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"retrycatch/internal/awsstub"
	"retrycatch/test/faults"
)

// A refused connection costs no time, so later calls still try to connect.
func TestRefusedConnection(t *testing.T) {
	t.Parallel()
	const closed = "http://127.0.0.1:1" // no test can listen on port 1
	for name, test := range map[string]struct {
		attempts int    // the user's limit
		want     string // end of the last notice; empty if no notice is expected
	}{
		"no limit":   {0, "attempt 3 of 3"},
		"limit of 4": {4, "attempt 4 of 4"},
		"limit of 1": {1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newLimitedConfig(t, closed, test.attempts)
			for range 2 {
				c.notices = nil
				err := calls["iam:ListRoles"](t.Context(), c.Config)
				requireProblems(t, Explain(err), "no response from "+closed)
				last := strings.Join(c.notices[max(0, len(c.notices)-1):], "")
				if !strings.HasSuffix(last, test.want) || test.want == "" && last != "" {
					t.Errorf("got the notices %q, want the last notice to end with %q", c.notices, test.want)
				}
			}
		})
	}
}

func TestRetryAfterResponse(t *testing.T) {
	t.Parallel()
	const name = "states:ListExecutions"
	proxy := faults.Start(t, startEmptyAWS(t), faults.Options{Rules: []faults.Rule{{Operation: name,
		Fault: faults.CutRequest, Calls: func(n int, _ float64) bool { return n > 1 && n < 6 }}}})
	c := newLimitedConfig(t, proxy.URL, 0)
	for range 2 {
		if err := calls[name](t.Context(), c.Config); err != nil {
			t.Errorf("got the error %v", err)
		}
	}
	if len(c.notices) != 4 || !strings.HasSuffix(c.notices[3], "; attempt 5 of 12") {
		t.Errorf("got the notices %q, want 4, the last one about attempt 5 of 12", c.notices)
	}
}

func TestNoNotice(t *testing.T) {
	t.Parallel()
	throttled := faults.Start(t, startEmptyAWS(t), faults.Options{Rules: []faults.Rule{
		{Operation: "*", Calls: faults.Nth(1), Fault: faults.Throttle}}})
	c := newLimitedConfig(t, throttled.URL, 0)
	if err := calls["iam:ListRoles"](t.Context(), c.Config); err != nil || len(c.notices) > 0 {
		t.Errorf("throttling: got the error %v and the notices %q, want neither", err, c.notices)
	}

	untrusted := httptest.NewTLSServer(nil)
	t.Cleanup(untrusted.Close)
	c = newLimitedConfig(t, untrusted.URL, 0)
	lost := (*LostError)(nil)
	if err := calls["iam:ListRoles"](t.Context(), c.Config); !errors.As(err, &lost) || len(c.notices) > 0 {
		t.Errorf("untrusted certificate: got the error %v and the notices %q, want a LostError only", err, c.notices)
	}
}

// An interrupt is not reported as a lost response.
func TestLostResponseInterrupted(t *testing.T) {
	t.Parallel()
	const name = "states:ListExecutions"
	for fault, behavior := range map[string]faults.Behavior{
		"no response": faults.NoResponse(name, 0), "stalled body": faults.StalledBody(name, 0)} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			proxy := faults.Start(t, startEmptyAWS(t), faults.Options{Behaviors: []faults.Behavior{behavior},
				OnCall: func(string, int) { cancel() }})
			c := newLimitedConfig(t, proxy.URL, 0)
			c.limits.timeout = time.Hour
			err := calls[name](ctx, c.Config)
			lost := (*LostError)(nil)
			if !errors.Is(err, context.Canceled) || errors.As(err, &lost) || len(c.notices) > 0 {
				t.Errorf("got the error %v and the notices %q, want only %v", err, c.notices, context.Canceled)
			}
		})
	}
}

// TestOpenLimitsCalls checks that the calls of a session have limits.
func TestOpenLimitsCalls(t *testing.T) {
	isolate(t, "")
	broken := faults.Start(t, startEmptyAWS(t), faults.Options{Rules: []faults.Rule{
		{Operation: "*", Calls: faults.Share(1), Fault: faults.CutRequest}}})
	for name, value := range map[string]string{"AWS_ENDPOINT_URL": broken.URL, "AWS_REGION": awsstub.Region,
		"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": awsstub.Secret} {
		t.Setenv(name, value)
	}
	var notices []string
	access := load(t, Options{Notify: func(notice string) { notices = append(notices, notice) }})
	_, err := access.Open(t.Context(), "")
	requireProblems(t, err, "no response from "+broken.URL)
	if len(notices) != 2 || !slices.ContainsFunc(notices, func(n string) bool {
		return strings.HasPrefix(n, "sts:GetCallerIdentity got no response: ") && strings.HasSuffix(n, "; attempt 3 of 3")
	}) {
		t.Errorf("got the notices %q, want 2, one of them about attempt 3 of sts:GetCallerIdentity", notices)
	}
}
