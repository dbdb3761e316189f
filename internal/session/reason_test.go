package session

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"retrycatch/internal/awsstub"
)

func TestConnectionReason(t *testing.T) {
	t.Parallel()
	dial := func(err error) error {
		return &url.Error{Op: "Post", URL: "https://x", Err: &net.OpError{Op: "dial", Net: "tcp", Err: err}}
	}
	connect := func(code syscall.Errno) error { return dial(os.NewSyscallError("connect", code)) }
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"refused", connect(syscall.ECONNREFUSED), "the connection was refused"},
		{"reset", connect(syscall.ECONNRESET), "the connection broke"},
		{"no route", connect(syscall.EHOSTUNREACH), "there is no route to the host"},
		{"no route to the network", connect(syscall.ENETUNREACH), "there is no route to the host"},
		{"unknown host name", dial(&net.DNSError{Err: "no such host", IsNotFound: true}), "the host name is unknown"},
		{"failed name server", dial(&net.DNSError{Err: "server misbehaving"}), "the host name cannot be looked up"},
		{"deadline", dial(context.DeadlineExceeded), "the connection timed out"},
		{"socket deadline", dial(os.ErrDeadlineExceeded), "the connection timed out"},
		{"no TLS", dial(tls.RecordHeaderError{Msg: "first record"}), "the server does not use TLS"},
		{"closed", dial(io.EOF), "the connection was closed"},
		{"unknown issuer", &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}},
			"this machine does not trust the certificate's issuer"},
		{"expired certificate", &tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired}},
			"the certificate has expired, or this machine's clock is wrong"},
		{"certificate of another host", &tls.CertificateVerificationError{Err: x509.HostnameError{Host: "sts"}},
			"the certificate is not for sts"},
		{"other error", fmt.Errorf("outer: %w", errors.New("inner")), "inner"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := connectionReason(test.err); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	call := func(err error) error {
		return &smithy.OperationError{ServiceID: "CloudFormation", OperationName: "DescribeStacks", Err: err}
	}
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"AWS error", fmt.Errorf("cannot read the stack: %w",
			call(&smithy.GenericAPIError{Code: "ValidationError", Message: "no"})),
			"cannot read the stack: cloudformation:DescribeStacks failed: ValidationError: no"},
		{"AWS error without a message", call(&smithy.GenericAPIError{Code: "Throttling"}),
			"cloudformation:DescribeStacks failed: Throttling"},
		{"connection timeout", call(&smithyhttp.RequestSendError{Err: context.DeadlineExceeded}),
			"cloudformation:DescribeStacks failed: the connection timed out"},
		{"other error", errors.New("plain"), "plain"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := Text(test.err); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// A proxy may reject a call with an error response that has no body.
func TestEmptyErrorResponse(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusForbidden, http.StatusNotFound, http.StatusBadGateway} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On(callerIdentity, awsstub.Response(status, "", ""))
			cfg := stub.Config()
			cfg.APIOptions = append(cfg.APIOptions, RequireReadable)
			_, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), nil)
			requireProblems(t, Explain(err), "a response cannot be read")
			want := fmt.Sprintf("sts:GetCallerIdentity got an empty response (status %d)", status)
			if !strings.HasSuffix(err.Error(), want) {
				t.Errorf("got the error %v, want %q", err, want)
			}
		})
	}
}

func TestCheckEndpoints(t *testing.T) {
	t.Parallel()
	valid := []string{
		"AWS_ENDPOINT_URL=http://localhost:4566",
		"AWS_ENDPOINT_URL_SFN=https://[::1]:1/x",
		"AWS_ENDPOINT_URL_S3=",
		"OTHER=x",
	}
	if err := checkEndpoints(valid); err != nil {
		t.Error(err)
	}
	err := checkEndpoints([]string{"AWS_ENDPOINT_URL=localhost:4566", "AWS_ENDPOINT_URL_SFN=127.0.0.1:1"})
	requireProblems(t, err,
		"AWS_ENDPOINT_URL is not a valid URL: localhost:4566",
		"AWS_ENDPOINT_URL_SFN is not a valid URL: 127.0.0.1:1")
}
