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

// Text returns the text of an error. It replaces the SDK's description of a failed call with plain
// words.
func Text(err error) string {
	call := (*smithy.OperationError)(nil)
	if !errors.As(err, &call) {
		return err.Error()
	}
	var reason string
	if api := apiError(err); api != nil {
		reason = api.ErrorCode() + ": " + api.ErrorMessage()
	} else {
		reason = connectionReason(call.Err)
	}
	plain := Action(call.Service(), call.Operation()) + " failed: " + strings.TrimSuffix(reason, ": ")
	return strings.Replace(err.Error(), call.Error(), plain, 1)
}

// connectionReason says in plain words why a connection failed, because Go's messages name system
// calls and packages. For any other error, it returns the message of the innermost error.
func connectionReason(err error) string {
	certificate, record := (*tls.CertificateVerificationError)(nil), tls.RecordHeaderError{}
	lookup, response := (*net.DNSError)(nil), (*smithyhttp.ResponseError)(nil)
	network := net.Error(nil)
	switch {
	case errors.As(err, &certificate):
		return certificateReason(certificate.Err)
	case errors.As(err, &record):
		return "the server does not use TLS"
	case errors.As(err, &lookup) && lookup.IsNotFound:
		return "the host name is unknown"
	case errors.As(err, &lookup):
		return "the host name cannot be looked up"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection was refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the connection broke"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "there is no route to the host"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded),
		errors.As(err, &network) && network.Timeout():
		return "the connection timed out"
	case errors.As(err, &response):
		return "the response cannot be read (status " + response.Response.Status + ")"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed"
	}
	return innermostText(err)
}

// certificateReason says in plain words why a certificate was rejected.
func certificateReason(err error) string {
	invalid, otherHost := x509.CertificateInvalidError{}, x509.HostnameError{}
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "the certificate has expired, or this machine's clock is wrong"
	case errors.As(err, &otherHost):
		return "the certificate is not for " + otherHost.Host
	}
	return "this machine does not trust the certificate's issuer"
}

func innermostText(err error) string {
	for {
		cause := errors.Unwrap(err)
		if cause == nil {
			return err.Error()
		}
		err = cause
	}
}

// isEndpoint reports whether a URL can be the URL of an endpoint.
func isEndpoint(u *url.URL) bool {
	return u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}
