package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/smithy-go/middleware"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/problem"
	"retrycatch/test/faults"
)

// testTimeout is long enough for a response on a busy machine.
const testTimeout = 2 * time.Second

// limitedConfig is a configuration with limits. It records the notices about retries.
type limitedConfig struct {
	aws.Config
	limits *Limits

	mu      sync.Mutex
	notices []string
}

// newLimitedConfig returns a configuration for an endpoint, with a stub's credentials and region.
func newLimitedConfig(t *testing.T, endpoint string, attempts int) *limitedConfig {
	t.Helper()
	c := &limitedConfig{Config: awsstub.New(t).Config()}
	c.limits = NewLimits(testTimeout, func(notice string) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.notices = append(c.notices, notice)
	})
	c.HTTPClient, c.BaseEndpoint, c.Retryer = shareConnections(nil), &endpoint, c.limits.Retryer(attempts)
	c.APIOptions = append(c.limits.Options(), RequireReadable)
	return c
}

// startEmptyAWS starts a server that responds to every call with an empty result.
func startEmptyAWS(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch {
		case strings.Contains(string(body), "Action=ListRoles"):
			fmt.Fprint(w, "<ListRolesResponse><ListRolesResult></ListRolesResult></ListRolesResponse>")
		case r.URL.Query().Has("versions"):
			fmt.Fprint(w, "<ListVersionsResult></ListVersionsResult>")
		case r.URL.Query().Has("list-type"):
			fmt.Fprint(w, "<ListBucketResult></ListBucketResult>")
		default:
			fmt.Fprint(w, `{"unknown": "field"}`)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// calls maps the fault proxy's name of an operation to a call with a real SDK client.
var calls = map[string]func(context.Context, aws.Config) error{
	"states:ListExecutions": func(ctx context.Context, cfg aws.Config) error {
		_, err := sfn.NewFromConfig(cfg).ListExecutions(ctx, &sfn.ListExecutionsInput{})
		return err
	},
	"states:StartExecution": func(ctx context.Context, cfg aws.Config) error {
		_, err := sfn.NewFromConfig(cfg).StartExecution(ctx,
			&sfn.StartExecutionInput{StateMachineArn: aws.String("arn")})
		return err
	},
	"iam:ListRoles": func(ctx context.Context, cfg aws.Config) error {
		_, err := iam.NewFromConfig(cfg).ListRoles(ctx, nil)
		return err
	},
	"s3:GetObject": func(ctx context.Context, cfg aws.Config) error {
		out, err := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true }).GetObject(ctx,
			&s3.GetObjectInput{Bucket: aws.String("bucket"), Key: aws.String("key")})
		if err == nil {
			_, err = io.ReadAll(out.Body)
		}
		return err
	},
}

func TestLostResponse(t *testing.T) {
	t.Parallel()
	cutResponse := faults.Options{Rules: []faults.Rule{{Operation: "*", Calls: faults.Nth(1), Fault: faults.CutResponse}}}
	cutRequest := faults.Options{Rules: []faults.Rule{{Operation: "*", Calls: faults.Nth(1), Fault: faults.CutRequest}}}
	for name, call := range calls {
		for fault, test := range map[string]struct {
			options faults.Options
			reason  string // prefix
		}{
			"no response": {faults.Options{Behaviors: []faults.Behavior{faults.NoResponse(name, 1)}},
				"got no complete response within 2 s"},
			"stalled body": {faults.Options{Behaviors: []faults.Behavior{faults.StalledBody(name, 1)}},
				"got no complete response within 2 s"},
			"half a response":   {cutResponse, "got an incomplete response: "},
			"broken connection": {cutRequest, "got no response: "},
		} {
			t.Run(name+"/"+fault, func(t *testing.T) {
				t.Parallel()
				proxy := faults.Start(t, startEmptyAWS(t), test.options)
				c := newLimitedConfig(t, proxy.URL, 0)
				if err := call(t.Context(), c.Config); err != nil {
					t.Errorf("got the error %v, want a retry", err)
				}
				if n := callsReceived(proxy, name); n != 2 {
					t.Errorf("got %d calls, want 2", n)
				}
				want := strings.Replace(name, "s3:GetObject", "s3:GetObjectVersion", 1) + " " + test.reason
				if len(c.notices) != 1 || !strings.HasPrefix(c.notices[0], want) ||
					!strings.HasSuffix(c.notices[0], "; attempt 2 of 3") {
					t.Errorf("got the notices %q, want one with the prefix %q and the suffix \"; attempt 2 of 3\"", c.notices, want)
				}
			})
		}
	}
}

