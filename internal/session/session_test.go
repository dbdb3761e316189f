package session

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/problem"
)

const callerIdentity = "STS.GetCallerIdentity"

// problemsOf returns the problems that an error joins. It checks that each problem has What and
// Next, and does not contain the secret key.
func problemsOf(t *testing.T, err error) []*problem.Problem {
	t.Helper()
	if err == nil {
		t.Fatal("got no error")
	}
	parts := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		parts = joined.Unwrap()
	}
	var problems []*problem.Problem
	for _, part := range parts {
		var p *problem.Problem
		if !errors.As(part, &p) {
			t.Fatalf("%v is a %T, not a problem", part, part)
		}
		if p.What == "" || p.Next == "" {
			t.Errorf("the problem %+v lacks What or Next", p)
		}
		if strings.Contains(p.Error()+p.Next, awsstub.Secret) {
			t.Errorf("the problem contains the secret key: %v", p)
		}
		problems = append(problems, p)
	}
	return problems
}

// requireProblems compares the field What of each problem. It also checks that Explain does not
// change the problems.
func requireProblems(t *testing.T, err error, want ...string) {
	t.Helper()
	var got []string
	for _, p := range problemsOf(t, err) {
		got = append(got, p.What)
		if again := Explain(p); again != error(p) { //nolint:errorlint // it must be the same error
			t.Errorf("got %q from Explain, want %q unchanged", again, p)
		}
	}
	if strings.Join(got, "; ") != strings.Join(want, "; ") {
		t.Errorf("got the problems %q, want %q", got, want)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	const caller = "arn:aws:iam::111122223333:user/someone"
	stub := awsstub.New(t).On(callerIdentity,
		awsstub.XML("<Account>111122223333</Account><Arn>", caller, "</Arn><UserId>AIDAEXAMPLE</UserId>"))
	session, err := Check(t.Context(), stub.Config())
	if err != nil {
		t.Fatal(err)
	}
	if session.Account != "111122223333" || session.Caller != caller || session.Region() != awsstub.Region {
		t.Errorf("got the account %s, the caller %s and the region %s, want 111122223333, %s and %s", session.Account,
			session.Caller, session.Region(), caller, awsstub.Region)
	}
}

func TestCheckMissingSettings(t *testing.T) {
	t.Parallel()
	const noRegion, noCredentials = "no region is set", "there are no usable AWS credentials"
	failing := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{}, errors.New("the SSO session has expired")
	})
	tests := []struct {
		name   string
		change func(*aws.Config)
		want   []string
	}{
		{"region", func(c *aws.Config) { c.Region = "" }, []string{noRegion}},
		{"credentials provider", func(c *aws.Config) { c.Credentials = nil }, []string{noCredentials}},
		{"credentials", func(c *aws.Config) { c.Credentials = failing }, []string{noCredentials}},
		{"both", func(c *aws.Config) { c.Region, c.Credentials = "", failing }, []string{noRegion, noCredentials}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t)
			cfg := stub.Config()
			test.change(&cfg)
			_, err := Check(t.Context(), cfg)
			requireProblems(t, err, test.want...)
			if calls := stub.CalledOperations(); len(calls) > 0 {
				t.Errorf("got the calls %v, want none", calls)
			}
		})
	}
}

func TestCheckErrorCodes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, code, want string
	}{
		{"expired keys", "ExpiredToken", "the AWS credentials have expired"},
		{"expired session", "ExpiredTokenException", "the AWS credentials have expired"},
		{"wrong clock", "RequestExpired", "AWS rejected the time of the request"},
		{"unknown key", "InvalidClientTokenId", "AWS does not recognize the access key"},
		{"unknown key, JSON protocol", "UnrecognizedClientException",
			"AWS does not recognize the access key"},
		{"wrong secret", "SignatureDoesNotMatch", "the secret access key does not match the access key ID"},
		{"disabled region", "OptInRequired", "the region is not enabled in the account"},
		{"access denied", "AccessDenied", "the credentials cannot call sts:GetCallerIdentity"},
		{"access denied by SNS", "AuthorizationError", "the credentials cannot call sts:GetCallerIdentity"},
		{"access denied, JSON protocol", "AccessDeniedException",
			"the credentials cannot call sts:GetCallerIdentity"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			const message = "message from the service"
			stub := awsstub.New(t).On(callerIdentity, awsstub.Error(http.StatusForbidden, test.code, message))
			_, err := Check(t.Context(), stub.Config())
			requireProblems(t, err, test.want)
			if want := test.code + ": " + message; !strings.Contains(err.Error(), want) {
				t.Errorf("got the error %v, want %q", err, want)
			}
		})
	}
}

func TestCheckRefusedConnection(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	endpoint := "http://" + listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	cfg := awsstub.New(t).Config()
	cfg.BaseEndpoint, cfg.HTTPClient = &endpoint, &http.Client{}
	_, err = Check(t.Context(), cfg)
	requireProblems(t, err, "no response from "+endpoint)
}

