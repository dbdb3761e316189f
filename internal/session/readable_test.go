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

const page = "<!DOCTYPE html>\n<html><body>Please sign in to the network.</body></html>"

// reading holds a call of a real client, with invalid answers in its protocol.
type reading struct {
	service, operation string
	call               func(context.Context, aws.Config) error
	valid              awsstub.Answer
	wrong              map[string]string // bodies by the reported reason
}

var wrongJSON = map[string]string{
	"invalid JSON":               `{"logGroups": [{"logGroupName": "a"}`,
	"JSON that is not an object": `["logGroups"]`,
}

func wrongXML(operation string) map[string]string {
	return map[string]string{
		"invalid XML": "<" + operation + "Response><" + operation + "Result>",
		"XML without the element " + operation + "Response": "<Response><" + operation + "Result/></Response>",
		"XML without the element " + operation + "Result": "<?xml version=\"1.0\"?>" +
			"<" + operation + "Response><ResponseMetadata/></" + operation + "Response>",
	}
}

// readings holds one call for each service that the project reads from.
var readings = []reading{
	{"CloudFormation", "DescribeStacks", func(ctx context.Context, cfg aws.Config) error {
		_, err := cloudformation.NewFromConfig(cfg).DescribeStacks(ctx, nil)
		return err
	}, awsstub.Stack("CREATE_COMPLETE"), wrongXML("DescribeStacks")},
	{"IAM", "ListRoles", func(ctx context.Context, cfg aws.Config) error {
		_, err := iam.NewFromConfig(cfg).ListRoles(ctx, nil)
		return err
	}, awsstub.XML("<IsTruncated>false</IsTruncated>"), wrongXML("ListRoles")},
	{"SNS", "ListTopics", func(ctx context.Context, cfg aws.Config) error {
		_, err := sns.NewFromConfig(cfg).ListTopics(ctx, nil)
		return err
	}, awsstub.XML("<Topics/>"), wrongXML("ListTopics")},
	{"STS", "GetCallerIdentity", func(ctx context.Context, cfg aws.Config) error {
		_, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, nil)
		return err
	}, awsstub.XML("<Account>111122223333</Account>"), wrongXML("GetCallerIdentity")},
	{"CloudWatch", "DescribeAlarms", func(ctx context.Context, cfg aws.Config) error {
		_, err := cloudwatch.NewFromConfig(cfg, func(o *cloudwatch.Options) {
			o.Protocol = awsquery.New(schemas.GraniteServiceVersion20100801)
		}).DescribeAlarms(ctx, nil)
		return err
	}, awsstub.Alarms(""), wrongXML("DescribeAlarms")},
	// The client's default protocol.
	{"CloudWatch", "DescribeAlarms", func(ctx context.Context, cfg aws.Config) error {
		_, err := cloudwatch.NewFromConfig(cfg).DescribeAlarms(ctx, nil)
		return err
	}, cbor("\xa0"), map[string]string{"CBOR that is not a map": "\x80"}},
	{"CloudWatch Logs", "DescribeLogGroups", func(ctx context.Context, cfg aws.Config) error {
		_, err := cloudwatchlogs.NewFromConfig(cfg).DescribeLogGroups(ctx, nil)
		return err
	}, awsstub.LogGroups(""), wrongJSON},
	{"Lambda", "GetFunctionConfiguration", func(ctx context.Context, cfg aws.Config) error {
		in := &lambda.GetFunctionConfigurationInput{FunctionName: aws.String("name")}
		_, err := lambda.NewFromConfig(cfg).GetFunctionConfiguration(ctx, in)
		return err
	}, awsstub.JSON("{}"), wrongJSON},
	{"SFN", "ListExecutions", func(ctx context.Context, cfg aws.Config) error {
		_, err := sfn.NewFromConfig(cfg).ListExecutions(ctx, nil)
		return err
	}, awsstub.JSON(` {"executions": []}`), wrongJSON},
	{"SSM", "GetParameter", func(ctx context.Context, cfg aws.Config) error {
		_, err := ssm.NewFromConfig(cfg).GetParameter(ctx, &ssm.GetParameterInput{Name: aws.String("/name")})
		return err
	}, awsstub.JSON(`{"Parameter": {}}`), wrongJSON},
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

// checked returns a stub's configuration with the middleware of Open.
func checked(stub *awsstub.Stub) aws.Config {
	cfg := stub.Config()
	cfg.APIOptions = append(cfg.APIOptions, RequireReadable)
	return cfg
}

