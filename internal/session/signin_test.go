package session

import (
	"cmp"
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
