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

// refused holds calls of real clients.
var refused = map[string]func(context.Context, aws.Config) error{
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
	"S3.HeadObject": func(ctx context.Context, cfg aws.Config) error {
		_, err := s3.NewFromConfig(
			cfg,
		).HeadObject(
			ctx,
			&s3.HeadObjectInput{Bucket: aws.String("bucket"), Key: aws.String("key")},
		)
		return err
	},
	"S3.DeleteObject": func(ctx context.Context, cfg aws.Config) error {
		_, err := s3.NewFromConfig(cfg).DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: aws.String("bucket"),
			Key: aws.String("key"), VersionId: aws.String("1")})
		return err
	},
	"S3.ListObjectVersions": func(ctx context.Context, cfg aws.Config) error {
		_, err := s3.NewFromConfig(
			cfg,
		).ListObjectVersions(
			ctx,
			&s3.ListObjectVersionsInput{Bucket: aws.String("bucket")},
		)
		return err
	},
}

// bare answers a HEAD as S3 does, without a body.
func bare(status int) awsstub.Answer {
	return func(call awsstub.Call) (*http.Response, error) {
		response, err := awsstub.Body("application/xml", "")(call)
		response.StatusCode = status
		return response, err
	}
}

func TestDenied(t *testing.T) {
	t.Parallel()
	const unnamed = "You do not have permission"
	const named = "User: arn:aws:iam::111122223333:user/x is not authorized to perform: iam:GetRole " +
		"on resource: role y because no identity-based policy allows the iam:GetRole action"
	const other = "User: arn:aws:iam::111122223333:user/x is not authorized to perform: kms:Decrypt on resource: key"
	// JSON services use these codes; the others have their own.
	exception := func(message string) awsstub.Answer {
		return awsstub.Error(http.StatusBadRequest, "AccessDeniedException", message)
	}
	const logs = "CloudWatch Logs.DescribeLogGroups"
	tests := []struct {
		name, operation string
		answer          awsstub.Answer
		action          string // empty for an error that is no denial
	}{
		{"the message names the action", "IAM.GetRole", awsstub.Error(403, "AccessDenied", named), "iam:GetRole"},
		{"the message names another action", "SFN.ListExecutions", exception(other), "kms:Decrypt"},
		{"Step Functions", "SFN.ListExecutions", exception(unnamed), "states:ListExecutions"},
		{"CloudWatch Logs", logs, exception(unnamed), "logs:DescribeLogGroups"},
		{"SNS", "SNS.ListTopics", awsstub.Error(403, "AuthorizationError", unnamed), "sns:ListTopics"},
		{"S3 object", "S3.HeadObject", bare(403), "s3:GetObject"},
		{"S3 version", "S3.DeleteObject", bare(403), "s3:DeleteObjectVersion"},
		{"S3 versions", "S3.ListObjectVersions", bare(403), "s3:ListBucketVersions"},
		{"code of any service", "IAM.GetRole", awsstub.Error(400, "NotAuthorized", unnamed), "iam:GetRole"},
		{"missing role", "IAM.GetRole", awsstub.Error(404, "NoSuchEntity", named), ""},
		{"missing object", "S3.HeadObject", bare(404), ""},
		{"expired keys", "IAM.GetRole", awsstub.Error(403, "ExpiredToken", unnamed), ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := refused[test.operation](t.Context(), awsstub.New(t).On(test.operation, test.answer).Config())
			for which, err := range map[string]error{
				"error": err, "explained": Explain(err), "wrapped": fmt.Errorf("cannot list: %w", err),
			} {
				if got := DeniedAction(err); got != test.action || Denied(err) != (test.action != "") {
					t.Errorf("%s: denied: %t, the action %q, want %q: %v", which, Denied(err), got, test.action, err)
				}
			}
			if test.action == "" {
				return
			}
			p := problemsOf(t, Explain(err))[0]
			if p.What != "the credentials may not call "+test.action ||
				!strings.Contains(p.Next, "allow "+test.action) {
				t.Errorf("got the problem %q and the next step %q", p.What, p.Next)
			}
			if Ended(err) {
				t.Error("Ended reports true for a denial")
			}
		})
	}
	t.Run("unknown call", func(t *testing.T) {
		t.Parallel()
		err := &smithy.GenericAPIError{Code: "AccessDenied", Message: unnamed}
		if !Denied(err) || DeniedAction(err) != "" {
			t.Errorf("denied: %t, the action %q", Denied(err), DeniedAction(err))
		}
		requireProblems(t, Explain(err), "the credentials do not have the permission")
	})
}

