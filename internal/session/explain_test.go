package session

import (
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
	"testing"
	"testing/iotest"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"retrycatch/internal/awsstub"
)

// A proxy that inspects TLS replaces the certificates of AWS's endpoints with its own.
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
		t.Errorf("got the next step %q, want it to name AWS_CA_BUNDLE", next)
	}

	bundle := filepath.Join(t.TempDir(), "proxy.pem")
	t.Setenv("AWS_CA_BUNDLE", bundle)
	_, err = Load(t.Context(), Options{})
	requireProblems(t, err, "AWS_CA_BUNDLE is not a file of PEM certificates: "+bundle)
	if err := os.WriteFile(bundle, []byte("not a certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = Load(t.Context(), Options{})
	requireProblems(t, err, "AWS_CA_BUNDLE is not a file of PEM certificates: "+bundle)
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(bundle, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := load(t, Options{}).Open(t.Context(), "eu-west-1"); err != nil {
		t.Error(err)
	}
}

func TestExplainSendError(t *testing.T) {
	t.Parallel()
	failed := func(err error) error {
		return &smithyhttp.RequestSendError{
			Err: &url.Error{Op: "Post", URL: "https://sts.eu-centrl-1.amazonaws.com/", Err: err},
		}
	}
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"unknown host name", failed(&net.OpError{Op: "dial", Err: &net.DNSError{IsNotFound: true}}),
			"cannot find https://sts.eu-centrl-1.amazonaws.com"},
		{"failed name server", failed(&net.OpError{Op: "dial", Err: &net.DNSError{IsTimeout: true}}),
			"no response from https://sts.eu-centrl-1.amazonaws.com"},
		{"untrusted certificate", failed(&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}),
			"the certificate of https://sts.eu-centrl-1.amazonaws.com is not trusted"},
		{"certificate of another host", failed(&tls.CertificateVerificationError{Err: x509.HostnameError{
			Certificate: &x509.Certificate{}, Host: "sts"}}),
			"the certificate of https://sts.eu-centrl-1.amazonaws.com belongs to another host"},
		{"no URL", &smithyhttp.RequestSendError{Err: errors.New("reset")}, "AWS does not respond"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			requireProblems(t, Explain(test.err), test.want)
		})
	}
}

// A proxy may respond with an HTML page. The status decides whether the SDK retries the call.
func TestExplainHTMLPage(t *testing.T) {
	t.Parallel()
	for status, calls := range map[int]int{http.StatusForbidden: 1, http.StatusProxyAuthRequired: 1,
		http.StatusBadGateway: 3} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On(callerIdentity, func(call awsstub.Call) (*http.Response, error) {
				response, err := awsstub.Body("text/html", htmlPage)(call)
				response.StatusCode = status
				return response, err
			})
			cfg := stub.Config()
			cfg.APIOptions = append(cfg.APIOptions, RequireReadable)
			_, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), nil)
			requireProblems(t, Explain(err), "a response cannot be read")
			if want := fmt.Sprintf("an HTML page (status %d)", status); !strings.Contains(err.Error(), want) ||
				Denied(err) {
				t.Errorf("got Denied %t and the error %v, want false and %q", Denied(err), err, want)
			}
			if got := len(stub.Inputs(callerIdentity)); got != calls {
				t.Errorf("got %d calls, want %d", got, calls)
			}
		})
	}
}

// The SDK retries a call if the connection breaks during an error response.
func TestIncompleteErrorResponse(t *testing.T) {
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
