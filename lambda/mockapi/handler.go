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

// The errors are named as the state machine's retriers and catchers name them: the Lambda runtime reports an error by
// the name of its Go type, and only of the outermost one, so they are returned as they are, never wrapped.
type (
	// TooManyRequestsException is the API's 429, which the state machine retries. It is not Lambda's own throttling,
	// which Step Functions reports as Lambda.TooManyRequestsException.
	TooManyRequestsException struct{}
	// ServerUnavailableException is the API's 503, which the state machine catches.
	ServerUnavailableException struct{}
	// UnknownException is every other outcome, an event without a readable status code included.
	UnknownException struct{}
)

func (TooManyRequestsException) Error() string   { return "429 Too Many Requests" }
func (ServerUnavailableException) Error() string { return "503 Server Unavailable" }
func (UnknownException) Error() string           { return "Unknown error" }

// mockAPI is a lambda.Handler and not a typed function, so that no decoding stands before it: an event that does not
// fit any type must end as UnknownException too, not as the decoder's own error.
type mockAPI struct{ log *slog.Logger }

// newMockAPI returns the handler, which writes one line of JSON for each invocation, with the keys that Lambda's own
// JSON lines have: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
func newMockAPI(logTo io.Writer) mockAPI {
	return mockAPI{slog.New(slog.NewJSONHandler(logTo, &slog.HandlerOptions{ReplaceAttr: lambdacontext.ReplaceAttr}))}
}

// Invoke answers one event, {"statuscode": "200"}.
func (m mockAPI) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	code := statusCode(event)
	log := m.log.With(request(ctx), trace(ctx), slog.String("statuscode", code))
	answer, err := call(code)
	if err != nil {
		log.ErrorContext(ctx, "the API call failed", "errorType", reflect.TypeOf(err).Name(), "errorMessage", err.Error())
		return nil, err
	}
	log.InfoContext(ctx, "the API call succeeded")
	return json.Marshal(answer)
}

// request is what the line has in common with Lambda's own lines.
func request(ctx context.Context) slog.Attr {
	if lambdaContext, ok := lambdacontext.FromContext(ctx); ok {
		return slog.String("requestId", lambdaContext.AwsRequestID)
	}
	return slog.Attr{} // is left out
}

// trace is what the line has in common with the execution that calls, whose history does not tell the request's ID: the
// root of its X-Ray trace. The header that Lambda gets is Root=ID;Parent=ID;Sampled=1, in any order, and the runtime keeps
// it under this key alone: https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
func trace(ctx context.Context) slog.Attr {
	header, _ := ctx.Value("x-amzn-trace-id").(string)
	for field := range strings.SplitSeq(header, ";") {
		if root, found := strings.CutPrefix(strings.TrimSpace(field), "Root="); found && root != "" {
			return slog.String("traceId", root)
		}
	}
	return slog.Attr{}
}

// statusCode reads the event's "statuscode". Only a JSON string counts, as in the tutorial: the number 200 is unknown.
// Keys are compared exactly, which decoding into a Go struct would not do, and other keys' values are not decoded, since
// some do not fit any Go type (1e999). An event without one has the code "".
func statusCode(event []byte) string {
	var fields map[string]json.RawMessage
	var code string
	if json.Unmarshal(event, &fields) != nil || json.Unmarshal(fields["statuscode"], &code) != nil {
		return ""
	}
	return code
}

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
