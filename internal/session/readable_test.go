package session

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/schemas"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/transport/http/protocol/awsquery"

	"retrycatch/internal/awsstub"
)

const htmlPage = "<!DOCTYPE html>\n<html><body>Please sign in to the network.</body></html>"

// readCall is a read by a real SDK client, with response bodies in the protocol of the call.
type readCall struct {
	service, operation string
	call               func(context.Context, aws.Config) error
	valid              awsstub.Answer
	invalid            map[string]string // maps the Reason of the error to a body
}

var invalidJSON = map[string]string{
	"invalid JSON":               `{"logGroups": [{"logGroupName": "a"}`,
	"JSON that is not an object": `["logGroups"]`,
}

func invalidXML(operation string) map[string]string {
	return map[string]string{
		"invalid XML": "<" + operation + "Response><" + operation + "Result>",
		"XML without the element " + operation + "Response": "<Response><" + operation + "Result/></Response>",
		"XML without the element " + operation + "Result": "<?xml version=\"1.0\"?>" +
			"<" + operation + "Response><ResponseMetadata/></" + operation + "Response>",
	}
}

// readCalls holds one read for each service and protocol that the project uses.
var readCalls = []readCall{
	{"CloudFormation", "DescribeStacks", func(ctx context.Context, cfg aws.Config) error {
		_, err := cloudformation.NewFromConfig(cfg).DescribeStacks(ctx, nil)
		return err
	}, awsstub.Stack("CREATE_COMPLETE"), invalidXML("DescribeStacks")},
	{"IAM", "ListRoles", func(ctx context.Context, cfg aws.Config) error {
		_, err := iam.NewFromConfig(cfg).ListRoles(ctx, nil)
		return err
	}, awsstub.XML("<IsTruncated>false</IsTruncated>"), invalidXML("ListRoles")},
	{"SNS", "ListTopics", func(ctx context.Context, cfg aws.Config) error {
		_, err := sns.NewFromConfig(cfg).ListTopics(ctx, nil)
		return err
	}, awsstub.XML("<Topics/>"), invalidXML("ListTopics")},
	{"STS", "GetCallerIdentity", func(ctx context.Context, cfg aws.Config) error {
		_, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, nil)
		return err
	}, awsstub.XML("<Account>111122223333</Account>"), invalidXML("GetCallerIdentity")},
	{"CloudWatch", "DescribeAlarms", func(ctx context.Context, cfg aws.Config) error {
		_, err := cloudwatch.NewFromConfig(cfg, func(o *cloudwatch.Options) {
			o.Protocol = awsquery.New(schemas.GraniteServiceVersion20100801)
		}).DescribeAlarms(ctx, nil)
		return err
	}, awsstub.Alarms(""), invalidXML("DescribeAlarms")},
	// The default protocol of this client is CBOR.
	{"CloudWatch", "DescribeAlarms", func(ctx context.Context, cfg aws.Config) error {
		_, err := cloudwatch.NewFromConfig(cfg).DescribeAlarms(ctx, nil)
		return err
	}, cbor("\xa0"), map[string]string{"CBOR that is not a map": "\x80"}},
	{"CloudWatch Logs", "DescribeLogGroups", func(ctx context.Context, cfg aws.Config) error {
		_, err := cloudwatchlogs.NewFromConfig(cfg).DescribeLogGroups(ctx, nil)
		return err
	}, awsstub.LogGroups(""), invalidJSON},
	{"Lambda", "GetFunctionConfiguration", func(ctx context.Context, cfg aws.Config) error {
		in := &lambda.GetFunctionConfigurationInput{FunctionName: aws.String("name")}
		_, err := lambda.NewFromConfig(cfg).GetFunctionConfiguration(ctx, in)
		return err
	}, awsstub.JSON("{}"), invalidJSON},
	{"SFN", "ListExecutions", func(ctx context.Context, cfg aws.Config) error {
		_, err := sfn.NewFromConfig(cfg).ListExecutions(ctx, nil)
		return err
	}, awsstub.JSON(` {"executions": []}`), invalidJSON},
	{"SSM", "GetParameter", func(ctx context.Context, cfg aws.Config) error {
		_, err := ssm.NewFromConfig(cfg).GetParameter(ctx, &ssm.GetParameterInput{Name: aws.String("/name")})
		return err
	}, awsstub.JSON(`{"Parameter": {}}`), invalidJSON},
	{"S3", "ListObjectVersions", func(ctx context.Context, cfg aws.Config) error {
		in := &s3.ListObjectVersionsInput{Bucket: aws.String("bucket")}
		_, err := s3.NewFromConfig(cfg).ListObjectVersions(ctx, in)
		return err
	}, awsstub.Body("application/xml", "<ListVersionsResult/>"), map[string]string{
		"invalid XML": "<ListVersionsResult><Version>",
		"XML without the element ListVersionsResult": "<ListBucketResult/>"}},
}

func cbor(body string) awsstub.Answer {
	return func(call awsstub.Call) (*http.Response, error) {
		response, err := awsstub.Body("application/cbor", body)(call)
		response.Header.Set("Smithy-Protocol", "rpc-v2-cbor")
		return response, err
	}
}

