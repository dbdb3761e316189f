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

// errorForm holds a protocol's HTTP status and error code for a fault. SDKs treat the codes for
// Throttle as throttling:
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
type errorForm struct {
	status int
	code   string
}

var errorForms = map[protocol]map[Fault]errorForm{
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

// faultResponse builds the error that the service returns for a fault.
func faultResponse(c *call, fault Fault) *response {
	form := errorForms[c.protocol][fault]
	return errorResponse(c, form.status, form.code, "fault injected by the test: "+string(fault))
}

// errorResponse builds an error in the format of the call's protocol. If the call is a HEAD
// request, net/http omits the body.
func errorResponse(c *call, status int, code, message string) *response {
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
	return (&response{status: status, header: header}).withBody([]byte(body))
}

// response is a complete response to a call.
type response struct {
	status int
	header http.Header
	body   []byte
	stall  func() // if set, is called after half of the body is sent; the rest is never sent
}

func (resp *response) writeTo(w http.ResponseWriter) {
	maps.Copy(w.Header(), resp.header)
	w.WriteHeader(resp.status)
	if resp.stall == nil {
		_, _ = w.Write(resp.body) // the caller may have disconnected
		return
	}
	_, _ = w.Write(resp.body[:len(resp.body)/2])
	_ = http.NewResponseController(w).Flush()
	resp.stall()
}

// firstHalf returns the headers and half of the body. It returns nil for a response without a body.
func (resp *response) firstHalf() []byte {
	if len(resp.body) == 0 {
		return nil
	}
	var text bytes.Buffer
	fmt.Fprintf(&text, "HTTP/1.1 %d %s\r\n", resp.status, http.StatusText(resp.status))
	_ = resp.header.Write(&text) // a Buffer never fails
	text.WriteString("\r\n")
	text.Write(resp.body[:len(resp.body)/2])
	return text.Bytes()
}

// okResponse builds a response with status 200.
func okResponse(contentType, body string) *response {
	header := http.Header{}
	if contentType != "" {
		header.Set("Content-Type", contentType)
	}
	return (&response{status: http.StatusOK, header: header}).withBody([]byte(body))
}

// withBody returns a copy of the response with another body.
func (resp *response) withBody(body []byte) *response {
	header := resp.header.Clone()
	header.Set("Content-Length", strconv.Itoa(len(body)))
	return &response{status: resp.status, header: header, body: body}
}
