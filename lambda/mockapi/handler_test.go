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

// outcome is what Lambda reports of one invocation: an answer, or an error's name and message.
type outcome struct {
	Answer                  string
	ErrorType, ErrorMessage string
}

// The four outcomes that the specification knows.
var (
	ok                = outcome{Answer: `"200 OK"`}
	tooManyRequests   = outcome{ErrorType: "TooManyRequestsException", ErrorMessage: "429 Too Many Requests"}
	serverUnavailable = outcome{ErrorType: "ServerUnavailableException", ErrorMessage: "503 Server Unavailable"}
	unknown           = outcome{ErrorType: "UnknownException", ErrorMessage: "Unknown error"}
)

// invocations are tried on the handler alone and on the compiled function.
var invocations = []struct {
	name  string
	event string
	want  outcome
}{
	{"the code 200 is answered", `{"statuscode":"200"}`, ok},
	{"the code 429 is too many requests", `{"statuscode":"429"}`, tooManyRequests},
	{"the code 503 is an unavailable server", `{"statuscode":"503"}`, serverUnavailable},
	{"any other code is unknown", `{"statuscode":"999"}`, unknown},

	{"other keys do not matter", `{"name":"x","statuscode":"200","list":[{"statuscode":"503"}]}`, ok},
	{"a number that no float64 holds does not matter in another key", `{"big":1e999,"statuscode":"200"}`, ok},
	{"the last of two equal keys counts", `{"statuscode":"429","statuscode":"200"}`, ok},
	{"the last of two equal keys counts when it is no string", `{"statuscode":"200","statuscode":null}`, unknown},
	{"white space around values does not matter", " {\n\t\"statuscode\" : \"503\" }\r\n", serverUnavailable},
	{"an escaped character is the character", `{"status\u0063ode":"42\u0039"}`, tooManyRequests},

	{"a code with white space is unknown", `{"statuscode":" 200"}`, unknown},
	{"a longer code is unknown", `{"statuscode":"2000"}`, unknown},
	{"an empty code is unknown", `{"statuscode":""}`, unknown},
	{"a missing code is unknown", `{}`, unknown},
	{"the number 200 is unknown", `{"statuscode":200}`, unknown},
	{"null is unknown", `{"statuscode":null}`, unknown},
	{"a boolean is unknown", `{"statuscode":true}`, unknown},
	{"an array that holds the code is unknown", `{"statuscode":["200"]}`, unknown},
	{"an object that holds the code is unknown", `{"statuscode":{"statuscode":"200"}}`, unknown},
	{"a code inside another key is unknown", `{"event":{"statuscode":"200"}}`, unknown},
	{"a key in another case is unknown", `{"StatusCode":"200"}`, unknown},
	{"a key in another case does not shadow the code", `{"statuscode":"200","STATUSCODE":"503"}`, ok},
	{"an event that is a string is unknown", `"200"`, unknown},
	{"an event that is a number is unknown", `200`, unknown},
	{"an event that is an array is unknown", `[{"statuscode":"200"}]`, unknown},
	{"an event that is null is unknown", `null`, unknown},
	{"an event that is not JSON is unknown", `statuscode=200`, unknown},
	{"an event that ends early is unknown", `{"statuscode":"200"`, unknown},
	{"an event with something behind it is unknown", `{"statuscode":"200"} {}`, unknown},
	{"an empty event is unknown", ``, unknown},
}

// traces are the headers that X-Ray's trace comes in, tried on the handler alone and on the compiled function.
var traces = []struct{ name, header, want string }{
	{"the root of a trace is its ID",
		"Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=1:ae7b5d4b:0",
		"1-5759e988-bd862e3fe1be46a994272793"},
	{"without a header there is no ID", "", ""},
	{"the root may be the only field", "Root=1-67891233-abcdef012345678912345678", "1-67891233-abcdef012345678912345678"},
	{"the root may come last", "Sampled=0; Parent=463ac35c9f6413ad; Root=1-67891234-abcdef012345678912345678",
		"1-67891234-abcdef012345678912345678"},
	{"a header without a root has no ID", "Parent=53995c3f42cd8ad8;Sampled=1", ""},
	{"an empty root is none", "Root=;Parent=53995c3f42cd8ad8;Sampled=1", ""},
	{"a field that only ends as the root does is none", "Self=1-67891235-12456789abcdef0123456789;NotRoot=1-2-3", ""},
	{"an ID without a field is none", "1-5759e988-bd862e3fe1be46a994272793", ""},
	{"a header of separators has no ID", ";;=;=Root", ""},
}

func TestInvoke(t *testing.T) {
	t.Parallel()
	for _, test := range invocations {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			answer, err := newMockAPI(&log).Invoke(t.Context(), []byte(test.event))
			if diff := cmp.Diff(test.want, reported(answer, err)); diff != "" {
				t.Errorf("the outcome differs (-want +got):\n%s", diff)
			}
			requireLine(t, log.Bytes(), test.want, "", "")
		})
	}
}

func TestTheLogLineCarriesTheIDsOfRequestAndTrace(t *testing.T) {
	t.Parallel()
	for _, test := range traces {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			ctx := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "request-1"})
			//lint:ignore SA1029 the Lambda runtime's key is of no other type
			ctx = context.WithValue(ctx, "x-amzn-trace-id", test.header)
			answer, err := newMockAPI(&log).Invoke(ctx, []byte(`{"statuscode":"200"}`))
			if diff := cmp.Diff(ok, reported(answer, err)); diff != "" {
				t.Errorf("the outcome differs (-want +got):\n%s", diff)
			}
			requireLine(t, log.Bytes(), ok, "request-1", test.want)
		})
	}
}

// reported names an error as the Lambda runtime does, by its Go type; TestTheCompiledFunction proves that it does.
func reported(answer []byte, err error) outcome {
	if err == nil {
		return outcome{Answer: string(answer)}
	}
	if answer != nil {
		return outcome{Answer: string(answer), ErrorType: "an answer and an error", ErrorMessage: err.Error()}
	}
	name := reflect.TypeOf(err)
	if name.Kind() == reflect.Pointer {
		name = name.Elem()
	}
	return outcome{ErrorType: name.Name(), ErrorMessage: err.Error()}
}

// requireLine wants exactly one line of JSON that tells the outcome under the keys that Lambda's own lines have, exactly
// spelled, and under no others.
func requireLine(t *testing.T, log []byte, want outcome, requestID, traceID string) {
	t.Helper()
	line, rest, found := bytes.Cut(log, []byte("\n"))
	if !found || len(rest) != 0 {
		t.Fatalf("the log is not one line: %q", log)
	}
	var got map[string]any
	if err := json.Unmarshal(line, &got); err != nil {
		t.Fatalf("the log line %q: %v", line, err)
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
	for _, free := range []string{"timestamp", "message", "statuscode"} { // of any value
		text, ok := got[free].(string)
		if !ok || text == "" && free != "statuscode" {
			t.Errorf("the log line %q lacks its %s", line, free)
		}
		delete(got, free)
	}
	if diff := cmp.Diff(keys, got); diff != "" {
		t.Errorf("the log line differs (-want +got):\n%s", diff)
	}
}
