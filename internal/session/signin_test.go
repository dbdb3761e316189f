package session

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"

	"retrycatch/internal/awsstub"
)

// startSTS starts a server for sts:GetCallerIdentity and sts:AssumeRole. assumed counts the calls
// of AssumeRole that succeed.
func startSTS(t *testing.T) (endpoint string, assumed *atomic.Int32) {
	t.Helper()
	assumed = &atomic.Int32{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.FormValue("Action") {
		case "GetCallerIdentity":
			fmt.Fprintf(w, "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>%s</Account><Arn>arn</Arn>"+
				"</GetCallerIdentityResult></GetCallerIdentityResponse>", awsstub.Account)
		case "AssumeRole":
			if r.FormValue("TokenCode") != "123456" || r.FormValue("SerialNumber") != device ||
				r.FormValue("DurationSeconds") != "3600" {
				w.WriteHeader(http.StatusBadRequest)
				fmt.Fprintf(w, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>DurationSeconds=%s</Message>"+
					"</Error></ErrorResponse>", r.FormValue("DurationSeconds"))
				return
			}
			assumed.Add(1)
			fmt.Fprintf(w, "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA</AccessKeyId>"+
				"<SecretAccessKey>%s</SecretAccessKey><SessionToken>token</SessionToken><Expiration>%s</Expiration>"+
				"</Credentials></AssumeRoleResult></AssumeRoleResponse>", awsstub.Secret,
				time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
		}
	}))
	t.Cleanup(server.Close)
	return server.URL, assumed
}

const device = "arn:aws:iam::111122223333:mfa/me"

const mfaProfile = `[profile keys]
aws_access_key_id = AKID
aws_secret_access_key = ` + awsstub.Secret + `
[profile with mfa]
role_arn = arn:aws:iam::111122223333:role/deployer
source_profile = keys
mfa_serial = ` + device + `
region = eu-west-1
`

// An MFA code is valid only once, so all regions share the credentials.
func TestMFA(t *testing.T) {
	isolate(t, mfaProfile)
	endpoint, assumed := startSTS(t)
	t.Setenv("AWS_ENDPOINT_URL", endpoint)
	var asked []string
	ask := func(_ context.Context, device string) (string, error) {
		asked = append(asked, device)
		return "123456", nil
	}
	access := load(t, Options{Profile: "with mfa", AskMFA: ask})
	for _, region := range []string{"", "us-east-1"} {
		session, err := access.Open(t.Context(), region)
		if err != nil {
			t.Fatal(err)
		}
		if session.Account != awsstub.Account || session.Profile != "with mfa" {
			t.Errorf("got the account %q and the profile %q, want %q and %q", session.Account, session.Profile,
				awsstub.Account, "with mfa")
		}
	}
	if len(asked) != 1 || asked[0] != device || assumed.Load() != 1 {
		t.Errorf("got prompts for %q and %d assumed roles, want one of each", asked, assumed.Load())
	}
}

func TestMFAWithoutTerminal(t *testing.T) {
	isolate(t, mfaProfile)
	_, err := load(t, Options{Profile: "with mfa"}).Open(t.Context(), "")
	p := problemsOf(t, err)[0]
	if p.What != "asking for an MFA code requires a terminal" || !strings.Contains(p.Error(), device) {
		t.Errorf("got the problem %q, want one about the terminal and the device %s", p, device)
	}
	if !strings.HasPrefix(p.Next, `eval "$(aws configure export-credentials --profile 'with mfa' --format env)"`) {
		t.Errorf("got the next step %q, want an export of the profile's credentials", p.Next)
	}
}

