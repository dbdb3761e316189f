package session

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	smithyhttp "github.com/aws/smithy-go/transport/http"

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
				fmt.Fprintf(w, "<ErrorResponse><Error><Code>ValidationError</Code><Message>DurationSeconds=%s</Message>"+
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
	t.Setenv("AWS_ENDPOINT_URL_STS", endpoint) // of the call that assumes the role
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
		if session.Account != awsstub.Account {
			t.Errorf("the account is %q", session.Account)
		}
	}
	if len(asked) != 1 || asked[0] != device || assumed.Load() != 1 {
		t.Errorf("asked for %q, and assumed a role %d times", asked, assumed.Load())
	}
	if access.Profile() != "with mfa" {
		t.Errorf("the profile is %q", access.Profile())
	}
}

func TestMFAWithoutATerminal(t *testing.T) {
	isolate(t, mfaProfile)
	_, err := load(t, Options{Profile: "with mfa"}).Open(t.Context(), "")
	p := problemsOf(t, err)[0]
	if p.What != "there is no terminal to ask for an MFA code" || !strings.Contains(p.Error(), device) {
		t.Errorf("the problem is %q", p)
	}
	if !strings.HasPrefix(p.Next, `eval "$(aws configure export-credentials --profile 'with mfa' --format env)"`) {
		t.Errorf("the next step is %q", p.Next)
	}
}

// The call that gets the credentials fails, not the call of the session.
func TestRoleUnusable(t *testing.T) {
	isolate(t, mfaProfile)
	ask := func(context.Context, string) (string, error) { return "000000", nil }
	open := func(endpoint string) error {
		t.Setenv("AWS_ENDPOINT_URL_STS", endpoint)
		_, err := load(t, Options{Profile: "with mfa", AskMFA: ask}).Open(t.Context(), "")
		return err
	}
	endpoint, _ := identityService(t)
	requireProblems(t, open(endpoint), "AWS refuses the profile's role")
	proxy := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(proxy.Close)
	requireProblems(t, open(proxy.URL), "the certificate of "+proxy.URL+" is not trusted")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "false")
	t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", proxy.URL)
	_, err := load(t, Options{}).Open(t.Context(), "eu-west-1")
	requireProblems(t, err, "there are no usable AWS credentials")
}

func TestSSOExpired(t *testing.T) {
	for name, profile := range map[string]string{
		"with a session": "[profile sso]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = dev\n" +
			"region = eu-west-1\n[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://corp.example\n",
		"of the older form": "[profile sso]\nsso_start_url = https://corp.example\nsso_region = eu-west-1\n" +
			"sso_account_id = 111122223333\nsso_role_name = dev\nregion = eu-west-1\n",
	} {
		t.Run(name, func(t *testing.T) {
			isolate(t, profile)
			t.Setenv("HOME", t.TempDir())
			_, err := load(t, Options{Profile: "sso"}).Open(t.Context(), "")
			p := problemsOf(t, err)[0]
			if p.What != "nobody is logged in to AWS, or the login has expired" || p.Next != "aws sso login --profile sso" {
				t.Errorf("the problem is %q, next %q", p.What, p.Next)
			}
		})
	}
}

func TestRegionNames(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, region, want string }{
		{"blank", "  ", "no region is set"},
		{"a blank in it", "eu-west-1 ", `"eu-west-1 " is not the name of a region`},
		{"an availability zone", "eu-west-1a", `"eu-west-1a" is not the name of a region`},
		{"a typing error", "euwest1", `"euwest1" is not the name of a region`},
		{"upper case", "EU-WEST-1", `"EU-WEST-1" is not the name of a region`},
		{"GovCloud", "us-gov-west-1", ""},
		{"China", "cn-northwest-1", ""},
		{"isolated", "us-isob-east-1", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := checkRegion(test.region)
			if test.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			requireProblems(t, err, test.want)
		})
	}
}

// A region that is not enabled knows no key, and us-east-1 knows every valid one.
func TestRegionNotEnabled(t *testing.T) {
	t.Parallel()
	unknown := awsstub.Error(http.StatusForbidden, "InvalidClientTokenId", "The security token is invalid")
	known := awsstub.XML("<Account>111122223333</Account><Arn>arn</Arn><UserId>U</UserId>")
	tests := []struct {
		name    string
		answers []awsstub.Answer
		what    string
		next    string
	}{
		{"enabled nowhere else", []awsstub.Answer{unknown, known},
			"the region af-south-1 is not enabled in the account 111122223333",
			"aws account enable-region --region-name af-south-1 --region us-east-1"},
		{"an unknown key", []awsstub.Answer{unknown}, "AWS does not know the access key", "check the keys"},
		{"the other region does not answer", []awsstub.Answer{unknown, awsstub.Broken("no route")},
			"AWS does not know the access key, or the region is not enabled in the account", "check the keys"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			cfg := awsstub.New(t).On(callerIdentity, test.answers...).Config()
			cfg.Region = "af-south-1"
			_, err := Check(t.Context(), cfg)
			requireProblems(t, err, test.what)
			if next := problemsOf(t, err)[0].Next; !strings.HasPrefix(next, test.next) {
				t.Errorf("the next step is %q", next)
			}
		})
	}
}

