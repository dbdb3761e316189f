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

	"retrycatch/internal/awsstub"
)

// emptyJSON is a result in which no operation finds what it knows.
const emptyJSON = `{"nothing": "in particular"}`

// endpoint answers every call with an empty result of its protocol, and keeps what it has seen.
type endpoint struct {
	*httptest.Server
	mu   sync.Mutex
	seen []string
}

func newEndpoint(t *testing.T) *endpoint {
	t.Helper()
	e := &endpoint{}
	e.Server = httptest.NewServer(e)
	t.Cleanup(e.Close)
	return e
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	e.mu.Lock()
	e.seen = append(e.seen, identify(r, body).operation)
	e.mu.Unlock()
	if protocol := r.Header.Get("Smithy-Protocol"); protocol != "" {
		w.Header().Set("Smithy-Protocol", protocol)
		_, _ = w.Write(cbor.Encode(cbor.Map{"nothing": cbor.String("in particular")}))
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

func (e *endpoint) calls() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.seen)
}

// config is that of the SDK as our commands have it, but that it tries again at once.
func config(address string) aws.Config {
	return aws.Config{Region: "eu-west-1", BaseEndpoint: &address, Retryer: awsstub.Retryer,
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")}
}

// operations are calls of the real clients, one or two for each protocol and service, by the name that they should get.
var operations = map[string]func(context.Context, aws.Config) error{
	"states:ListExecutions": func(ctx context.Context, cfg aws.Config) error {
		_, err := sfn.NewFromConfig(cfg).ListExecutions(ctx, &sfn.ListExecutionsInput{StateMachineArn: aws.String("arn")})
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
		_, err := cloudformation.NewFromConfig(cfg).DeleteStack(ctx, &cloudformation.DeleteStackInput{StackName: aws.String("name")})
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
		_, err := lambda.NewFromConfig(cfg).GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: aws.String("name")})
		return err
	},
	"lambda:ListFunctions": func(ctx context.Context, cfg aws.Config) error {
		_, err := lambda.NewFromConfig(cfg).ListFunctions(ctx, nil)
		return err
	},
}

func TestACallOfTheSDKGetsTheNameThatAWSDocuments(t *testing.T) {
	t.Parallel()
	e := newEndpoint(t)
	for want, call := range operations {
		p := Start(t, e.URL, Options{})
		if err := call(t.Context(), config(p.URL)); err != nil {
			t.Errorf("%s through a proxy that does no harm: %v", want, err)
		}
		if counts := p.Counts(); len(counts) != 1 || counts[0].Operation != want || counts[0].Calls != 1 || counts[0].Total() != 0 {
			t.Errorf("the counts are %+v, expected one call of %s", counts, want)
		}
	}
	if e.calls() != len(operations) {
		t.Errorf("the endpoint has seen %q", e.seen)
	}
}

func TestARequestGetsTheNameThatAWSDocuments(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ method, service, path, want string }{
		"an upload":                      {"PUT", "s3", "/bucket/folder/key.zip?x-id=PutObject", "s3:PutObject"},
		"an upload without its ID":       {"PUT", "s3", "/bucket/key.zip", "s3:PutObject"},
		"an object's head":               {"HEAD", "s3", "/bucket/key.zip", "s3:HeadObject"},
		"a bucket's head":                {"HEAD", "s3", "/bucket", "s3:HeadBucket"},
		"a bucket's place":               {"GET", "s3", "/bucket?location", "s3:GetBucketLocation"},
		"a bucket's encryption":          {"GET", "s3", "/bucket/?encryption=", "s3:GetBucketEncryption"},
		"a bucket's objects":             {"GET", "s3", "/bucket?list-type=2&prefix=a", "s3:ListObjectsV2"},
		"a bucket's versions":            {"GET", "s3", "/bucket?versions&prefix=a", "s3:ListObjectVersions"},
		"a function's new code":          {"PUT", "lambda", "/2015-03-31/functions/name/code", "lambda:UpdateFunctionCode"},
		"a function":                     {"GET", "lambda", "/2015-03-31/functions/name", "lambda:GetFunction"},
		"CloudWatch's name in signing":   {"GET", "monitoring", "/", "cloudwatch:GET /"},
		"a path that is not in the list": {"PATCH", "lambda", "/2099-01-01/dreams", "lambda:PATCH /2099-01-01/dreams"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(test.method, test.path, nil)
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=key/20260101/eu-west-1/"+test.service+"/aws4_request, SignedHeaders=host, Signature=0")
			if got := identify(r, nil).operation; got != test.want {
				t.Errorf("it is called %s, expected %s", got, test.want)
			}
		})
	}
	if got := identify(httptest.NewRequest("GET", "/moto-api", nil), nil).operation; got != "unsigned:GET /moto-api" {
		t.Errorf("a request without a signature is called %s", got)
	}
}

func TestWhatIsHandedOnArrivesAsItIs(t *testing.T) {
	t.Parallel()
	whole := strings.Repeat("all of it ", 100_000)
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Asked", fmt.Sprint(r.Method, " ", r.URL, " ", r.Host, " ", r.Header.Get("X-Mine"), " ", len(body)))
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
		method, body, asked, answer string
		status                      int
		length                      int64
	}{
		"a body":              {"PUT", whole, "PUT /a%2Fb?c=d " + host + " mine 1000000", whole, http.StatusAccepted, 1_000_000},
		"a head and its size": {"HEAD", "", "HEAD /a%2Fb?c=d " + host + " mine 0", "", http.StatusOK, 42},
	} {
		request, err := http.NewRequestWithContext(t.Context(), test.method, p.URL+"/a%2Fb?c=d", strings.NewReader(test.body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("X-Mine", "mine")
		response, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || string(body) != test.answer || response.StatusCode != test.status || response.ContentLength != test.length ||
			response.Header.Get("X-Asked") != test.asked || response.Header.Get("ETag") != `"tag"` {
			t.Errorf("%s: the answer is %d %v with %d bytes of %d (%v)", name, response.StatusCode, response.Header, len(body), response.ContentLength, err)
		}
	}
}
