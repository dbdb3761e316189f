package faults

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/google/go-cmp/cmp"
)

func headObject(ctx context.Context, cfg aws.Config) error {
	client := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
	_, err := client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: aws.String("bucket"), Key: aws.String("key")})
	return err
}

func getObject(ctx context.Context, cfg aws.Config) error {
	client := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
	_, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: aws.String("key")})
	return err
}

// credentialsOf returns credentials with an account's number as the key, which a local AWS reads
// as the account.
func credentialsOf(account string) aws.CredentialsProvider {
	return credentials.NewStaticCredentialsProvider(account, "test", "")
}

// authorization returns the header Authorization of a request to a service.
func authorization(service string) string {
	return "AWS4-HMAC-SHA256 Credential=key/20260101/eu-west-1/" + service +
		"/aws4_request, SignedHeaders=host, Signature=0"
}

// signed returns a request of the query protocol to a service.
func signed(t *testing.T, service, form string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", authorization(service))
	return r
}

// newSlow starts an endpoint that reports the arrival of an invocation, then waits for release.
func newSlow(t *testing.T, e *endpoint, arrived chan<- struct{}, release <-chan struct{}) (url string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/invocations") {
			arrived <- struct{}{}
			<-release
		}
		e.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// refusal formats an API's error as "status code: message".
func refusal(err error) string {
	answer, api := (*smithyhttp.ResponseError)(nil), smithy.APIError(nil)
	if !errors.As(err, &answer) || !errors.As(err, &api) {
		return ""
	}
	text := http.StatusText(answer.HTTPStatusCode()) + " " + api.ErrorCode() + ": " + api.ErrorMessage()
	return strings.TrimSuffix(text, ": ")
}

func TestDenied(t *testing.T) {
	t.Parallel()
	const who = "User: arn:aws:sts::123456789012:assumed-role/dev/me is not authorized to perform: "
	const why = "because no identity-based policy allows the "
	for name, test := range map[string]struct {
		action string
		call   func(context.Context, aws.Config) error
		want   string
	}{
		"query": {"iam:GetRole", operations["iam:GetRole"], "Forbidden AccessDenied: " + who +
			"iam:GetRole on resource: role name " + why + "iam:GetRole action"},
		"CloudFormation": {"cloudformation:*", operations["cloudformation:DeleteStack"],
			"Forbidden AccessDenied: " + who +
				"cloudformation:DeleteStack on resource: arn:aws:cloudformation:eu-west-1:123456789012:stack/name/* " +
				why + "cloudformation:DeleteStack action"},
		"SNS": {"sns:ListTopics", operations["sns:ListTopics"], "Forbidden AuthorizationError: " + who +
			"sns:ListTopics on resource: * " + why + "sns:ListTopics action"},
		"JSON": {"states:ListExecutions", operations["states:ListExecutions"],
			"Bad Request AccessDeniedException: " + who +
				"states:ListExecutions on resource: arn " + why + "states:ListExecutions action"},
		"CloudWatch": {"cloudwatch:DescribeAlarms", operations["cloudwatch:DescribeAlarms"],
			"Forbidden AccessDeniedException: " + who +
				"cloudwatch:DescribeAlarms on resource: * " + why + "cloudwatch:DescribeAlarms action"},
		"Lambda, another action": {"lambda:InvokeFunction", operations["lambda:Invoke"],
			"Forbidden AccessDeniedException: " + who +
				"lambda:InvokeFunction on resource: arn:aws:lambda:eu-west-1:123456789012:function:name " +
				why + "lambda:InvokeFunction action"},
		"S3": {"s3:GetObject", getObject, "Forbidden AccessDenied: " + who +
			`s3:GetObject on resource: "arn:aws:s3:::bucket/key" ` + why + "s3:GetObject action"},
		"head without a body": {"s3:GetObject", headObject, "Forbidden Forbidden: Forbidden"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEndpoint(t)
			cfg := config(Start(t, e.URL, Options{Manners: []Manner{Denied("other:*", test.action)}}).URL)
			cfg.Credentials = credentialsOf("123456789012")
			if diff := cmp.Diff(test.want, refusal(test.call(t.Context(), cfg))); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			cfg = config(Start(t, e.URL, Options{Manners: []Manner{Denied("other:*")}}).URL)
			if got := refusal(test.call(t.Context(), cfg)); strings.Contains(got, "Denied") ||
				strings.Contains(got, "Forbidden") {
				t.Errorf("got %s for another action, want no denial", got)
			}
		})
	}
}

