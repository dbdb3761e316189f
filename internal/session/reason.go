package session

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Text returns the text of an error, with the SDK's account of a failed call in plain words.
func Text(err error) string {
	call := (*smithy.OperationError)(nil)
	if !errors.As(err, &call) {
		return err.Error()
	}
	var reason string
	if api := answer(err); api != nil {
		reason = api.ErrorCode() + ": " + api.ErrorMessage()
	} else {
		reason = connectionReason(call.Err)
	}
	plain := Action(call.Service(), call.Operation()) + " failed: " + strings.TrimSuffix(reason, ": ")
	return strings.Replace(err.Error(), call.Error(), plain, 1)
}

// connectionReason returns in plain words why a connection failed. Go's own texts name system calls
// and packages. An error of another kind gives its innermost text.
func connectionReason(err error) string {
	certificate, record := (*tls.CertificateVerificationError)(nil), tls.RecordHeaderError{}
	name, response := (*net.DNSError)(nil), (*smithyhttp.ResponseError)(nil)
	slow := net.Error(nil)
	switch {
	case errors.As(err, &certificate):
		return certificateReason(certificate.Err)
	case errors.As(err, &record):
		return "it does not speak TLS"
	case errors.As(err, &name) && name.IsNotFound:
		return "its name is unknown"
	case errors.As(err, &name):
		return "its name cannot be looked up"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection was refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the connection broke"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "there is no route to it"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded),
		errors.As(err, &slow) && slow.Timeout():
		return "it timed out"
	case errors.As(err, &response):
		return "the answer cannot be read (status " + response.Response.Status + ")"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed"
	}
	return innermost(err)
}

// certificateReason returns the reason why a certificate is not trusted.
func certificateReason(err error) string {
	invalid, other := x509.CertificateInvalidError{}, x509.HostnameError{}
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "it has expired, or this machine's clock is wrong"
	case errors.As(err, &other):
		return "it does not name " + other.Host
	}
	return "nobody that this machine trusts has signed it"
}

// innermost returns the text of the cause behind all others.
func innermost(err error) string {
	for {
		cause := errors.Unwrap(err)
		if cause == nil {
			return err.Error()
		}
		err = cause
	}
}

// isAddress reports whether a URL can be that of an endpoint.
func isAddress(address *url.URL) bool {
	return address.Host != "" && (address.Scheme == "http" || address.Scheme == "https")
}