func TestCheckBrokenConnection(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(t).On(callerIdentity, awsstub.ConnectionError("connection reset by peer"))
	_, err := Check(t.Context(), stub.Config())
	requireProblems(t, err, "no response from https://sts.eu-west-1.amazonaws.com")
	if !strings.HasSuffix(err.Error(), "connection reset by peer") {
		t.Errorf("got the error %v, want the cause last", err)
	}
}

func TestExplainOtherErrors(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(t).On(callerIdentity, awsstub.Error(http.StatusBadRequest, "ValidationError", "no"))
	_, unknownCode := sts.NewFromConfig(stub.Config()).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	_, interrupted := sts.NewFromConfig(stub.Config()).GetCallerIdentity(canceled, &sts.GetCallerIdentityInput{})
	if !errors.Is(interrupted, context.Canceled) {
		t.Fatalf("canceled call: got the error %v, want %v", interrupted, context.Canceled)
	}
	tests := []struct {
		name string
		err  error
	}{
		{"no error", nil},
		{"error without a call", errors.New("the disk is full")},
		{"other error code", unknownCode},
		{"interrupt", context.Canceled},
		{"wrapped interrupt", fmt.Errorf("cannot list: %w", context.Canceled)},
		{"interrupted call", interrupted},
		{"interrupted connection", &smithyhttp.RequestSendError{Err: context.Canceled}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := Explain(test.err); got != test.err { //nolint:errorlint // it must be the same error
				t.Errorf("got %v, want %v", got, test.err)
			}
		})
	}
}

// isolate clears the AWS settings of the process, and sets a configuration file with this content.
func isolate(t *testing.T, content string) {
	t.Helper()
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "")
		}
	}
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CONFIG_FILE", file)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", file+"-absent")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
}

func load(t *testing.T, o Options) *Access {
	t.Helper()
	access, err := Load(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return access
}

func TestLoadMissingProfile(t *testing.T) {
	tests := []struct {
		name    string
		options Options
		env     string // AWS_PROFILE
	}{
		{"--profile", Options{Profile: "nobody"}, ""},
		{"AWS_PROFILE", Options{}, "nobody"},
		{"--profile and AWS_PROFILE", Options{Profile: "nobody"}, "existing"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			isolate(t, "[profile existing]\nregion = eu-west-1\n")
			t.Setenv("AWS_PROFILE", test.env)
			_, err := Load(t.Context(), test.options)
			requireProblems(t, err, "the profile nobody does not exist")
		})
	}
}

func TestOpenEmptyEnvironment(t *testing.T) {
	isolate(t, "")
	_, err := load(t, Options{}).Open(t.Context(), "")
	requireProblems(t, err, "no region is set", "there are no usable AWS credentials")
}

// The SDK ignores half of an access key, so the error names the missing half.
func TestOpenHalfKey(t *testing.T) {
	for set, missing := range map[string]string{"AWS_ACCESS_KEY_ID": "AWS_SECRET_ACCESS_KEY",
		"AWS_SECRET_ACCESS_KEY": "AWS_ACCESS_KEY_ID"} {
		t.Run(set, func(t *testing.T) {
			isolate(t, "")
			t.Setenv(set, awsstub.Secret)
			_, err := load(t, Options{}).Open(t.Context(), "eu-west-1")
			requireProblems(t, err, "there are no usable AWS credentials")
			if !strings.HasSuffix(err.Error(), ": "+missing+" is not set") {
				t.Errorf("got the error %v, want one about %s", err, missing)
			}
		})
	}
}

func TestOpenRegionOption(t *testing.T) {
	isolate(t, "")
	t.Setenv("AWS_REGION", "eu-west-1")
	_, err := load(t, Options{}).Open(t.Context(), "eu-central-1")
	requireProblems(t, err, "there are no usable AWS credentials")
	t.Setenv("AWS_REGION", "")
	_, err = load(t, Options{}).Open(t.Context(), "eu-central-1")
	requireProblems(t, err, "there are no usable AWS credentials")
}

func TestLoadUnreadableSettings(t *testing.T) {
	isolate(t, "")
	t.Setenv("AWS_CONFIG_FILE", t.TempDir()) // a directory
	t.Setenv("AWS_MAX_ATTEMPTS", "many")
	t.Setenv("AWS_SECRET_ACCESS_KEY", awsstub.Secret)
	_, err := Load(t.Context(), Options{})
	requireProblems(t, err, "the AWS settings cannot be read")
}

// An interrupt is not reported as missing credentials.
func TestCheckInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	provider := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		cancel()
		return aws.Credentials{}, errors.New("the request was canceled")
	})
	if _, err := Check(ctx, aws.Config{Region: "eu-west-1", Credentials: provider}); !errors.Is(err, context.Canceled) {
		t.Errorf("got the error %v, want %v", err, context.Canceled)
	}
}
