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
		t.Errorf("got the next step %q", next)
	}

	bundle := filepath.Join(t.TempDir(), "proxy.pem")
	t.Setenv("AWS_CA_BUNDLE", bundle)
	_, err = Load(t.Context(), Options{})
	requireProblems(t, err, "AWS_CA_BUNDLE does not name a file of PEM certificates: "+bundle)
	if err := os.WriteFile(bundle, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = Load(t.Context(), Options{})
	requireProblems(t, err, "AWS_CA_BUNDLE does not name a file of PEM certificates: "+bundle)
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
		return &smithyhttp.RequestSendError{
			Err: &url.Error{Op: "Post", URL: "https://sts.eu-centrl-1.amazonaws.com/", Err: err},
		}
	}
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"no such name", failed(&net.OpError{Op: "dial", Err: &net.DNSError{IsNotFound: true}}),
			"https://sts.eu-centrl-1.amazonaws.com does not exist"},
		{"a failed resolver", failed(&net.OpError{Op: "dial", Err: &net.DNSError{IsTimeout: true}}),
			"nothing answers at https://sts.eu-centrl-1.amazonaws.com"},
		{"an untrusted certificate", failed(&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}),
			"the certificate of https://sts.eu-centrl-1.amazonaws.com is not trusted"},
		{"another host's certificate", failed(&tls.CertificateVerificationError{Err: x509.HostnameError{
			Certificate: &x509.Certificate{}, Host: "sts"}}),
			"the certificate at https://sts.eu-centrl-1.amazonaws.com belongs to another host"},
		{"no URL", &smithyhttp.RequestSendError{Err: errors.New("reset")}, "AWS does not answer"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			requireProblems(t, Explain(test.err), test.want)
		})
	}
}

// A proxy answers with an HTML page. Its status decides whether the call is retried.
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

// A call is retried if the answer with its error breaks off.
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
