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

// credentialsOf returns credentials for an account. A local AWS reads a 12-digit access key as the
// account ID.
func credentialsOf(account string) aws.CredentialsProvider {
	return credentials.NewStaticCredentialsProvider(account, "test", "")
}

// authorization returns the Authorization header of a request to a service.
func authorization(service string) string {
	return "AWS4-HMAC-SHA256 Credential=key/20260101/eu-west-1/" + service +
		"/aws4_request, SignedHeaders=host, Signature=0"
}

// signedRequest returns a query request to a service.
func signedRequest(t *testing.T, service, form string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", authorization(service))
	return r
}

// newSlowLambda starts an endpoint that sends a value to arrived for each invocation, and delays
// the response until release is closed.
func newSlowLambda(t *testing.T, e *testEndpoint, arrived chan<- struct{}, release <-chan struct{}) (url string) {
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

// formatError formats an API error, for example as "Bad Request ValidationError: MESSAGE". It
// returns "" for other errors.
func formatError(err error) string {
	response, api := (*smithyhttp.ResponseError)(nil), smithy.APIError(nil)
	if !errors.As(err, &response) || !errors.As(err, &api) {
		return ""
	}
	text := http.StatusText(response.HTTPStatusCode()) + " " + api.ErrorCode() + ": " + api.ErrorMessage()
	return strings.TrimSuffix(text, ": ")
}

func TestDeniedActions(t *testing.T) {
	t.Parallel()
	const user = "User: arn:aws:sts::123456789012:assumed-role/dev/me is not authorized to perform: "
	const reason = "because no identity-based policy allows the "
	for name, test := range map[string]struct {
		action string
		call   func(context.Context, aws.Config) error
		want   string
	}{
		"query": {"iam:GetRole", sdkCalls["iam:GetRole"], "Forbidden AccessDenied: " + user +
			"iam:GetRole on resource: role name " + reason + "iam:GetRole action"},
		"CloudFormation": {"cloudformation:*", sdkCalls["cloudformation:DeleteStack"],
			"Forbidden AccessDenied: " + user +
				"cloudformation:DeleteStack on resource: arn:aws:cloudformation:eu-west-1:123456789012:stack/name/* " +
				reason + "cloudformation:DeleteStack action"},
		"SNS": {"sns:ListTopics", sdkCalls["sns:ListTopics"], "Forbidden AuthorizationError: " + user +
			"sns:ListTopics on resource: * " + reason + "sns:ListTopics action"},
		"JSON": {"states:ListExecutions", sdkCalls["states:ListExecutions"],
			"Bad Request AccessDeniedException: " + user +
				"states:ListExecutions on resource: arn " + reason + "states:ListExecutions action"},
		"CloudWatch": {"cloudwatch:DescribeAlarms", sdkCalls["cloudwatch:DescribeAlarms"],
			"Forbidden AccessDeniedException: " + user +
				"cloudwatch:DescribeAlarms on resource: * " + reason + "cloudwatch:DescribeAlarms action"},
		"Lambda with a different action name": {"lambda:InvokeFunction", sdkCalls["lambda:Invoke"],
			"Forbidden AccessDeniedException: " + user +
				"lambda:InvokeFunction on resource: arn:aws:lambda:eu-west-1:123456789012:function:name " +
				reason + "lambda:InvokeFunction action"},
		"S3": {"s3:GetObject", getObject, "Forbidden AccessDenied: " + user +
			`s3:GetObject on resource: "arn:aws:s3:::bucket/key" ` + reason + "s3:GetObject action"},
		"HEAD response without a body": {"s3:GetObject", headObject, "Forbidden Forbidden: Forbidden"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEndpoint(t)
			cfg := sdkConfig(Start(t, e.URL, Options{Behaviors: []Behavior{DeniedActions("other:*", test.action)}}).URL)
			cfg.Credentials = credentialsOf("123456789012")
			if diff := cmp.Diff(test.want, formatError(test.call(t.Context(), cfg))); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			cfg = sdkConfig(Start(t, e.URL, Options{Behaviors: []Behavior{DeniedActions("other:*")}}).URL)
			if got := formatError(test.call(t.Context(), cfg)); strings.Contains(got, "Denied") ||
				strings.Contains(got, "Forbidden") {
				t.Errorf("with another action denied: got %s, want no denial", got)
			}
		})
	}
}

