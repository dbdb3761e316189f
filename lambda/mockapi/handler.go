package main

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"reflect"
	"strings"

	"github.com/aws/aws-lambda-go/lambdacontext"
)

// The state machine's retriers and catchers match the names of these types. The Lambda runtime
// reports an error by the name of its outermost Go type, so the handler never wraps them.
type (
	// TooManyRequestsException reports the API's 429, which the state machine retries. Step
	// Functions reports Lambda's own throttling under another name,
	// Lambda.TooManyRequestsException.
	TooManyRequestsException struct{}
	// ServerUnavailableException reports the API's 503, which the state machine catches.
	ServerUnavailableException struct{}
	// UnknownException reports every other outcome, including an event without a valid status code.
	UnknownException struct{}
)

func (TooManyRequestsException) Error() string   { return "429 Too Many Requests" }
func (ServerUnavailableException) Error() string { return "503 Server Unavailable" }
func (UnknownException) Error() string           { return "Unknown error" }

// mockAPI implements lambda.Handler, which gets the events as bytes. For a typed function, the
// runtime would decode the event first and report its own error, not UnknownException.
type mockAPI struct{ log *slog.Logger }

// newMockAPI returns the handler. It writes one line of JSON for each invocation, with the keys of
// Lambda's own JSON lines:
// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
func newMockAPI(logTo io.Writer) mockAPI {
	return mockAPI{slog.New(slog.NewJSONHandler(logTo, &slog.HandlerOptions{ReplaceAttr: lambdacontext.ReplaceAttr}))}
}

// Invoke handles one event, for example {"statuscode": "200"}.
func (m mockAPI) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	code := statusCode(event)
	log := m.log.With(request(ctx), trace(ctx), slog.String("statuscode", code))
	response, err := call(code)
	if err != nil {
		log.ErrorContext(ctx, "the API call failed",
			"errorType", reflect.TypeOf(err).Name(), "errorMessage", err.Error())
		return nil, err
	}
	log.InfoContext(ctx, "the API call succeeded")
	return json.Marshal(response)
}

// request returns the request's ID, which Lambda's own log lines also contain.
func request(ctx context.Context) slog.Attr {
	if lambdaContext, ok := lambdacontext.FromContext(ctx); ok {
		return slog.String("requestId", lambdaContext.AwsRequestID)
	}
	return slog.Attr{} // slog omits an empty attribute
}

// trace returns the ID of the X-Ray trace. The ID links the log line to the execution, because an
// execution's history does not show the request's ID. The header has the form
// Root=ID;Parent=ID;Sampled=1, with the fields in any order. The runtime stores the header only
// under this key:
// https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
func trace(ctx context.Context) slog.Attr {
	header, _ := ctx.Value("x-amzn-trace-id").(string)
	for field := range strings.SplitSeq(header, ";") {
		if root, found := strings.CutPrefix(strings.TrimSpace(field), "Root="); found && root != "" {
			return slog.String("traceId", root)
		}
	}
	return slog.Attr{}
}

// statusCode returns the event's "statuscode", or "" if there is none. As in AWS's tutorial, the
// status code must be a JSON string: statusCode also returns "" for the number 200. It decodes the
// event into a map, because decoding into a struct would ignore the case of the keys. It leaves
// other values raw, because some, such as 1e999, fit no Go type.
func statusCode(event []byte) string {
	var fields map[string]json.RawMessage
	var code string
	if json.Unmarshal(event, &fields) != nil || json.Unmarshal(fields["statuscode"], &code) != nil {
		return ""
	}
	return code
}

// call returns the API's response for a status code.
func call(code string) (string, error) {
	switch code {
	case "200":
		return "200 OK", nil
	case "429":
		return "", TooManyRequestsException{}
	case "503":
		return "", ServerUnavailableException{}
	default:
		return "", UnknownException{}
	}
}