// AssumeRole fails, so GetCallerIdentity is not called.
func TestRoleUnusable(t *testing.T) {
	isolate(t, mfaProfile)
	ask := func(context.Context, string) (string, error) { return "000000", nil }
	open := func(endpoint string) error {
		t.Setenv("AWS_ENDPOINT_URL", endpoint)
		_, err := load(t, Options{Profile: "with mfa", AskMFA: ask}).Open(t.Context(), "")
		return err
	}
	status, body := 0, ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	t.Cleanup(server.Close)
	failure := func(code string) string {
		return "<ErrorResponse><Error><Code>" + code + "</Code><Message>no</Message></Error></ErrorResponse>"
	}
	tests := []struct {
		name   string
		status int
		body   string
		want   string
	}{
		{"wrong MFA code", http.StatusForbidden, failure("AccessDenied"), "AWS does not let the profile assume its role"},
		{"expired keys", http.StatusForbidden, failure("ExpiredToken"), "the AWS credentials have expired"},
		{"wrong secret", http.StatusForbidden, failure("SignatureDoesNotMatch"),
			"the secret access key does not match the access key ID"},
		{"region without STS", http.StatusForbidden, failure("RegionDisabledException"),
			"the region is not enabled in the account"},
		{"other error", http.StatusBadRequest, failure("MalformedPolicyDocument"),
			"AWS returned no credentials for the profile"},
		{"page of a proxy", http.StatusForbidden, htmlPage, "a response cannot be read"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, body = test.status, test.body
			requireProblems(t, open(server.URL), test.want)
		})
	}
	proxy := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(proxy.Close)
	requireProblems(t, open(proxy.URL), "the certificate of "+proxy.URL+" is not trusted")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "false")
	t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", proxy.URL)
	_, err := load(t, Options{}).Open(t.Context(), "eu-west-1")
	requireProblems(t, err, "there are no usable AWS credentials")
}

// The next step exports the credentials of the outer role, not of its source profile.
func TestMFASourceProfile(t *testing.T) {
	isolate(t, mfaProfile+"[profile outer]\nrole_arn = arn:aws:iam::111122223333:role/outer\n"+
		"source_profile = with mfa\nregion = eu-west-1\n")
	_, err := load(t, Options{Profile: "outer"}).Open(t.Context(), "")
	if next := problemsOf(t, err)[0].Next; !strings.HasPrefix(next,
		`eval "$(aws configure export-credentials --profile outer --format env)"; export CDK_PROFILE=`) {
		t.Errorf("got the next step %q, want an export of the credentials of the profile outer", next)
	}
}

func TestNoMFACode(t *testing.T) {
	isolate(t, mfaProfile)
	ask := func(context.Context, string) (string, error) { return "", io.EOF }
	_, err := load(t, Options{Profile: "with mfa", AskMFA: ask}).Open(t.Context(), "")
	requireProblems(t, err, "no MFA code was entered")
}

// The error must not contain the output of a credential_process, because the output may contain
// a secret.
func TestCredentialProcess(t *testing.T) {
	isolate(t, "[profile p]\nregion = eu-west-1\n"+
		`credential_process = echo '{"SecretAccessKey": "`+awsstub.Secret+`",}'`+"\n")
	_, err := load(t, Options{Profile: "p"}).Open(t.Context(), "")
	requireProblems(t, err, "there are no usable AWS credentials")
	if !strings.HasSuffix(err.Error(), "the profile's credential_process failed, or did not print credentials") {
		t.Errorf("got the error %v, want a failed credential_process", err)
	}
}

// If the settings have no region, the role is assumed in Options.Region.
func TestRoleWithoutRegion(t *testing.T) {
	isolate(t, strings.ReplaceAll(mfaProfile, "region = eu-west-1\n", ""))
	endpoint, assumed := startSTS(t)
	t.Setenv("AWS_ENDPOINT_URL", endpoint)
	ask := func(context.Context, string) (string, error) { return "123456", nil }
	access := load(t, Options{Profile: "with mfa", Region: "eu-west-3", AskMFA: ask})
	if _, err := access.Open(t.Context(), "eu-west-3"); err != nil || assumed.Load() != 1 {
		t.Errorf("got %d assumed roles and the error %v, want 1 and none", assumed.Load(), err)
	}
}

