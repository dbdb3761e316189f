package faults

import (
	"fmt"
	"net/http"
)

// errorForm is how a service tells of a fault: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
// names the codes that SDKs take for throttling.
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
	restXML: {
		Throttle:      {http.StatusServiceUnavailable, "SlowDown"},
		InternalError: {http.StatusInternalServerError, "InternalError"},
		Unavailable:   {http.StatusServiceUnavailable, "ServiceUnavailable"},
	},
}

// answerWith tells of a fault as the service itself would. net/http leaves out the body where the request was a HEAD.
func answerWith(w http.ResponseWriter, c call, fault Fault) {
	form := forms[c.protocol][fault]
	message := "the endpoint of the test is told to have this call " + string(fault)
	contentType, body := "text/xml", ""
	switch c.protocol {
	case jsonRPC:
		contentType, body = "application/x-amz-json-1.1", fmt.Sprintf(`{"__type": %q, "message": %q}`, form.code, message)
	case restJSON:
		contentType, body = "application/json", fmt.Sprintf(`{"Type": "User", "message": %q}`, message)
		w.Header().Set("X-Amzn-ErrorType", form.code)
	case query:
		body = fmt.Sprintf("<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>fault</RequestId></ErrorResponse>",
			form.code, message)
	case restXML:
		body = fmt.Sprintf("<Error><Code>%s</Code><Message>%s</Message><RequestId>fault</RequestId></Error>", form.code, message)
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("X-Amzn-RequestId", "fault")
	w.WriteHeader(form.status)
	fmt.Fprint(w, body)
}
