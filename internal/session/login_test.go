package session

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/smithy-go"
)

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

func TestExplainLoggedOut(t *testing.T) {
	t.Parallel()
	const loggedOut = "you are not logged in to AWS, or the login has expired"
	for _, test := range []struct {
		service, code string
		want          bool
	}{
		{"Signin", "InvalidGrantException", true},
		{"SSO", "UnauthorizedException", true},
		{"SSO OIDC", "InvalidGrantException", true},
		{"STS", "InvalidGrantException", false},
		{"Signin", "ServiceQuotaExceededException", false},
	} {
		t.Run(test.service+" "+test.code, func(t *testing.T) {
			t.Parallel()
			call := &smithy.OperationError{ServiceID: test.service, OperationName: "CreateToken",
				Err: &smithy.GenericAPIError{Code: test.code, Message: "no"}}
			err := explainCredentials(&CredentialsError{Err: call, Renewal: "aws login --profile p"})
			p := problemsOf(t, err)[0]
			if got := p.What == loggedOut && p.Next == "aws login --profile p"; got != test.want {
				t.Errorf("got the problem %q and the next step %q, want a login: %t", p.What, p.Next, test.want)
			}
		})
	}
}
