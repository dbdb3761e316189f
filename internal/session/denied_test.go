package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/problem"
)

// clientCalls maps a stub's name of an operation to a call with a real SDK client.
var clientCalls = map[string]func(context.Context, aws.Config) error{
	"IAM.GetRole": func(ctx context.Context, cfg aws.Config) error {
		_, err := iam.NewFromConfig(cfg).GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("name")})
		return err
	},
	"SFN.ListExecutions": func(ctx context.Context, cfg aws.Config) error {
		_, err := sfn.NewFromConfig(cfg).ListExecutions(ctx, nil)
		return err
	},
	"CloudWatch Logs.DescribeLogGroups": func(ctx context.Context, cfg aws.Config) error {
		_, err := cloudwatchlogs.NewFromConfig(cfg).DescribeLogGroups(ctx, nil)
		return err
	},
	"SNS.ListTopics": func(ctx context.Context, cfg aws.Config) error {
		_, err := sns.NewFromConfig(cfg).ListTopics(ctx, nil)
		return err
	},
	"S3.GetObject": func(ctx context.Context, cfg aws.Config) error {
		_, err := s3.NewFromConfig(cfg).GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("bucket"),
			Key: aws.String("key"), VersionId: aws.String("1")})
		return err
	},
	"S3.DeleteObject": func(ctx context.Context, cfg aws.Config) error {
		_, err := s3.NewFromConfig(cfg).DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: aws.String("bucket"),
			Key: aws.String("key"), VersionId: aws.String("1")})
		return err
	},
	"S3.ListObjectVersions": func(ctx context.Context, cfg aws.Config) error {
		_, err := s3.NewFromConfig(cfg).ListObjectVersions(ctx,
			&s3.ListObjectVersionsInput{Bucket: aws.String("bucket")})
		return err
	},
}

// emptyResponse responds with a status and without a body.
func emptyResponse(status int) awsstub.Answer {
	return func(call awsstub.Call) (*http.Response, error) {
		response, err := awsstub.Body("application/xml", "")(call)
		response.StatusCode = status
		return response, err
	}
}

func TestDenied(t *testing.T) {
	t.Parallel()
	const noAction = "You do not have permission"
	const withAction = "User: arn:aws:iam::111122223333:user/x is not authorized to perform: iam:GetRole " +
		"on resource: role y because no identity-based policy allows the iam:GetRole action"
	const otherAction = "User: arn:aws:iam::111122223333:user/x is not authorized to perform: kms:Decrypt on resource: key"
	// Services with a JSON protocol return this code.
	exception := func(message string) awsstub.Answer {
		return awsstub.Error(http.StatusBadRequest, "AccessDeniedException", message)
	}
	const logs = "CloudWatch Logs.DescribeLogGroups"
	tests := []struct {
		name, operation string
		answer          awsstub.Answer
		action          string // empty if the error is not a denial
	}{
		{"action in the message", "IAM.GetRole", awsstub.Error(403, "AccessDenied", withAction), "iam:GetRole"},
		{"different action in the message", "SFN.ListExecutions", exception(otherAction), "kms:Decrypt"},
		{"Step Functions", "SFN.ListExecutions", exception(noAction), "states:ListExecutions"},
		{"CloudWatch Logs", logs, exception(noAction), "logs:DescribeLogGroups"},
		{"SNS", "SNS.ListTopics", awsstub.Error(403, "AuthorizationError", noAction), "sns:ListTopics"},
		{"S3 object version", "S3.GetObject", emptyResponse(403), "s3:GetObjectVersion"},
		{"deletion of an S3 object version", "S3.DeleteObject", emptyResponse(403), "s3:DeleteObjectVersion"},
		{"list of S3 object versions", "S3.ListObjectVersions", emptyResponse(403), "s3:ListBucketVersions"},
		{"common error code", "IAM.GetRole", awsstub.Error(400, "NotAuthorized", noAction), "iam:GetRole"},
		{"missing role", "IAM.GetRole", awsstub.Error(404, "NoSuchEntity", withAction), ""},
		{"missing object", "S3.GetObject", emptyResponse(404), ""},
		{"expired keys", "IAM.GetRole", awsstub.Error(403, "ExpiredToken", noAction), ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := clientCalls[test.operation](t.Context(), awsstub.New(t).On(test.operation, test.answer).Config())
			for name, err := range map[string]error{
				"error": err, "explained": Explain(err), "wrapped": fmt.Errorf("cannot list: %w", err),
			} {
				if got := DeniedAction(err); got != test.action || Denied(err) != (test.action != "") {
					t.Errorf("%s: got Denied %t and the action %q, want %q; error: %v", name, Denied(err), got, test.action, err)
				}
			}
			if test.action == "" {
				return
			}
			p := problemsOf(t, Explain(err))[0]
			if p.What != "the credentials cannot call "+test.action ||
				!strings.Contains(p.Next, "allow "+test.action) {
				t.Errorf("got the problem %q and the next step %q, want %q in both", p.What, p.Next, test.action)
			}
			if AccessLost(err) {
				t.Error("got AccessLost true after a denial, want false")
			}
		})
	}
	t.Run("unknown call", func(t *testing.T) {
		t.Parallel()
		err := &smithy.GenericAPIError{Code: "AccessDenied", Message: noAction}
		if !Denied(err) || DeniedAction(err) != "" {
			t.Errorf("got Denied %t and the action %q, want true and none", Denied(err), DeniedAction(err))
		}
		requireProblems(t, Explain(err), "the credentials lack a required permission")
	})
}