func TestExpiredAfter(t *testing.T) {
	t.Parallel()
	var got []string
	p := Start(t, newEndpoint(t).URL, Options{Manners: []Manner{ExpiredAfter("iam:GetRole", 2)}})
	for _, operation := range []string{"states:ListExecutions", "iam:GetRole", "states:ListExecutions", "iam:GetRole",
		"states:ListExecutions"} {
		got = append(got, refusal(operations[operation](t.Context(), config(p.URL))))
	}
	const message = ": The security token included in the request is expired"
	want := []string{"", "", "", "Forbidden ExpiredToken" + message, "Forbidden ExpiredTokenException" + message}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
}

func TestRegionNotEnabled(t *testing.T) {
	t.Parallel()
	p := Start(t, newEndpoint(t).URL, Options{Manners: []Manner{RegionNotEnabled("eu-west-1")}})
	other := config(p.URL)
	other.Region = "eu-west-2"
	const message = ": The security token included in the request is invalid."
	want := []string{"Forbidden InvalidClientTokenId" + message, "Forbidden UnrecognizedClientException" + message,
		"", ""}
	got := []string{refusal(operations["cloudformation:DeleteStack"](t.Context(), config(p.URL))),
		refusal(operations["states:ListExecutions"](t.Context(), config(p.URL))),
		refusal(operations["iam:GetRole"](t.Context(), config(p.URL))),
		refusal(operations["states:ListExecutions"](t.Context(), other))}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
}

func TestNeverAnswers(t *testing.T) {
	t.Parallel()
	e := newEndpoint(t)
	arrived := make(chan struct{})
	p := Start(t, e.URL, Options{Manners: []Manner{NeverAnswers("iam:GetRole", 2)},
		OnCall: func(operation string, n int) {
			if operation == "iam:GetRole" && n == 2 {
				close(arrived)
			}
		}})
	if err := operations["iam:GetRole"](t.Context(), config(p.URL)); err != nil {
		t.Fatal(err)
	}
	seen := e.calls()
	ctx, giveUp := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- operations["iam:GetRole"](ctx, config(p.URL)) }()
	<-arrived
	if err := operations["states:ListExecutions"](t.Context(), config(p.URL)); err != nil {
		t.Errorf("another call failed meanwhile: %v", err)
	}
	giveUp()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	if e.calls() != seen+1 {
		t.Errorf("the endpoint got the calls %q, want %d", e.seen, seen+1)
	}
	if err := operations["iam:GetRole"](t.Context(), config(p.URL)); err != nil {
		t.Errorf("the third call failed: %v", err)
	}
}

// A waiting call does not delay the end of the test.
func TestNeverAnswers_end(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{})
	t.Run("waiting", func(t *testing.T) {
		p := Start(t, newEndpoint(t).URL, Options{Manners: []Manner{NeverAnswers("iam:GetRole", 1)}})
		arrived := make(chan struct{})
		p.options.OnCall = func(string, int) { close(arrived) }
		go func() {
			defer close(ended)
			cfg := config(p.URL)
			cfg.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
			_ = operations["iam:GetRole"](context.Background(), cfg)
		}()
		<-arrived
	})
	<-ended
}

func TestBodies(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		manner            Manner
		body, contentType string
	}{
		"empty": {EmptyBody("iam:GetRole"), "", ""},
		"HTML":  {HTMLBody("iam:*"), "<!DOCTYPE html>", "text/html"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEndpoint(t)
			c := identify(signed(t, "iam", "Action=GetRole&RoleName=name"), []byte("Action=GetRole&RoleName=name"))
			got, err := Start(t, e.URL, Options{Manners: []Manner{test.manner}}).handle(c)
			if err != nil || got.status != http.StatusOK || got.header.Get("Content-Type") != test.contentType ||
				!strings.HasPrefix(string(got.body), test.body) || test.body == "" && len(got.body) > 0 {
				t.Errorf("got the answer %+v (%v), want the body %q", got, err, test.body)
			}
			if e.calls() != 1 {
				t.Errorf("the endpoint got the calls %q, want 1", e.seen)
			}
			cfg := config(Start(t, e.URL, Options{Manners: []Manner{test.manner}}).URL)
			if err := operations["states:ListExecutions"](t.Context(), cfg); err != nil {
				t.Errorf("another operation failed: %v", err)
			}
		})
	}
}