func TestUnreadableAnswer(t *testing.T) {
	t.Parallel()
	for _, r := range readings {
		name := r.service + "." + r.operation
		bodies := map[string]string{"an empty answer": "", "an HTML page": page}
		maps.Copy(bodies, r.wrong)
		for reason, body := range bodies {
			t.Run(name+"/"+reason, func(t *testing.T) {
				t.Parallel()
				wrong := awsstub.Body("text/strange", body)
				stub := awsstub.New(t).On(name, wrong)
				err := r.call(t.Context(), checked(stub))
				var unreadable *UnreadableError
				if !errors.As(err, &unreadable) {
					t.Fatalf("got the error %v", err)
				}
				want := UnreadableError{Service: r.service, Operation: r.operation, Status: http.StatusOK,
					ContentType: "text/strange", Reason: reason}
				if *unreadable != want {
					t.Errorf("got the error %+v, want %+v", *unreadable, want)
				}
				if calls := len(stub.Calls()); calls != 3 {
					t.Errorf("got %d calls, want 3 as for a server error", calls)
				}
				// A single such answer is retried.
				if err := r.call(t.Context(), checked(awsstub.New(t).On(name, wrong, r.valid))); err != nil {
					t.Errorf("valid answer to the retry: got the error %v", err)
				}
			})
		}
	}
}

// TestReadableAnswer checks that the SDK gets the whole body.
func TestReadableAnswer(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(t).On("CloudWatch Logs.DescribeLogGroups", awsstub.LogGroups("next", "one", "two"))
	out, err := cloudwatchlogs.NewFromConfig(checked(stub)).DescribeLogGroups(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(out.LogGroups) != 2 || aws.ToString(out.LogGroups[1].LogGroupName) != "two" ||
		aws.ToString(out.NextToken) != "next" {
		t.Errorf("got %+v", out)
	}
}

func TestTruncatedAnswer(t *testing.T) {
	t.Parallel()
	cut := func(call awsstub.Call) (*http.Response, error) {
		response, err := awsstub.JSON("")(call)
		response.Body = failing{}
		return response, err
	}
	stub := awsstub.New(t).On("SFN.ListExecutions", cut, awsstub.JSON("{}"))
	if err := refused["SFN.ListExecutions"](t.Context(), checked(stub)); err != nil {
		t.Errorf("got the error %v, want a retry", err)
	}
	err := refused["SFN.ListExecutions"](t.Context(), checked(awsstub.New(t).On("SFN.ListExecutions", cut)))
	const want = "ListExecutions of SFN got an incomplete answer (Content-Type application/json): the line is cut"
	if err == nil || !strings.HasSuffix(err.Error(), want) || !errors.Is(err, errCut) {
		t.Errorf("got the error %v, want %s", err, want)
	}
}

var errCut = errors.New("the line is cut")

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errCut }
func (failing) Close() error             { return nil }

func TestUncheckedAnswers(t *testing.T) {
	t.Parallel()
	empty := awsstub.Body("", "")
	tests := map[string]struct {
		answer awsstub.Answer
		call   func(context.Context, aws.Config) error
	}{
		"S3.HeadObject": {empty, func(ctx context.Context, cfg aws.Config) error {
			in := &s3.HeadObjectInput{Bucket: aws.String("bucket"), Key: aws.String("key")}
			_, err := s3.NewFromConfig(cfg).HeadObject(ctx, in)
			return err
		}},
		"S3.GetObject": {awsstub.Body("text/html", page), func(ctx context.Context, cfg aws.Config) error {
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
			if err := test.call(t.Context(), checked(awsstub.New(t).On(operation, test.answer))); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("an error without a body", func(t *testing.T) {
		t.Parallel()
		stub := awsstub.New(t).On("S3.ListObjectVersions", bare(http.StatusForbidden))
		if err := refused["S3.ListObjectVersions"](t.Context(), checked(stub)); !Denied(err) {
			t.Errorf("got the error %v", err)
		}
	})
}

func TestExplainUnreadable(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(t).On(callerIdentity, awsstub.Body("text/html", page))
	_, err := Check(t.Context(), checked(stub))
	requireProblems(t, err, "an answer cannot be read")
	const want = "GetCallerIdentity of STS got an HTML page (Content-Type text/html)"
	if !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got the error %v, want %s", err, want)
	}
}