// A proxy that inspects TLS signs the certificates of AWS's endpoints itself.
func TestCertificate(t *testing.T) {
	isolate(t, "")
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "<GetCallerIdentityResponse><GetCallerIdentityResult/></GetCallerIdentityResponse>")
	}))
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL", server.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKID")
	t.Setenv("AWS_SECRET_ACCESS_KEY", awsstub.Secret)
	_, err := load(t, Options{}).Open(t.Context(), "eu-west-1")
	requireProblems(t, err, "the certificate of "+server.URL+" is not trusted")
	if next := problemsOf(t, err)[0].Next; !strings.Contains(next, "AWS_CA_BUNDLE") {
		t.Errorf("the next step is %q", next)
	}

	bundle := filepath.Join(t.TempDir(), "proxy.pem")
	t.Setenv("AWS_CA_BUNDLE", bundle)
	_, err = Load(t.Context(), Options{})
	requireProblems(t, err, "AWS_CA_BUNDLE names a file that cannot be read")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(bundle, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := load(t, Options{}).Open(t.Context(), "eu-west-1"); err != nil {
		t.Error(err)
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	failed := func(err error) error {
		return &smithyhttp.RequestSendError{Err: &url.Error{Op: "Post", URL: "https://sts.eu-centrl-1.amazonaws.com/", Err: err}}
	}
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"no such name", failed(&net.OpError{Op: "dial", Err: &net.DNSError{IsNotFound: true}}),
			"there is no https://sts.eu-centrl-1.amazonaws.com"},
		{"a resolver that fails", failed(&net.OpError{Op: "dial", Err: &net.DNSError{IsTimeout: true}}),
			"nothing answers at https://sts.eu-centrl-1.amazonaws.com"},
		{"an untrusted certificate", failed(&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}),
			"the certificate of https://sts.eu-centrl-1.amazonaws.com is not trusted"},
		{"no URL", &smithyhttp.RequestSendError{Err: errors.New("reset")}, "AWS does not answer"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			requireProblems(t, Explain(test.err), test.want)
		})
	}
}

// A proxy answers with a page of its own. Its status tells whether another try helps.
func TestHTMLError(t *testing.T) {
	t.Parallel()
	for status, calls := range map[int]int{http.StatusForbidden: 1, http.StatusProxyAuthRequired: 1,
		http.StatusBadGateway: 3} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On(callerIdentity, func(call awsstub.Call) (*http.Response, error) {
				response, err := awsstub.Body("text/html", page)(call)
				response.StatusCode = status
				return response, err
			})
			cfg := stub.Config()
			cfg.APIOptions = append(cfg.APIOptions, RequireReadable)
			_, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), nil)
			requireProblems(t, Explain(err), "an answer cannot be read")
			if want := fmt.Sprintf("an HTML page (status %d)", status); !strings.Contains(err.Error(), want) ||
				Denied(err) {
				t.Errorf("denied: %t, the error is %v", Denied(err), err)
			}
			if got := len(stub.Inputs(callerIdentity)); got != calls {
				t.Errorf("%d calls, want %d", got, calls)
			}
		})
	}
}

// A failed call's answer that breaks off does not say why the call failed.
func TestBrokenError(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(t).On(callerIdentity, func(call awsstub.Call) (*http.Response, error) {
		response, err := awsstub.Error(http.StatusBadRequest, "ValidationError", "no")(call)
		response.Body = io.NopCloser(iotest.ErrReader(net.ErrClosed))
		return response, err
	}, awsstub.XML("<Account>111122223333</Account>"))
	cfg := stub.Config()
	cfg.APIOptions = append(cfg.APIOptions, RequireReadable)
	if _, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

func TestRoleDuration(t *testing.T) {
	isolate(t, mfaProfile+"duration_seconds = 1800\n")
	endpoint, _ := identityService(t) // refuses any duration but an hour
	t.Setenv("AWS_ENDPOINT_URL", endpoint)
	t.Setenv("AWS_ENDPOINT_URL_STS", endpoint) // of the call that assumes the role
	ask := func(context.Context, string) (string, error) { return "123456", nil }
	access := load(t, Options{Profile: "with mfa", AskMFA: ask})
	if _, err := access.config.Credentials.Retrieve(t.Context()); err == nil ||
		!strings.Contains(err.Error(), "DurationSeconds=1800") {
		t.Errorf("the error is %v", err)
	}
}
