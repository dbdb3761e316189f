package faults

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/google/go-cmp/cmp"
)

func TestFaultOnce(t *testing.T) {
	t.Parallel()
	for fault, seen := range map[Fault]int{Throttle: 1, InternalError: 1, Unavailable: 1, CutRequest: 1, CutResponse: 2} {
		for operation, call := range sdkCalls {
			t.Run(string(fault)+" "+operation, func(t *testing.T) {
				t.Parallel()
				e := newEndpoint(t)
				p := Start(t, e.URL, Options{Rules: []Rule{{Operation: "*", Calls: Nth(1), Fault: fault}}})
				if err := call(t.Context(), sdkConfig(p.URL)); err != nil {
					t.Errorf("got the error %v, want a successful retry", err)
				}
				if e.calls() != seen {
					t.Errorf("the endpoint got %d calls, want %d", e.calls(), seen)
				}
				want := []Count{{Operation: operation, Calls: 2, Injected: map[Fault]int{fault: 1}}}
				if diff := cmp.Diff(want, p.Counts()); diff != "" {
					t.Errorf("counts (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestPermanentFault(t *testing.T) {
	t.Parallel()
	isThrottled := func(err error) bool {
		return retry.ThrottleErrorCode{Codes: retry.DefaultThrottleErrorCodes}.IsErrorThrottle(err) == aws.TrueTernary
	}
	hasStatus := func(code int) func(error) bool {
		return func(err error) bool {
			response := (*smithyhttp.ResponseError)(nil)
			api := smithy.APIError(nil)
			return errors.As(err, &response) && response.HTTPStatusCode() == code && !isThrottled(err) &&
				errors.As(err, &api) && api.ErrorCode() != "UnknownError"
		}
	}
	isConnectionError := func(err error) bool {
		api := smithy.APIError(nil)
		return retry.RetryableConnectionError{}.IsErrorRetryable(err) == aws.TrueTernary && !errors.As(err, &api)
	}
	for fault, test := range map[Fault]struct {
		matches func(error) bool
		seen    int // calls that reach the endpoint
	}{
		Throttle:      {isThrottled, 0},
		InternalError: {hasStatus(http.StatusInternalServerError), 0},
		Unavailable:   {hasStatus(http.StatusServiceUnavailable), 0},
		CutRequest:    {isConnectionError, 0},
		CutResponse:   {isConnectionError, retry.DefaultMaxAttempts},
	} {
		for operation, call := range sdkCalls {
			t.Run(string(fault)+" "+operation, func(t *testing.T) {
				t.Parallel()
				e := newEndpoint(t)
				p := Start(t, e.URL, Options{Rules: []Rule{{Operation: operation, Calls: Share(1), Fault: fault}}})
				if err := call(t.Context(), sdkConfig(p.URL)); !test.matches(err) {
					t.Errorf("got the error %v, which does not match the fault", err)
				}
				if e.calls() != test.seen {
					t.Errorf("the endpoint got %d calls, want %d", e.calls(), test.seen)
				}
				if faults := p.Counts()[0].Unresolved; faults != retry.DefaultMaxAttempts {
					t.Errorf("got %d unresolved faults, want one for each of %d attempts", faults, retry.DefaultMaxAttempts)
				}
			})
		}
	}
}

func TestCutResponse(t *testing.T) {
	t.Parallel()
	e := newEndpoint(t)
	p := Start(t, e.URL, Options{Rules: []Rule{{Operation: "*", Calls: Share(1), Fault: CutResponse}}})
	response, err := http.Get(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if !errors.Is(err, syscall.ECONNRESET) || response.StatusCode != http.StatusOK ||
		response.ContentLength != int64(len(emptyJSON)) || string(body) != emptyJSON[:len(emptyJSON)/2] {
		t.Errorf("got %d %q with Content-Length %d (%v), want half of the body and a connection reset",
			response.StatusCode, body, response.ContentLength, err)
	}
}

func TestS3Faults(t *testing.T) {
	t.Parallel()
	for fault, want := range map[Fault]struct {
		status int
		code   string
	}{
		Throttle:      {http.StatusServiceUnavailable, "<Error><Code>SlowDown</Code>"},
		InternalError: {http.StatusInternalServerError, "<Error><Code>InternalError</Code>"},
		Unavailable:   {http.StatusServiceUnavailable, "<Error><Code>ServiceUnavailable</Code>"},
	} {
		w := httptest.NewRecorder()
		faultResponse(&call{operation: "s3:PutObject", protocol: restXML}, fault).writeTo(w)
		if w.Code != want.status || !strings.HasPrefix(w.Body.String(), want.code) {
			t.Errorf("%s: got %d %s, want %d %s", fault, w.Code, w.Body, want.status, want.code)
		}
	}
}

func TestDelay(t *testing.T) {
	t.Parallel()
	const wait = 50 * time.Millisecond
	e := newEndpoint(t)
	p := Start(t, e.URL, Options{Rules: []Rule{{Operation: "iam:*", Calls: First(1), Fault: Delay, Wait: wait}}})
	start := time.Now()
	if err := sdkCalls["iam:GetRole"](t.Context(), sdkConfig(p.URL)); err != nil {
		t.Error(err)
	}
	if took := time.Since(start); took < wait {
		t.Errorf("got a response after %s, want at least %s", took, wait)
	}
	want := []Count{{Operation: "iam:GetRole", Calls: 1, Injected: map[Fault]int{Delay: 1}}}
	if diff := cmp.Diff(want, p.Counts()); diff != "" || e.calls() != 1 {
		t.Errorf("the endpoint got %d calls, want 1; counts (-want +got):\n%s", e.calls(), diff)
	}
}

func TestDown(t *testing.T) {
	t.Parallel()
	e := newEndpoint(t)
	var up func()
	p := Start(t, e.URL, Options{OnCall: func(_ string, n int) {
		if n == 3 {
			up()
		}
	}})
	up = p.Down()
	secondUp := p.Down()
	secondUp()
	secondUp() // calling it twice has no effect
	if err := sdkCalls["states:ListExecutions"](t.Context(), sdkConfig(p.URL)); err != nil {
		t.Errorf("third attempt, after up: %v", err)
	}
	want := []Count{{Operation: "states:ListExecutions", Calls: 3, Injected: map[Fault]int{downFault: 2}}}
	if diff := cmp.Diff(want, p.Counts()); diff != "" || e.calls() != 1 {
		t.Errorf("the endpoint got %d calls, want 1; counts (-want +got):\n%s", e.calls(), diff)
	}
}

// OnCall runs before the call reaches the endpoint.
func TestOnCall(t *testing.T) {
	t.Parallel()
	e := newEndpoint(t)
	var got []string
	p := Start(t, e.URL, Options{OnCall: func(operation string, n int) {
		if e.calls() != n-1 {
			t.Errorf("the endpoint got %d calls before call %d, want %d", e.calls(), n, n-1)
		}
		got = append(got, operation)
	}})
	for range 2 {
		if err := sdkCalls["iam:GetRole"](t.Context(), sdkConfig(p.URL)); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff([]string{"iam:GetRole", "iam:GetRole"}, got); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
}

// A call reaches the endpoint even if the caller is killed.
func TestKilledCaller(t *testing.T) {
	t.Parallel()
	ctx, kill := context.WithCancel(t.Context())
	killed, arrived := make(chan struct{}), make(chan struct{})
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { close(arrived) }))
	t.Cleanup(target.Close)
	p := Start(t, target.URL, Options{OnCall: func(string, int) {
		kill()
		<-killed
	}})
	if err := sdkCalls["cloudformation:DeleteStack"](ctx, sdkConfig(p.URL)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	close(killed)
	<-arrived
}

// faultyCalls returns which of the first 100 calls have a fault.
func faultyCalls(seed uint64, operation string, rules ...Rule) (numbers []int) {
	for n := 1; n <= 100; n++ {
		if selectRule(seed, rules, operation, n).Fault != noFault {
			numbers = append(numbers, n)
		}
	}
	return numbers
}

func TestSeed(t *testing.T) {
	t.Parallel()
	rule := Rule{Operation: "*", Calls: Share(0.3), Fault: Throttle}
	first := faultyCalls(1, "iam:GetRole", rule)
	if !slices.Equal(first, faultyCalls(1, "iam:GetRole", rule)) {
		t.Error("same seed: got different faulty calls, want the same")
	}
	if n := len(first); n < 15 || n > 45 {
		t.Errorf("got faults in %d of 100 calls, want about 30", n)
	}
	for name, other := range map[string][]int{
		"another seed":      faultyCalls(2, "iam:GetRole", rule),
		"another operation": faultyCalls(1, "iam:GetPolicy", rule),
		"another rule": faultyCalls(1, "iam:GetRole",
			Rule{Operation: "s3:*", Calls: Share(1), Fault: CutResponse}, rule),
	} {
		if slices.Equal(first, other) {
			t.Errorf("%s: got the same faulty calls, want different ones", name)
		}
	}
}

func TestRules(t *testing.T) {
	t.Parallel()
	all := make([]int, 100)
	for i := range all {
		all[i] = i + 1
	}
	for name, test := range map[string]struct {
		rules []Rule
		want  []int
	}{
		"third call":        {[]Rule{{Operation: "iam:GetRole", Calls: Nth(3), Fault: Throttle}}, []int{3}},
		"first two calls":   {[]Rule{{Operation: "iam:*", Calls: First(2), Fault: Throttle}}, []int{1, 2}},
		"every call":        {[]Rule{{Operation: "*", Calls: Share(1), Fault: Throttle}}, all},
		"share of 0":        {[]Rule{{Operation: "*", Calls: Share(0), Fault: Throttle}}, nil},
		"another operation": {[]Rule{{Operation: "iam:GetRolePolicy", Calls: Share(1), Fault: Throttle}}, nil},
		"prefix without *":  {[]Rule{{Operation: "iam:Get", Calls: Share(1), Fault: Throttle}}, nil},
		"two rules": {[]Rule{{Operation: "iam:*", Calls: Nth(1), Fault: Throttle},
			{Operation: "*", Calls: First(2), Fault: CutResponse}}, []int{1, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, faultyCalls(7, "iam:GetRole", test.rules...)); diff != "" {
				t.Errorf("calls with a fault (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	p := Start(t, newEndpoint(t).URL, Options{Rules: []Rule{
		{Operation: "iam:*", Calls: First(2), Fault: Throttle},
		{Operation: "lambda:*", Calls: Share(1), Fault: CutRequest},
	}})
	if err := sdkCalls["iam:GetRole"](t.Context(), sdkConfig(p.URL)); err != nil {
		t.Error(err)
	}
	if sdkCalls["lambda:ListFunctions"](t.Context(), sdkConfig(p.URL)) == nil {
		t.Error("lambda:ListFunctions: got no error, want a connection error")
	}
	want := `operation             calls  injected  recovered  unresolved  faults
iam:GetRole           3      2         2          0           2 throttled
lambda:ListFunctions  3      3         0          3           3 cut request
all                   6      5         2          3           
`
	if diff := cmp.Diff(want, p.String()); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}