func TestEnded(t *testing.T) {
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
			err := refused["IAM.GetRole"](t.Context(), stub.Config())
			if Ended(err) != want || Ended(Explain(err)) != want {
				t.Errorf("ended: %t, explained %t, want %t: %v", Ended(err), Ended(Explain(err)), want, err)
			}
			if known := (*problem.Problem)(nil); want && !errors.As(Explain(err), &known) {
				t.Errorf("Explain returns %v, want a problem", Explain(err))
			}
		})
	}
}

func TestCredentialsSourceFails(t *testing.T) {
	t.Parallel()
	denied := &smithy.OperationError{ServiceID: "STS", OperationName: "AssumeRole",
		Err: &smithy.GenericAPIError{Code: "AccessDenied", Message: "no"}}
	tests := []struct {
		name  string
		err   error
		ended bool
	}{
		{"an expired SSO session", &ssocreds.InvalidTokenError{Err: errors.New("expired")}, true},
		{"a denied role", denied, true},
		{"an expired login", errors.New("login session has expired, please reauthenticate"), true},
		{"no answer", &smithyhttp.RequestSendError{Err: errors.New("no route")}, false},
		{"throttling", &smithy.GenericAPIError{Code: "Throttling"}, false},
		{"an interrupt", context.Canceled, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			cfg := awsstub.New(t).Config()
			cfg.Credentials = aws.NewCredentialsCache(source{aws.CredentialsProviderFunc(
				func(context.Context) (aws.Credentials, error) { return aws.Credentials{}, test.err }), renew})
			err := refused["IAM.GetRole"](t.Context(), cfg)
			if !errors.Is(err, test.err) {
				t.Fatalf("got the error %v", err)
			}
			if Ended(err) != test.ended || Denied(err) || DeniedAction(err) != "" {
				t.Errorf("ended: %t, want %t; denied: %t, %q", Ended(err), test.ended, Denied(err), DeniedAction(err))
			}
			if test.ended {
				requireProblems(t, Explain(err), "the AWS credentials cannot be renewed")
			}
		})
	}
}

// Explain does not change an explained error.
func TestExplainOnce(t *testing.T) {
	t.Parallel()
	first := Explain(&smithy.GenericAPIError{Code: "ExpiredToken", Message: "why"})
	around := &problem.Problem{What: "cannot list", Next: "wait", Err: first}
	if got := Explain(around); got != error(around) { //nolint:errorlint // it must be the same error
		t.Errorf("got %v, want %v", got, around)
	}
}

func TestOpenMiddleware(t *testing.T) {
	isolate(t, "")
	body := page
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) }))
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_REGION": "eu-west-1", "AWS_MAX_ATTEMPTS": "1",
		"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": awsstub.Secret,
	} {
		t.Setenv(name, value)
	}
	_, err := load(t, Options{}).Open(t.Context(), "")
	requireProblems(t, err, "an answer cannot be read")
	body = "<GetCallerIdentityResponse><GetCallerIdentityResult>" +
		"<Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
	opened, err := load(t, Options{}).Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, marks := opened.Config.Credentials.(source); !marks {
		t.Errorf("got credentials from a %T, want a source", opened.Config.Credentials)
	}
	body = ""
	var unreadable *UnreadableError
	if _, err := sts.NewFromConfig(opened.Config).GetCallerIdentity(t.Context(), nil); !errors.As(err, &unreadable) {
		t.Errorf("got the error %v of a client of the session, want an UnreadableError", err)
	}
}
