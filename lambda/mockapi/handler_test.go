package main

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/google/go-cmp/cmp"
)

// outcome holds Lambda's report of one invocation: a response, or an error's name and message.
type outcome struct {
	Response                string
	ErrorType, ErrorMessage string
}

// The outcomes of the specification.
var (
	ok                = outcome{Response: `"200 OK"`}
	tooManyRequests   = outcome{ErrorType: "TooManyRequestsException", ErrorMessage: "429 Too Many Requests"}
	serverUnavailable = outcome{ErrorType: "ServerUnavailableException", ErrorMessage: "503 Server Unavailable"}
	unknown           = outcome{ErrorType: "UnknownException", ErrorMessage: "Unknown error"}
)

// invocations holds the events that test the handler and the compiled function.
var invocations = []struct {
	name  string
	event string
	want  outcome
}{
	{"200", `{"statuscode":"200"}`, ok},
	{"429", `{"statuscode":"429"}`, tooManyRequests},
	{"503", `{"statuscode":"503"}`, serverUnavailable},
	{"another code", `{"statuscode":"999"}`, unknown},

	{"other keys", `{"name":"x","statuscode":"200","list":[{"statuscode":"503"}]}`, ok},
	{"number too large for float64 in another key", `{"big":1e999,"statuscode":"200"}`, ok},
	{"last duplicate key wins", `{"statuscode":"429","statuscode":"200"}`, ok},
	{"last duplicate key is null", `{"statuscode":"200","statuscode":null}`, unknown},
	{"whitespace around values", " {\n\t\"statuscode\" : \"503\" }\r\n", serverUnavailable},
	{"escaped characters", `{"status\u0063ode":"42\u0039"}`, tooManyRequests},

	{"whitespace in the code", `{"statuscode":" 200"}`, unknown},
	{"longer code", `{"statuscode":"2000"}`, unknown},
	{"empty code", `{"statuscode":""}`, unknown},
	{"missing code", `{}`, unknown},
	{"number", `{"statuscode":200}`, unknown},
	{"null", `{"statuscode":null}`, unknown},
	{"boolean", `{"statuscode":true}`, unknown},
	{"array", `{"statuscode":["200"]}`, unknown},
	{"object", `{"statuscode":{"statuscode":"200"}}`, unknown},
	{"nested code", `{"event":{"statuscode":"200"}}`, unknown},
	{"capitalized key", `{"StatusCode":"200"}`, unknown},
	{"lowercase and uppercase key", `{"statuscode":"200","STATUSCODE":"503"}`, ok},
	{"string event", `"200"`, unknown},
	{"number event", `200`, unknown},
	{"array event", `[{"statuscode":"200"}]`, unknown},
	{"null event", `null`, unknown},
	{"invalid JSON", `statuscode=200`, unknown},
	{"truncated event", `{"statuscode":"200"`, unknown},
	{"trailing data", `{"statuscode":"200"} {}`, unknown},
	{"empty event", ``, unknown},
}

// traces holds X-Ray trace headers that test the handler and the compiled function.
var traces = []struct{ name, header, want string }{
	{
		"root first",
		"Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=1:ae7b5d4b:0",
		"1-5759e988-bd862e3fe1be46a994272793",
	},
	{"no header", "", ""},
	{"root alone", "Root=1-67891233-abcdef012345678912345678", "1-67891233-abcdef012345678912345678"},
	{
		"root last",
		"Sampled=0; Parent=463ac35c9f6413ad; Root=1-67891234-abcdef012345678912345678",
		"1-67891234-abcdef012345678912345678",
	},
	{"no root", "Parent=53995c3f42cd8ad8;Sampled=1", ""},
	{"empty root", "Root=;Parent=53995c3f42cd8ad8;Sampled=1", ""},
	{"field with the suffix Root", "Self=1-67891235-12456789abcdef0123456789;NotRoot=1-2-3", ""},
	{"ID without a field", "1-5759e988-bd862e3fe1be46a994272793", ""},
	{"only separators", ";;=;=Root", ""},
}

func TestInvoke(t *testing.T) {
	t.Parallel()
	for _, test := range invocations {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			response, err := newMockAPI(&log).Invoke(t.Context(), []byte(test.event))
			if diff := cmp.Diff(test.want, reportedOutcome(response, err)); diff != "" {
				t.Errorf("the outcome differs (-want +got):\n%s", diff)
			}
			requireLine(t, log.Bytes(), test.want, "", "")
		})
	}
}

func TestInvokeLogsIDs(t *testing.T) {
	t.Parallel()
	for _, test := range traces {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			ctx := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "request-1"})
			//lint:ignore SA1029 the Lambda runtime uses a string as the key
			ctx = context.WithValue(ctx, "x-amzn-trace-id", test.header) //nolint:revive,staticcheck // see above
			response, err := newMockAPI(&log).Invoke(ctx, []byte(`{"statuscode":"200"}`))
			if diff := cmp.Diff(ok, reportedOutcome(response, err)); diff != "" {
				t.Errorf("the outcome differs (-want +got):\n%s", diff)
			}
			requireLine(t, log.Bytes(), ok, "request-1", test.want)
		})
	}
}

// reportedOutcome returns the outcome that Lambda would report. Like the Lambda runtime, it names
// an error by its Go type. TestCompiledFunction checks that the runtime really does so.
func reportedOutcome(response []byte, err error) outcome {
	if err == nil {
		return outcome{Response: string(response)}
	}
	if response != nil {
		return outcome{Response: string(response), ErrorType: "both a response and an error", ErrorMessage: err.Error()}
	}
	name := reflect.TypeOf(err)
	if name.Kind() == reflect.Pointer {
		name = name.Elem()
	}
	return outcome{ErrorType: name.Name(), ErrorMessage: err.Error()}
}

// requireLine checks that the log is one line of JSON with the outcome, the IDs and no unknown
// keys. The key of an empty ID must be absent.
func requireLine(t *testing.T, log []byte, want outcome, requestID, traceID string) {
	t.Helper()
	line, rest, found := bytes.Cut(log, []byte("\n"))
	if !found || len(rest) != 0 {
		t.Fatalf("got the log %q, want one line", log)
	}
	var got map[string]any
	if err := json.Unmarshal(line, &got); err != nil {
		t.Fatalf("cannot parse the log line %q: %v", line, err)
	}
	keys := map[string]any{"level": "INFO"}
	if want.ErrorType != "" {
		keys = map[string]any{"level": "ERROR", "errorType": want.ErrorType, "errorMessage": want.ErrorMessage}
	}
	for key, id := range map[string]string{"requestId": requestID, "traceId": traceID} {
		if id != "" {
			keys[key] = id
		}
	}
	for _, key := range []string{"timestamp", "message", "statuscode"} { // their values vary
		text, ok := got[key].(string)
		if !ok || text == "" && key != "statuscode" {
			t.Errorf("the log line %q lacks %s", line, key)
		}
		delete(got, key)
	}
	if diff := cmp.Diff(keys, got); diff != "" {
		t.Errorf("the log line differs (-want +got):\n%s", diff)
	}
}
