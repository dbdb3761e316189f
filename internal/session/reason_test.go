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
	call := func(code syscall.Errno) error { return dial(os.NewSyscallError("connect", code)) }
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"refused", call(syscall.ECONNREFUSED), "the connection was refused"},
		{"reset", call(syscall.ECONNRESET), "the connection broke"},
		{"no route", call(syscall.EHOSTUNREACH), "there is no route to it"},
		{"no network", call(syscall.ENETUNREACH), "there is no route to it"},
		{"unknown name", dial(&net.DNSError{Err: "no such host", IsNotFound: true}), "its name is unknown"},
		{"broken resolver", dial(&net.DNSError{Err: "server misbehaving"}), "its name cannot be looked up"},
		{"deadline", dial(context.DeadlineExceeded), "it timed out"},
		{"socket deadline", dial(os.ErrDeadlineExceeded), "it timed out"},
		{"no TLS", dial(tls.RecordHeaderError{Msg: "first record"}), "it does not speak TLS"},
		{"closed", dial(io.EOF), "the connection was closed"},
		{"unknown signer", &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}},
			"nobody that this machine trusts has signed it"},
		{"expired", &tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired}},
			"it has expired, or this machine's clock is wrong"},
		{
			"another host",
			&tls.CertificateVerificationError{Err: x509.HostnameError{Host: "sts"}},
			"it does not name sts",
		},
		{"something else", fmt.Errorf("outer: %w", errors.New("inner")), "inner"},
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
		{"an answer", fmt.Errorf("cannot read the stack: %w",
			call(&smithy.GenericAPIError{Code: "ValidationError", Message: "no"})),
			"cannot read the stack: cloudformation:DescribeStacks failed: ValidationError: no"},
		{"an answer without a message", call(&smithy.GenericAPIError{Code: "Throttling"}),
			"cloudformation:DescribeStacks failed: Throttling"},
		{"no answer", call(&smithyhttp.RequestSendError{Err: context.DeadlineExceeded}),
			"cloudformation:DescribeStacks failed: it timed out"},
		{"no call", errors.New("plain"), "plain"},
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

// A proxy may refuse a call with an empty answer.
func TestEmptyFailure(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusForbidden, http.StatusNotFound, http.StatusBadGateway} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On(callerIdentity, awsstub.Plain(status, "", ""))
			cfg := stub.Config()
			cfg.APIOptions = append(cfg.APIOptions, RequireReadable)
			_, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), nil)
			requireProblems(t, Explain(err), "an answer cannot be read")
			want := fmt.Sprintf("GetCallerIdentity of STS got an empty answer (status %d)", status)
			if !strings.HasSuffix(err.Error(), want) {
				t.Errorf("got the error %v", err)
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
		"AWS_ENDPOINT_URL is not an address: localhost:4566",
		"AWS_ENDPOINT_URL_SFN is not an address: 127.0.0.1:1")
}
