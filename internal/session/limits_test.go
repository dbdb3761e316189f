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

// short is long enough for an answer on a busy machine.
const short = 2 * time.Second

// client holds a configuration with limits, and the notices of its retries.
type client struct {
	aws.Config
	limits *Limits

	mu      sync.Mutex
	notices []string
}

// bounded returns a client of an endpoint. Its credentials and region are those of a stub.
func bounded(t *testing.T, endpoint string, attempts int) *client {
	t.Helper()
	c := &client{Config: awsstub.New(t).Config()}
	c.limits = NewLimits(short, func(notice string) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.notices = append(c.notices, notice)
	})
	c.HTTPClient, c.BaseEndpoint, c.Retryer = pooled(nil), &endpoint, c.limits.Retryer(attempts)
	c.APIOptions = append(c.limits.Options(), RequireReadable)
	return c
}

// cloud answers every call with an empty result.
func cloud(t *testing.T) string {
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
			fmt.Fprint(w, `{"nothing": "in particular"}`)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// calls holds calls by their actions.
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

func TestLostAnswer(t *testing.T) {
	t.Parallel()
	cut := faults.Options{Rules: []faults.Rule{{Operation: "*", Calls: faults.Nth(1), Fault: faults.CutAfter}}}
	down := faults.Options{Rules: []faults.Rule{{Operation: "*", Calls: faults.Nth(1), Fault: faults.CutBefore}}}
	for name, call := range calls {
		for fault, test := range map[string]struct {
			options faults.Options
			why     string
		}{
			"no answer": {faults.Options{Manners: []faults.Manner{faults.NeverAnswers(name, 1)}},
				"got no complete answer within 2 s"},
			"a stalled body": {faults.Options{Manners: []faults.Manner{faults.StalledBody(name, 1)}},
				"got no complete answer within 2 s"},
			"half an answer":    {cut, "got an incomplete answer: "},
			"a lost connection": {down, "got no answer: "},
		} {
			t.Run(name+"/"+fault, func(t *testing.T) {
				t.Parallel()
				proxy := faults.Start(t, cloud(t), test.options)
				c := bounded(t, proxy.URL, 0)
				if err := call(t.Context(), c.Config); err != nil {
					t.Errorf("got the error %v, want a retry", err)
				}
				if n := sent(proxy, name); n != 2 {
					t.Errorf("got %d calls, want 2", n)
				}
				if len(c.notices) != 1 || !strings.HasPrefix(c.notices[0], name+" "+test.why) ||
					!strings.HasSuffix(c.notices[0], "; attempt 2 of 3") {
					t.Errorf("got the notices %q", c.notices)
				}
			})
		}
	}
}

// sent counts the calls of an operation that have reached the proxy.
func sent(proxy *faults.Proxy, operation string) int {
	for _, count := range proxy.Counts() {
		if count.Operation == operation {
			return count.Calls
		}
	}
	return 0
}

// A server may end an answer early without an error of the connection.
func TestLostAnswerShort(t *testing.T) {
	t.Parallel()
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if n++; n == 1 {
			w.Header().Set("Content-Length", "100")
		}
		fmt.Fprint(w, `{"executionArn": "arn"}`)
	}))
	t.Cleanup(server.Close)
	c := bounded(t, server.URL, 0)
	if err := calls["states:StartExecution"](t.Context(), c.Config); err != nil || n != 2 {
		t.Errorf("after %d calls: %v", n, err)
	}
}

func TestSilentEndpoint(t *testing.T) {
	t.Parallel()
	const name = "states:ListExecutions"
	for fault, manner := range map[string]func(string, int) faults.Manner{
		"no answer": faults.NeverAnswers, "a stalled body": faults.StalledBody} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			silent := faults.Start(t, cloud(t), faults.Options{Manners: []faults.Manner{manner("states:*", 0)}})
			c := bounded(t, silent.URL, 0)
			err := calls[name](t.Context(), c.Config)
			lost := (*LostError)(nil)
			if !errors.As(err, &lost) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("got the error %v", err)
			}
			p := (*problem.Problem)(nil)
			if explained := Explain(err); !errors.As(explained, &p) || p.Next != unreach ||
				Explain(explained) != explained || //nolint:errorlint // it must be the same error
				!strings.HasSuffix(p.Error(), ": "+name+" got no complete answer within 2 s") {
				t.Errorf("got the explanation %v", explained)
			}
			const again = name + " got no complete answer within 2 s; attempt "
			if diff := cmp.Diff([]string{again + "2 of 3", again + "3 of 3"}, c.notices); diff != "" {
				t.Errorf("the notices differ (-want +got):\n%s", diff)
			}

			// Further calls do not wait as long again.
			if err := calls["states:StartExecution"](t.Context(), c.Config); !errors.As(err, &lost) || !lost.unsent {
				t.Errorf("next call: got the error %v, want an unsent LostError", err)
			}
			if n := sent(silent, name); n != 3 || sent(silent, "states:StartExecution") != 0 || len(c.notices) != 2 {
				t.Errorf("got %d calls; the calls are\n%s", n, silent)
			}

			// After some time they are sent again.
			c.limits.endpoints[silent.URL] = endpoint{silentUntil: time.Now()}
			if err := calls["iam:ListRoles"](t.Context(), c.Config); err != nil {
				t.Errorf("endpoint is back: got the error %v", err)
			}
		})
	}
}

// An endpoint that has answered other calls in the meantime is not given up.
func TestGiveUp(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		began time.Duration // of the failed call, from the last answer
		want  bool
	}{"an answer since it began": {-time.Second, false}, "no answer since": {time.Second, true}} {
		l := NewLimits(time.Minute, nil)
		l.heard("endpoint")
		l.giveUp("endpoint", l.look("endpoint").heard.Add(test.began))
		if got := l.look("endpoint").silentUntil.After(time.Now()); got != test.want {
			t.Errorf("%s: given up: got %t, want %t", name, got, test.want)
		}
	}
}

// EC2's metadata service is not given up: if it does not answer the request for a token, the SDK
// continues without one.
func TestGiveUpMetadataService(t *testing.T) {
	t.Parallel()
	for service, want := range map[string]bool{metadataService: false, "SFN": true} {
		l := NewLimits(time.Minute, nil)
		failing := middleware.InitializeHandlerFunc(func(context.Context, middleware.InitializeInput) (
			middleware.InitializeOutput, middleware.Metadata, error) {
			return middleware.InitializeOutput{}, middleware.Metadata{},
				&LostError{Service: service, Endpoint: "endpoint", late: true}
		})
		if _, _, err := l.limitCall(t.Context(), middleware.InitializeInput{}, failing); err == nil {
			t.Error("got no error")
		}
		if got := l.look("endpoint").silentUntil.After(time.Now()); got != want {
			t.Errorf("%s: given up: got %t, want %t", service, got, want)
		}
	}
}
