package faults

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/encoding/cbor"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
)

// emptyJSON is a result that lacks every documented member.
const emptyJSON = `{"unknown": "member"}`

// testEndpoint returns an empty result for every call, and records the operations.
type testEndpoint struct {
	*httptest.Server
	mu   sync.Mutex
	seen []string
}

func newEndpoint(t *testing.T) *testEndpoint {
	t.Helper()
	e := &testEndpoint{}
	e.Server = httptest.NewServer(e)
	t.Cleanup(e.Close)
	return e
}

func (e *testEndpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	e.mu.Lock()
	e.seen = append(e.seen, identify(r, body).operation)
	e.mu.Unlock()
	if protocol := r.Header.Get("Smithy-Protocol"); protocol != "" {
		w.Header().Set("Smithy-Protocol", protocol)
		_, _ = w.Write(cbor.Encode(cbor.Map{"unknown": cbor.String("member")}))
		return
	}
	form, _ := url.ParseQuery(string(body))
	if action := form.Get("Action"); action != "" {
		w.Header().Set("Content-Type", "text/xml")
		fmt.Fprintf(w, "<%sResponse><%sResult></%sResult></%sResponse>", action, action, action, action)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprint(w, emptyJSON)
}

func (e *testEndpoint) calls() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.seen)
}

// sdkConfig returns the SDK configuration that the commands use, except that it has no backoff.
func sdkConfig(address string) aws.Config {
	return aws.Config{Region: "eu-west-1", BaseEndpoint: &address, Retryer: awsstub.Retryer,
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")}
}

// sdkCalls maps operations to calls with real SDK clients. It covers every protocol except restXML.
var sdkCalls = map[string]func(context.Context, aws.Config) error{
	"states:ListExecutions": func(ctx context.Context, cfg aws.Config) error {
		input := &sfn.ListExecutionsInput{StateMachineArn: aws.String("arn")}
		_, err := sfn.NewFromConfig(cfg).ListExecutions(ctx, input)
		return err
	},
	"logs:DescribeLogGroups": func(ctx context.Context, cfg aws.Config) error {
		_, err := cloudwatchlogs.NewFromConfig(cfg).DescribeLogGroups(ctx, nil)
		return err
	},
	"ssm:GetParameter": func(ctx context.Context, cfg aws.Config) error {
		_, err := ssm.NewFromConfig(cfg).GetParameter(ctx, &ssm.GetParameterInput{Name: aws.String("/name")})
		return err
	},
	"cloudformation:DeleteStack": func(ctx context.Context, cfg aws.Config) error {
		input := &cloudformation.DeleteStackInput{StackName: aws.String("name")}
		_, err := cloudformation.NewFromConfig(cfg).DeleteStack(ctx, input)
		return err
	},
	"iam:GetRole": func(ctx context.Context, cfg aws.Config) error {
		_, err := iam.NewFromConfig(cfg).GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("name")})
		return err
	},
	"sns:ListTopics": func(ctx context.Context, cfg aws.Config) error {
		_, err := sns.NewFromConfig(cfg).ListTopics(ctx, nil)
		return err
	},
	"sts:GetCallerIdentity": func(ctx context.Context, cfg aws.Config) error {
		_, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, nil)
		return err
	},
	"cloudwatch:DescribeAlarms": func(ctx context.Context, cfg aws.Config) error {
		_, err := cloudwatch.NewFromConfig(cfg).DescribeAlarms(ctx, nil)
		return err
	},
	"lambda:Invoke": func(ctx context.Context, cfg aws.Config) error {
		_, err := lambda.NewFromConfig(cfg).Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String("name")})
		return err
	},
	"lambda:GetFunctionConfiguration": func(ctx context.Context, cfg aws.Config) error {
		input := &lambda.GetFunctionConfigurationInput{FunctionName: aws.String("name")}
		_, err := lambda.NewFromConfig(cfg).GetFunctionConfiguration(ctx, input)
		return err
	},
	"lambda:ListFunctions": func(ctx context.Context, cfg aws.Config) error {
		_, err := lambda.NewFromConfig(cfg).ListFunctions(ctx, nil)
		return err
	},
}