// callsReceived returns the number of an operation's calls that reached the proxy.
func callsReceived(proxy *faults.Proxy, operation string) int {
	for _, count := range proxy.Counts() {
		if count.Operation == operation {
			return count.Calls
		}
	}
	return 0
}

// A server may send fewer bytes than its Content-Length announces.
func TestLostResponseContentLength(t *testing.T) {
	t.Parallel()
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if n++; n == 1 {
			w.Header().Set("Content-Length", "100")
		}
		fmt.Fprint(w, `{"executionArn": "arn"}`)
	}))
	t.Cleanup(server.Close)
	c := newLimitedConfig(t, server.URL, 0)
	if err := calls["states:StartExecution"](t.Context(), c.Config); err != nil || n != 2 {
		t.Errorf("got %d calls and the error %v, want 2 and none", n, err)
	}
}

func TestSilentEndpoint(t *testing.T) {
	t.Parallel()
	const name = "states:ListExecutions"
	for fault, behavior := range map[string]func(string, int) faults.Behavior{
		"no response": faults.NoResponse, "stalled body": faults.StalledBody} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			silent := faults.Start(t, startEmptyAWS(t), faults.Options{Behaviors: []faults.Behavior{behavior("states:*", 0)}})
			c := newLimitedConfig(t, silent.URL, 0)
			err := calls[name](t.Context(), c.Config)
			lost := (*LostError)(nil)
			if !errors.As(err, &lost) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("got the error %v, want a LostError without a context error", err)
			}
			p := (*problem.Problem)(nil)
			if explained := Explain(err); !errors.As(explained, &p) || p.Next != nextCheckNetwork ||
				Explain(explained) != explained || //nolint:errorlint // it must be the same error
				!strings.HasSuffix(p.Error(), ": "+name+" got no complete response within 2 s") {
				t.Errorf("got %v from Explain, want a problem whose text ends with the lost call", explained)
			}
			const notice = name + " got no complete response within 2 s; attempt "
			if diff := cmp.Diff([]string{notice + "2 of 3", notice + "3 of 3"}, c.notices); diff != "" {
				t.Errorf("the notices differ (-want +got):\n%s", diff)
			}

			// While the endpoint is suspended, calls fail without waiting.
			if err := calls["states:StartExecution"](t.Context(), c.Config); !errors.As(err, &lost) || !lost.suspended {
				t.Errorf("next call: got the error %v, want a LostError with suspended set", err)
			}
			if n := callsReceived(silent, name); n != 3 || len(c.notices) != 2 ||
				callsReceived(silent, "states:StartExecution") != 0 {
				t.Errorf("got %d calls to %s and the notices %q, want 3 calls and 2 notices; all calls:\n%s", n, name,
					c.notices, silent)
			}

			// After the suspension, calls are sent again.
			c.limits.endpoints[silent.URL] = endpoint{suspendedUntil: time.Now()}
			if err := calls["iam:ListRoles"](t.Context(), c.Config); err != nil {
				t.Errorf("after the suspension: got the error %v", err)
			}
		})
	}
}

func TestSuspend(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		began time.Duration // start of the failed call, relative to the last response
		want  bool
	}{"response after the start": {-time.Second, false}, "no response after the start": {time.Second, true}} {
		l := NewLimits(time.Minute, nil)
		l.recordResponse("endpoint")
		l.suspend("endpoint", l.endpoint("endpoint").lastResponse.Add(test.began))
		if got := l.endpoint("endpoint").suspendedUntil.After(time.Now()); got != test.want {
			t.Errorf("%s: got suspended %t, want %t", name, got, test.want)
		}
	}
}

// Calls to EC2's metadata service are never suspended. If it does not respond to the request for a
// token, the SDK continues without a token.
func TestSuspendMetadataService(t *testing.T) {
	t.Parallel()
	for service, want := range map[string]bool{metadataService: false, "SFN": true} {
		l := NewLimits(time.Minute, nil)
		failing := middleware.InitializeHandlerFunc(func(context.Context, middleware.InitializeInput) (
			middleware.InitializeOutput, middleware.Metadata, error) {
			return middleware.InitializeOutput{}, middleware.Metadata{},
				&LostError{Service: service, Endpoint: "endpoint", attemptTimedOut: true}
		})
		if _, _, err := l.limitCall(t.Context(), middleware.InitializeInput{}, failing); err == nil {
			t.Errorf("%s: got no error, want the LostError of the call", service)
		}
		if got := l.endpoint("endpoint").suspendedUntil.After(time.Now()); got != want {
			t.Errorf("%s: got suspended %t, want %t", service, got, want)
		}
	}
}