func TestFindOrigin(t *testing.T) {
	const emptyProfile = "[profile empty]\nregion = eu-west-1\n"
	isolate(t, emptyProfile+mfaProfile)
	t.Setenv("AWS_PROFILE", "empty")
	tests := []struct {
		name, key string // key is the access key in the environment
		options   Options
		want      string
	}{
		{"profile without credentials", "", Options{}, ""},
		{"keys and AWS_PROFILE", "AKID", Options{}, ""},
		{"keys and --profile", "AKID", Options{Profile: "keys"}, "keys"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("AWS_ACCESS_KEY_ID", test.key)
			t.Setenv("AWS_SECRET_ACCESS_KEY", test.key)
			got := load(t, test.options).origin
			settingsProfile := cmp.Or(test.options.Profile, "empty")
			if got.profile != test.want || got.settingsProfile != settingsProfile {
				t.Errorf("got the origin %+v, want the profiles %q and %q", got, test.want, settingsProfile)
			}
		})
	}
}

func TestSSOExpired(t *testing.T) {
	for name, profile := range map[string]string{
		"sso_session": "[profile sso]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = dev\n" +
			"region = eu-west-1\n[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://corp.example\n",
		"sso_start_url": "[profile sso]\nsso_start_url = https://corp.example\nsso_region = eu-west-1\n" +
			"sso_account_id = 111122223333\nsso_role_name = dev\nregion = eu-west-1\n",
	} {
		t.Run(name, func(t *testing.T) {
			isolate(t, profile)
			t.Setenv("HOME", t.TempDir())
			_, err := load(t, Options{Profile: "sso"}).Open(t.Context(), "")
			p := problemsOf(t, err)[0]
			if p.What != "you are not logged in to AWS, or the login has expired" ||
				p.Next != "aws sso login --profile sso" {
				t.Errorf("got the problem %q and the next step %q, want a login with SSO", p.What, p.Next)
			}
		})
	}
}

// The token of the login has expired, and AWS refuses to renew it.
func TestSSONotRenewed(t *testing.T) {
	for _, code := range []string{"ExpiredTokenException", "InvalidClientException", "InvalidGrantException",
		"UnauthorizedClientException"} {
		t.Run(code, func(t *testing.T) {
			isolate(t, "[profile sso]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = dev\n"+
				"region = eu-west-1\n[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://corp.example\n")
			home := t.TempDir()
			t.Setenv("HOME", home)
			token, err := ssocreds.StandardCachedTokenFilepath("corp")
			if err != nil || !strings.HasPrefix(token, home) {
				t.Fatalf("got the token's path %q and error %v, want a path in %s", token, err, home)
			}
			if err := os.MkdirAll(filepath.Dir(token), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(token, []byte(`{"accessToken":"a","refreshToken":"r","clientId":"c",`+
				`"clientSecret":"s","expiresAt":"2026-01-02T03:04:05Z"}`), 0o600); err != nil {
				t.Fatal(err)
			}
			var calls atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				calls.Add(1)
				w.Header().Set("X-Amzn-Errortype", code)
				w.WriteHeader(http.StatusBadRequest)
			}))
			t.Cleanup(server.Close)
			t.Setenv("AWS_ENDPOINT_URL_SSO_OIDC", server.URL)
			_, err = load(t, Options{Profile: "sso"}).Open(t.Context(), "")
			p := problemsOf(t, err)[0]
			if calls.Load() == 0 || p.What != "you are not logged in to AWS, or the login has expired" ||
				p.Next != "aws sso login --profile sso" {
				t.Errorf("got %d calls, the problem %q and the next step %q, want a login with SSO", calls.Load(), p.What,
					p.Next)
			}
		})
	}
}

func TestRoleDuration(t *testing.T) {
	isolate(t, mfaProfile+"duration_seconds = 1800\n")
	endpoint, _ := startSTS(t) // rejects any duration other than an hour
	t.Setenv("AWS_ENDPOINT_URL", endpoint)
	ask := func(context.Context, string) (string, error) { return "123456", nil }
	access := load(t, Options{Profile: "with mfa", AskMFA: ask})
	if _, err := access.config.Credentials.Retrieve(t.Context()); err == nil ||
		!strings.Contains(err.Error(), "DurationSeconds=1800") {
		t.Errorf("got the error %v, want one about 1800 s", err)
	}
}