func TestAccessLost(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{
		"ExpiredToken": true, "ExpiredTokenException": true, "RequestExpired": true, "RequestTimeTooSkewed": true,
		"InvalidClientTokenId": true, "UnrecognizedClientException": true, "InvalidAccessKeyId": true,
		"SignatureDoesNotMatch": true, "InvalidSignatureException": true, "OptInRequired": true,
		"AccessDenied": false, "NoSuchEntity": false, "ValidationError": false, "Throttling": false,
	}
	for code, want := range tests {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On("IAM.GetRole", awsstub.Error(http.StatusForbidden, code, "why"))
			err := clientCalls["IAM.GetRole"](t.Context(), stub.Config())
			if AccessLost(err) != want || AccessLost(Explain(err)) != want {
				t.Errorf("got AccessLost %t, and %t after Explain, want %t; error: %v", AccessLost(err),
					AccessLost(Explain(err)), want, err)
			}
			if known := (*problem.Problem)(nil); want && !errors.As(Explain(err), &known) {
				t.Errorf("got %v from Explain, want a problem", Explain(err))
			}
		})
	}
}

func TestCredentialsError(t *testing.T) {
	t.Parallel()
	denied := &smithy.OperationError{ServiceID: "STS", OperationName: "AssumeRole",
		Err: &smithy.GenericAPIError{Code: "AccessDenied", Message: "no"}}
	tests := []struct {
		name string
		err  error
		lost bool
	}{
		{"expired SSO session", &ssocreds.InvalidTokenError{Err: errors.New("expired")}, true},
		{"denied role", denied, true},
		{"expired login", errors.New("login session has expired, please reauthenticate"), true},
		{"failed connection", &smithyhttp.RequestSendError{Err: errors.New("no route")}, false},
		{"throttling", &smithy.GenericAPIError{Code: "Throttling"}, false},
		{"interrupt", context.Canceled, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			cfg := awsstub.New(t).Config()
			cfg.Credentials = aws.NewCredentialsCache(provider{aws.CredentialsProviderFunc(
				func(context.Context) (aws.Credentials, error) { return aws.Credentials{}, test.err }), nextLogIn})
			err := clientCalls["IAM.GetRole"](t.Context(), cfg)
			if !errors.Is(err, test.err) {
				t.Fatalf("got the error %v, want %v", err, test.err)
			}
			if AccessLost(err) != test.lost || Denied(err) || DeniedAction(err) != "" {
				t.Errorf("got AccessLost %t, want %t; got Denied %t and the action %q, want false and none",
					AccessLost(err), test.lost, Denied(err), DeniedAction(err))
			}
			if test.lost {
				requireProblems(t, Explain(err), "the AWS credentials cannot be renewed")
			}
		})
	}
}

func TestExplainTwice(t *testing.T) {
	t.Parallel()
	explained := Explain(&smithy.GenericAPIError{Code: "ExpiredToken", Message: "why"})
	wrapped := &problem.Problem{What: "cannot list", Next: "wait", Err: explained}
	if got := Explain(wrapped); got != error(wrapped) { //nolint:errorlint // it must be the same error
		t.Errorf("got %v, want %v unchanged", got, wrapped)
	}
}

func TestOpenMiddleware(t *testing.T) {
	isolate(t, "")
	body := htmlPage
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) }))
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_REGION": "eu-west-1", "AWS_MAX_ATTEMPTS": "1",
		"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": awsstub.Secret,
	} {
		t.Setenv(name, value)
	}
	_, err := load(t, Options{}).Open(t.Context(), "")
	requireProblems(t, err, "a response cannot be read")
	body = "<GetCallerIdentityResponse><GetCallerIdentityResult>" +
		"<Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
	opened, err := load(t, Options{}).Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := opened.Config.Credentials.(provider); !ok {
		t.Errorf("got credentials from a %T, want a provider", opened.Config.Credentials)
	}
	body = ""
	var unreadable *UnreadableError
	if _, err := sts.NewFromConfig(opened.Config).GetCallerIdentity(t.Context(), nil); !errors.As(err, &unreadable) {
		t.Errorf("got the error %v from a client of the session, want an UnreadableError", err)
	}
}
