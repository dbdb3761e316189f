package session

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"retrycatch/internal/awsstub"
)

// identityService answers sts:GetCallerIdentity and sts:AssumeRole, and counts the roles assumed.
func identityService(t *testing.T) (endpoint string, assumed *atomic.Int32) {
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

// A code can be used once, so every region shares the credentials.
func TestMFA(t *testing.T) {
	isolate(t, mfaProfile)
	endpoint, assumed := identityService(t)
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
			t.Errorf("got the account %q, and the profile %q", session.Account, session.Profile)
		}
	}
	if len(asked) != 1 || asked[0] != device || assumed.Load() != 1 {
		t.Errorf("asked for %q, and assumed a role %d times", asked, assumed.Load())
	}
}

func TestMFAWithoutTerminal(t *testing.T) {
	isolate(t, mfaProfile)
	_, err := load(t, Options{Profile: "with mfa"}).Open(t.Context(), "")
	p := problemsOf(t, err)[0]
	if p.What != "there is no terminal to ask for an MFA code" || !strings.Contains(p.Error(), device) {
		t.Errorf("got the problem %q", p)
	}
	if !strings.HasPrefix(p.Next, `eval "$(aws configure export-credentials --profile 'with mfa' --format env)"`) {
		t.Errorf("got the next step %q", p.Next)
	}
}

// TestRoleUnusable fails the call that gets the credentials, not the session's own call.
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
		{"a wrong code", http.StatusForbidden, failure("AccessDenied"), "AWS does not let the profile assume its role"},
		{"expired keys", http.StatusForbidden, failure("ExpiredToken"), "the AWS credentials have expired"},
		{"a wrong secret", http.StatusForbidden, failure("SignatureDoesNotMatch"),
			"the secret access key does not belong to the access key"},
		{"a region without STS", http.StatusForbidden, failure("RegionDisabledException"),
			"the region is not enabled in the account"},
		{"another refusal", http.StatusBadRequest, failure("MalformedPolicyDocument"),
			"AWS does not give the profile's credentials"},
		{"a page of a proxy", http.StatusForbidden, page, "an answer cannot be read"},
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

// The next step exports the credentials of the outer role, not those of its source profile.
func TestMFASourceProfile(t *testing.T) {
	isolate(t, mfaProfile+"[profile outer]\nrole_arn = arn:aws:iam::111122223333:role/outer\n"+
		"source_profile = with mfa\nregion = eu-west-1\n")
	_, err := load(t, Options{Profile: "outer"}).Open(t.Context(), "")
	if next := problemsOf(t, err)[0].Next; !strings.HasPrefix(next,
		`eval "$(aws configure export-credentials --profile outer --format env)"; export CDK_PROFILE=`) {
		t.Errorf("got the next step %q", next)
	}
}

func TestNoMFACode(t *testing.T) {
	isolate(t, mfaProfile)
	ask := func(context.Context, string) (string, error) { return "", io.EOF }
	_, err := load(t, Options{Profile: "with mfa", AskMFA: ask}).Open(t.Context(), "")
	requireProblems(t, err, "no MFA code was entered")
}

// The invalid output of a credential_process, which may hold a secret, is not shown.
func TestCredentialProcess(t *testing.T) {
	isolate(t, "[profile p]\nregion = eu-west-1\n"+
		`credential_process = echo '{"SecretAccessKey": "`+awsstub.Secret+`",}'`+"\n")
	_, err := load(t, Options{Profile: "p"}).Open(t.Context(), "")
	requireProblems(t, err, "there are no usable AWS credentials")
	if !strings.HasSuffix(err.Error(), "the profile's credential_process failed, or did not print credentials") {
		t.Errorf("got the error %v", err)
	}
}

// A role is assumed in the region of the command if the settings have none.
func TestRoleWithoutRegion(t *testing.T) {
	isolate(t, strings.ReplaceAll(mfaProfile, "region = eu-west-1\n", ""))
	endpoint, assumed := identityService(t)
	t.Setenv("AWS_ENDPOINT_URL", endpoint)
	ask := func(context.Context, string) (string, error) { return "123456", nil }
	access := load(t, Options{Profile: "with mfa", Region: "eu-west-3", AskMFA: ask})
	if _, err := access.Open(t.Context(), "eu-west-3"); err != nil || assumed.Load() != 1 {
		t.Errorf("got %d assumed roles and the error %v, want 1 and none", assumed.Load(), err)
	}
}

func TestFindOrigin(t *testing.T) {
	const container = "[profile empty]\nregion = eu-west-1\n"
	isolate(t, container+mfaProfile)
	t.Setenv("AWS_PROFILE", "empty")
	tests := []struct {
		name, key string
		options   Options
		profile   string
	}{
		{"profile with only a region", "", Options{}, ""},
		{"keys and AWS_PROFILE", "AKID", Options{}, ""},
		{"keys and a named profile", "AKID", Options{Profile: "keys"}, "keys"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("AWS_ACCESS_KEY_ID", test.key)
			t.Setenv("AWS_SECRET_ACCESS_KEY", test.key)
			got := load(t, test.options).origin
			want := test.options.Profile
			if want == "" {
				want = "empty"
			}
			if got.profile != test.profile || got.loaded != want {
				t.Errorf("got the origin %+v", got)
			}
		})
	}
}

func TestSSOExpired(t *testing.T) {
	for name, profile := range map[string]string{
		"session": "[profile sso]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = dev\n" +
			"region = eu-west-1\n[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://corp.example\n",
		"legacy": "[profile sso]\nsso_start_url = https://corp.example\nsso_region = eu-west-1\n" +
			"sso_account_id = 111122223333\nsso_role_name = dev\nregion = eu-west-1\n",
	} {
		t.Run(name, func(t *testing.T) {
			isolate(t, profile)
			t.Setenv("HOME", t.TempDir())
			_, err := load(t, Options{Profile: "sso"}).Open(t.Context(), "")
			p := problemsOf(t, err)[0]
			if p.What != "you are not logged in to AWS, or the login has expired" ||
				p.Next != "aws sso login --profile sso" {
				t.Errorf("got the problem %q, next %q", p.What, p.Next)
			}
		})
	}
}

func TestRoleDuration(t *testing.T) {
	isolate(t, mfaProfile+"duration_seconds = 1800\n")
	endpoint, _ := identityService(t) // refuses any duration but an hour
	t.Setenv("AWS_ENDPOINT_URL", endpoint)
	ask := func(context.Context, string) (string, error) { return "123456", nil }
	access := load(t, Options{Profile: "with mfa", AskMFA: ask})
	if _, err := access.config.Credentials.Retrieve(t.Context()); err == nil ||
		!strings.Contains(err.Error(), "DurationSeconds=1800") {
		t.Errorf("got the error %v", err)
	}
}
