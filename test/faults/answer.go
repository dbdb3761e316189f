package faults

import (
	"bytes"
	"fmt"
	"html"
	"maps"
	"net/http"
	"strconv"

	"github.com/aws/smithy-go/encoding/cbor"
)

// errorForm holds a protocol's status and code for a fault. SDKs recognize these codes as
// throttling: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
type errorForm struct {
	status int
	code   string
}

var forms = map[protocol]map[Fault]errorForm{
	jsonRPC: {
		Throttle:      {http.StatusBadRequest, "ThrottlingException"},
		InternalError: {http.StatusInternalServerError, "InternalFailure"},
		Unavailable:   {http.StatusServiceUnavailable, "ServiceUnavailable"},
	},
	query: {
		Throttle:      {http.StatusBadRequest, "Throttling"},
		InternalError: {http.StatusInternalServerError, "InternalFailure"},
		Unavailable:   {http.StatusServiceUnavailable, "ServiceUnavailable"},
	},
	restJSON: {
		Throttle:      {http.StatusTooManyRequests, "TooManyRequestsException"},
		InternalError: {http.StatusInternalServerError, "ServiceException"},
		Unavailable:   {http.StatusServiceUnavailable, "ServiceUnavailable"},
	},
	rpcCBOR: {
		Throttle:      {http.StatusBadRequest, "ThrottlingException"},
		InternalError: {http.StatusInternalServerError, "InternalServiceFault"},
		Unavailable:   {http.StatusServiceUnavailable, "ServiceUnavailable"},
	},
	restXML: {
		Throttle:      {http.StatusServiceUnavailable, "SlowDown"},
		InternalError: {http.StatusInternalServerError, "InternalError"},
		Unavailable:   {http.StatusServiceUnavailable, "ServiceUnavailable"},
	},
}

// injected builds the service's own error for a fault.
func injected(c *call, fault Fault) *answer {
	form := forms[c.protocol][fault]
	return refuse(c, form.status, form.code, "a fault that the test injected: "+string(fault))
}

// refuse builds a service's error in the form of its protocol. net/http omits the body in the
// answer to a HEAD.
func refuse(c *call, status int, code, message string) *answer {
	contentType, body := "text/xml", ""
	header := http.Header{"X-Amzn-Requestid": {"fault"}}
	switch c.protocol {
	case jsonRPC:
		contentType, body = "application/x-amz-json-1.1", fmt.Sprintf(`{"__type": %q, "message": %q}`, code, message)
	case restJSON:
		contentType, body = "application/json", fmt.Sprintf(`{"Type": "User", "message": %q}`, message)
		header.Set("X-Amzn-ErrorType", code)
	case query:
		body = fmt.Sprintf("<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error>"+
			"<RequestId>fault</RequestId></ErrorResponse>", code, html.EscapeString(message))
	case restXML:
		body = fmt.Sprintf("<Error><Code>%s</Code><Message>%s</Message><RequestId>fault</RequestId></Error>",
			code, html.EscapeString(message))
	case rpcCBOR: // https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
		contentType = "application/cbor"
		body = string(cbor.Encode(cbor.Map{"__type": cbor.String(code), "message": cbor.String(message)}))
		header.Set("Smithy-Protocol", "rpc-v2-cbor")
	}
	header.Set("Content-Type", contentType)
	return (&answer{status: status, header: header}).with([]byte(body))
}

// answer is a complete answer to a call.
type answer struct {
	status int
	header http.Header
	body   []byte
	stall  func() // if set, it is called after half of the body; the rest is not sent
}

func (a *answer) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
	if a.stall == nil {
		_, _ = w.Write(a.body) // the caller may have disconnected
		return
	}
	_, _ = w.Write(a.body[:len(a.body)/2])
	_ = http.NewResponseController(w).Flush()
	a.stall()
}

// half returns the headers and half of the body, or nil for an answer without a body.
func (a *answer) half() []byte {
	if len(a.body) == 0 {
		return nil
	}
	var text bytes.Buffer
	fmt.Fprintf(&text, "HTTP/1.1 %d %s\r\n", a.status, http.StatusText(a.status))
	_ = a.header.Write(&text) // a Buffer never fails
	text.WriteString("\r\n")
	text.Write(a.body[:len(a.body)/2])
	return text.Bytes()
}

// accept builds an answer with status 200.
func accept(contentType, body string) *answer {
	header := http.Header{}
	if contentType != "" {
		header.Set("Content-Type", contentType)
	}
	return (&answer{status: http.StatusOK, header: header}).with([]byte(body))
}

// with returns the same answer with another body.
func (a *answer) with(body []byte) *answer {
	header := a.header.Clone()
	header.Set("Content-Length", strconv.Itoa(len(body)))
	return &answer{status: a.status, header: header, body: body}
}