// checkedConfig returns a stub's configuration with RequireReadable.
func checkedConfig(stub *awsstub.Stub) aws.Config {
	cfg := stub.Config()
	cfg.APIOptions = append(cfg.APIOptions, RequireReadable)
	return cfg
}

func TestUnreadableResponse(t *testing.T) {
	t.Parallel()
	for _, r := range readCalls {
		name := r.service + "." + r.operation
		bodies := map[string]string{"an empty response": "", "an HTML page": htmlPage}
		maps.Copy(bodies, r.invalid)
		for reason, body := range bodies {
			t.Run(name+"/"+reason, func(t *testing.T) {
				t.Parallel()
				invalid := awsstub.Body("text/strange", body)
				stub := awsstub.New(t).On(name, invalid)
				err := r.call(t.Context(), checkedConfig(stub))
				var unreadable *UnreadableError
				if !errors.As(err, &unreadable) {
					t.Fatalf("got the error %v, want an UnreadableError", err)
				}
				want := UnreadableError{Service: r.service, Operation: r.operation, Status: http.StatusOK,
					ContentType: "text/strange", Reason: reason}
				if *unreadable != want {
					t.Errorf("got the error %+v, want %+v", *unreadable, want)
				}
				if calls := len(stub.Calls()); calls != 3 {
					t.Errorf("got %d calls, want 3", calls)
				}
				// After one unreadable response, the retry succeeds.
				if err := r.call(t.Context(), checkedConfig(awsstub.New(t).On(name, invalid, r.valid))); err != nil {
					t.Errorf("valid response to the retry: got the error %v", err)
				}
			})
		}
	}
}

// TestReadableResponse checks that the SDK gets the whole body.
func TestReadableResponse(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(t).On("CloudWatch Logs.DescribeLogGroups", awsstub.LogGroups("next", "one", "two"))
	out, err := cloudwatchlogs.NewFromConfig(checkedConfig(stub)).DescribeLogGroups(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(out.LogGroups) != 2 || aws.ToString(out.LogGroups[1].LogGroupName) != "two" ||
		aws.ToString(out.NextToken) != "next" {
		t.Errorf("got %+v, want the groups \"one\" and \"two\", and the token \"next\"", out)
	}
}

func TestIncompleteBody(t *testing.T) {
	t.Parallel()
	cut := func(call awsstub.Call) (*http.Response, error) {
		response, err := awsstub.JSON("")(call)
		response.Body = brokenBody{}
		return response, err
	}
	stub := awsstub.New(t).On("SFN.ListExecutions", cut, awsstub.JSON("{}"))
	if err := clientCalls["SFN.ListExecutions"](t.Context(), checkedConfig(stub)); err != nil {
		t.Errorf("got the error %v, want a retry", err)
	}
	err := clientCalls["SFN.ListExecutions"](t.Context(), checkedConfig(awsstub.New(t).On("SFN.ListExecutions", cut)))
	const want = "states:ListExecutions got an incomplete response (Content-Type application/json): the connection broke"
	if err == nil || !strings.HasSuffix(err.Error(), want) || !errors.Is(err, errBroken) {
		t.Errorf("got the error %v, want %s", err, want)
	}
}

var errBroken = errors.New("the connection broke")

type brokenBody struct{}

func (brokenBody) Read([]byte) (int, error) { return 0, errBroken }
func (brokenBody) Close() error             { return nil }

func TestUncheckedResponses(t *testing.T) {
	t.Parallel()
	empty := awsstub.Body("", "")
	tests := map[string]struct {
		answer awsstub.Answer
		call   func(context.Context, aws.Config) error
	}{
		"S3.GetObject": {awsstub.Body("text/html", htmlPage), func(ctx context.Context, cfg aws.Config) error {
			in := &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: aws.String("key")}
			_, err := s3.NewFromConfig(cfg).GetObject(ctx, in)
			return err
		}},
		"Lambda.DeleteFunction": {empty, func(ctx context.Context, cfg aws.Config) error {
			in := &lambda.DeleteFunctionInput{FunctionName: aws.String("name")}
			_, err := lambda.NewFromConfig(cfg).DeleteFunction(ctx, in)
			return err
		}},
	}
	for operation, test := range tests {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			if err := test.call(t.Context(), checkedConfig(awsstub.New(t).On(operation, test.answer))); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("error without a body", func(t *testing.T) {
		t.Parallel()
		stub := awsstub.New(t).On("S3.ListObjectVersions", emptyResponse(http.StatusForbidden))
		if err := clientCalls["S3.ListObjectVersions"](t.Context(), checkedConfig(stub)); !Denied(err) {
			t.Errorf("got the error %v, want a denial", err)
		}
	})
}

func TestExplainUnreadable(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(t).On(callerIdentity, awsstub.Body("text/html", htmlPage))
	_, err := Check(t.Context(), checkedConfig(stub))
	requireProblems(t, err, "a response cannot be read")
	const want = "sts:GetCallerIdentity got an HTML page (Content-Type text/html)"
	if !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got the error %v, want %s", err, want)
	}
}