func TestExpiredCredentials(t *testing.T) {
	t.Parallel()
	var got []string
	p := Start(t, newEndpoint(t).URL, Options{Behaviors: []Behavior{ExpiredCredentials("iam:GetRole", 2)}})
	for _, operation := range []string{"states:ListExecutions", "iam:GetRole", "states:ListExecutions", "iam:GetRole",
		"states:ListExecutions"} {
		got = append(got, formatError(sdkCalls[operation](t.Context(), sdkConfig(p.URL))))
	}
	const message = ": The security token included in the request is expired"
	want := []string{"", "", "", "Forbidden ExpiredToken" + message, "Forbidden ExpiredTokenException" + message}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
}

func TestRegionNotEnabled(t *testing.T) {
	t.Parallel()
	p := Start(t, newEndpoint(t).URL, Options{Behaviors: []Behavior{RegionNotEnabled("eu-west-1")}})
	other := sdkConfig(p.URL)
	other.Region = "eu-west-2"
	const message = ": The security token included in the request is invalid."
	want := []string{"Forbidden InvalidClientTokenId" + message, "Forbidden UnrecognizedClientException" + message,
		"", ""}
	got := []string{formatError(sdkCalls["cloudformation:DeleteStack"](t.Context(), sdkConfig(p.URL))),
		formatError(sdkCalls["states:ListExecutions"](t.Context(), sdkConfig(p.URL))),
		formatError(sdkCalls["iam:GetRole"](t.Context(), sdkConfig(p.URL))),
		formatError(sdkCalls["states:ListExecutions"](t.Context(), other))}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
}

func TestNoResponse(t *testing.T) {
	t.Parallel()
	e := newEndpoint(t)
	arrived := make(chan struct{})
	p := Start(t, e.URL, Options{Behaviors: []Behavior{NoResponse("iam:GetRole", 2)},
		OnCall: func(operation string, n int) {
			if operation == "iam:GetRole" && n == 2 {
				close(arrived)
			}
		}})
	if err := sdkCalls["iam:GetRole"](t.Context(), sdkConfig(p.URL)); err != nil {
		t.Fatal(err)
	}
	seen := e.calls()
	ctx, giveUp := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- sdkCalls["iam:GetRole"](ctx, sdkConfig(p.URL)) }()
	<-arrived
	if err := sdkCalls["states:ListExecutions"](t.Context(), sdkConfig(p.URL)); err != nil {
		t.Errorf("call to another operation in the meantime: %v", err)
	}
	giveUp()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	if e.calls() != seen+1 {
		t.Errorf("the endpoint got the calls %q, want %d calls", e.seen, seen+1)
	}
	if err := sdkCalls["iam:GetRole"](t.Context(), sdkConfig(p.URL)); err != nil {
		t.Errorf("third call: %v", err)
	}
}

// The end of a test does not wait for a call without a response.
func TestNoResponse_testEnd(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{})
	t.Run("pending call", func(t *testing.T) {
		p := Start(t, newEndpoint(t).URL, Options{Behaviors: []Behavior{NoResponse("iam:GetRole", 1)}})
		arrived := make(chan struct{})
		p.options.OnCall = func(string, int) { close(arrived) }
		go func() {
			defer close(ended)
			cfg := sdkConfig(p.URL)
			cfg.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
			_ = sdkCalls["iam:GetRole"](context.Background(), cfg)
		}()
		<-arrived
	})
	<-ended
}

func TestReplacedBodies(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		behavior          Behavior
		body, contentType string
	}{
		"empty": {EmptyBody("iam:GetRole"), "", ""},
		"HTML":  {HTMLBody("iam:*"), "<!DOCTYPE html>", "text/html"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEndpoint(t)
			c := identify(signedRequest(t, "iam", "Action=GetRole&RoleName=name"), []byte("Action=GetRole&RoleName=name"))
			got, err := Start(t, e.URL, Options{Behaviors: []Behavior{test.behavior}}).handle(c)
			if err != nil || got.status != http.StatusOK || got.header.Get("Content-Type") != test.contentType ||
				!strings.HasPrefix(string(got.body), test.body) || test.body == "" && len(got.body) > 0 {
				t.Errorf("got the response %+v (%v), want status 200, content type %q and the body %q",
					got, err, test.contentType, test.body)
			}
			if e.calls() != 1 {
				t.Errorf("the endpoint got the calls %q, want 1 call", e.seen)
			}
			cfg := sdkConfig(Start(t, e.URL, Options{Behaviors: []Behavior{test.behavior}}).URL)
			if err := sdkCalls["states:ListExecutions"](t.Context(), cfg); err != nil {
				t.Errorf("call to another operation: %v", err)
			}
		})
	}
}