// The proxy identifies the operation of calls from real SDK clients.
func TestOperations(t *testing.T) {
	t.Parallel()
	e := newEndpoint(t)
	for operation, call := range sdkCalls {
		p := Start(t, e.URL, Options{})
		if err := call(t.Context(), sdkConfig(p.URL)); err != nil {
			t.Errorf("%s: %v", operation, err)
		}
		want := []Count{{Operation: operation, Calls: 1, Injected: map[Fault]int{}}}
		if diff := cmp.Diff(want, p.Counts()); diff != "" {
			t.Errorf("%s: counts (-want +got):\n%s", operation, diff)
		}
	}
	if e.calls() != len(sdkCalls) {
		t.Errorf("the endpoint got the calls %q, want %d calls", e.seen, len(sdkCalls))
	}
}

func TestIdentify(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ method, service, path, want string }{
		"upload with x-id":    {"PUT", "s3", "/bucket/folder/key.zip?x-id=PutObject", "s3:PutObject"},
		"upload without x-id": {"PUT", "s3", "/bucket/key.zip", "s3:PutObject"},
		"HEAD of an object":   {"HEAD", "s3", "/bucket/key.zip", "s3:HeadObject"},
		"HEAD of a bucket":    {"HEAD", "s3", "/bucket", "s3:HeadBucket"},
		"bucket location":     {"GET", "s3", "/bucket?location", "s3:GetBucketLocation"},
		"bucket encryption":   {"GET", "s3", "/bucket/?encryption=", "s3:GetBucketEncryption"},
		"list of objects":     {"GET", "s3", "/bucket?list-type=2&prefix=a", "s3:ListObjectsV2"},
		"list of versions":    {"GET", "s3", "/bucket?versions&prefix=a", "s3:ListObjectVersions"},
		"function code":       {"PUT", "lambda", "/2015-03-31/functions/name/code", "lambda:UpdateFunctionCode"},
		"function":            {"GET", "lambda", "/2015-03-31/functions/name", "lambda:GetFunction"},
		"CloudWatch":          {"GET", "monitoring", "/", "cloudwatch:GET /"},
		"unknown path":        {"PATCH", "lambda", "/2099-01-01/dreams", "lambda:PATCH /2099-01-01/dreams"},
		"unsigned":            {"GET", "", "/moto-api", "unsigned:GET /moto-api"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(test.method, test.path, nil)
			if test.service != "" {
				r.Header.Set("Authorization", authorization(test.service))
			}
			if got := identify(r, nil).operation; got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// forwarded describes a response that the proxy forwarded, and the request that the endpoint
// received.
type forwarded struct {
	Status     int
	Length     int64
	Request    string
	ETag, Body string
}

func TestForward(t *testing.T) {
	t.Parallel()
	whole := strings.Repeat("all of it ", 100_000)
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		seen := fmt.Sprint(r.Method, " ", r.URL, " ", r.Host, " ", r.Header.Get("X-Mine"), " ", len(body))
		w.Header().Set("X-Request", seen)
		w.Header().Set("ETag", `"tag"`)
		if r.Method == http.MethodHead {
			w.Header().Set("Content-Length", "42")
			return
		}
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, whole)
	}))
	t.Cleanup(target.Close)
	p := Start(t, target.URL, Options{})
	host := strings.TrimPrefix(p.URL, "http://")
	for name, test := range map[string]struct {
		method, body string
		want         forwarded
	}{
		"body": {"PUT", whole, forwarded{http.StatusAccepted, 1_000_000, "PUT /a%2Fb?c=d " + host + " mine 1000000",
			`"tag"`, whole}},
		"head": {"HEAD", "", forwarded{http.StatusOK, 42, "HEAD /a%2Fb?c=d " + host + " mine 0", `"tag"`, ""}},
	} {
		t.Run(name, func(t *testing.T) {
			body := strings.NewReader(test.body)
			request, err := http.NewRequestWithContext(t.Context(), test.method, p.URL+"/a%2Fb?c=d", body)
			mustSucceed(t, err)
			request.Header.Set("X-Mine", "mine")
			response, err := http.DefaultTransport.RoundTrip(request)
			mustSucceed(t, err)
			defer response.Body.Close()
			content, err := io.ReadAll(response.Body)
			mustSucceed(t, err)
			got := forwarded{response.StatusCode, response.ContentLength, response.Header.Get("X-Request"),
				response.Header.Get("ETag"), string(content)}
			if got.Body == test.want.Body { // omit the million characters from the diff
				got.Body, test.want.Body = "", ""
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("response (-want +got):\n%.2000s", diff)
			}
		})
	}
}
