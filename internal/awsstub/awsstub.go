// Package awsstub runs the real SDK clients over an HTTP layer that returns scripted responses.
// Tests and bench use it.
package awsstub

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go/middleware"
)

// Region holds the region of every stub's configuration.
const Region = "eu-west-1"

// Secret holds the secret access key of every stub's configuration. Outputs must not contain it.
const Secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

// Stub responds to the SDK clients instead of AWS.
type Stub struct {
	t       testing.TB
	mu      sync.Mutex
	answers map[string][]Answer
	calls   []Call
}

// Call is one request.
type Call struct {
	Operation string // service and operation as the SDK names them, such as "CloudFormation.DescribeStacks"
	Input     any    // input of the operation, such as *cloudformation.DescribeStacksInput
	Key       string // access key that signed the request
}

func (c Call) service() string { service, _, _ := strings.Cut(c.Operation, "."); return service }
func (c Call) name() string    { _, name, _ := strings.Cut(c.Operation, "."); return name }

// Answer returns the response to a call.
type Answer func(Call) (*http.Response, error)

// New returns a stub that has no answers.
func New(t testing.TB) *Stub { return &Stub{t: t, answers: map[string][]Answer{}} }

// On sets the answers to an operation. The operation's calls get the answers in order. All further
// calls get the last answer.
func (s *Stub) On(operation string, answers ...Answer) *Stub {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[operation] = answers
	return s
}

// Calls returns all calls so far.
func (s *Stub) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// CalledOperations returns the operations of all calls so far. Each retry counts as a call.
func (s *Stub) CalledOperations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var operations []string
	for _, call := range s.calls {
		operations = append(operations, call.Operation)
	}
	return operations
}

// Inputs returns the inputs of all calls of an operation so far.
func (s *Stub) Inputs(operation string) []any {
	s.mu.Lock()
	defer s.mu.Unlock()
	var inputs []any
	for _, call := range s.calls {
		if call.Operation == operation {
			inputs = append(inputs, call.Input)
		}
	}
	return inputs
}

// Config returns a configuration for clients that reach only the stub. The clients retry as usual,
// but without delays.
func (s *Stub) Config() aws.Config {
	return aws.Config{
		Region: Region,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: Secret}, nil
		}),
		HTTPClient: &http.Client{Transport: s},
		Retryer:    Retryer,
		APIOptions: []func(*middleware.Stack) error{keepInput},
	}
}

// Retryer returns a retryer without delays.
func Retryer() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
		o.RateLimiter = ratelimit.None
	})
}

type inputKey struct{}

// keepInput passes an operation's input on to the HTTP layer.
func keepInput(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc(
		"KeepInput",
		func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (
			middleware.InitializeOutput, middleware.Metadata, error,
		) {
			return next.HandleInitialize(middleware.WithStackValue(ctx, inputKey{}, in.Parameters), in)
		},
	), middleware.Before)
}

// RoundTrip responds to one request.
func (s *Stub) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx := request.Context()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	_, credential, _ := strings.Cut(request.Header.Get("Authorization"), "Credential=")
	key, _, _ := strings.Cut(credential, "/")
	call := Call{Operation: middleware.GetServiceID(ctx) + "." + middleware.GetOperationName(ctx),
		Input: middleware.GetStackValue(ctx, inputKey{}), Key: key}
	response, err := s.nextAnswer(call)(call)
	if response != nil {
		response.Request = request
	}
	return response, err
}

func (s *Stub) nextAnswer(call Call) Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, call)
	script := s.answers[call.Operation]
	switch len(script) {
	case 0:
		s.t.Errorf("%s was called, but the test has no answer for it", call.Operation)
		return Error(http.StatusBadRequest, "NotScripted", "the test has no answer for this operation")
	case 1:
		return script[0]
	default:
		s.answers[call.Operation] = script[1:]
		return script[0]
	}
}

// JSON answers with a JSON body, for services that use JSON.
func JSON(body string) Answer { return Body("application/json", body) }

// Body answers with status 200 and a body.
func Body(contentType, body string) Answer {
	return Response(http.StatusOK, contentType, body)
}

// Response answers with a status and a body.
func Response(status int, contentType, body string) Answer {
	return func(Call) (*http.Response, error) { return newResponse(status, contentType, body), nil }
}

// XML answers with the elements of a result, for services that use the Query protocol:
// CloudFormation, CloudWatch, IAM, SNS and STS.
func XML(elements ...string) Answer {
	return func(call Call) (*http.Response, error) {
		name := call.name()
		return newResponse(http.StatusOK, "text/xml", fmt.Sprintf("<%sResponse><%sResult>%s</%sResult></%sResponse>",
			name, name, strings.Join(elements, ""), name, name)), nil
	}
}

// usesQueryProtocol reports whether the called service uses the Query protocol, with XML responses.
func (c Call) usesQueryProtocol() bool {
	switch c.service() {
	case "CloudFormation", "CloudWatch", "IAM", "SNS", "STS":
		return true
	}
	return false
}

// EmptyResult answers with an empty result.
func EmptyResult() Answer {
	return func(call Call) (*http.Response, error) {
		if call.usesQueryProtocol() {
			return XML()(call)
		}
		return JSON("{}")(call)
	}
}

// Error answers with an error in the service's format.
func Error(status int, code, message string) Answer {
	return func(call Call) (*http.Response, error) {
		switch {
		case call.usesQueryProtocol():
			return newResponse(
				status,
				"text/xml",
				fmt.Sprintf("<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>",
					escapeXML(code), escapeXML(message)),
			), nil
		case call.service() == "S3":
			return newResponse(status, "application/xml",
				fmt.Sprintf("<Error><Code>%s</Code><Message>%s</Message></Error>",
					escapeXML(code), escapeXML(message))), nil
		default:
			body, err := json.Marshal(map[string]string{"__type": code, "message": message})
			answer := newResponse(status, "application/json", string(body))
			answer.Header.Set("X-Amzn-ErrorType", code)
			return answer, err
		}
	}
}

// Denied answers that the caller lacks the permission for the operation.
func Denied() Answer {
	return func(call Call) (*http.Response, error) {
		code := "AccessDeniedException"
		switch call.service() {
		case "CloudFormation", "CloudWatch", "IAM", "S3":
			code = "AccessDenied"
		case "SNS":
			code = "AuthorizationError"
		}
		return Error(http.StatusForbidden, code, DeniedText+call.name())(call)
	}
}

// DeniedText is the beginning of every error message from Denied.
const DeniedText = "User is not authorized to perform: "

// ConnectionError fails with a connection error instead of a response.
func ConnectionError(text string) Answer {
	return func(Call) (*http.Response, error) { return nil, errors.New(text) }
}

func newResponse(status int, contentType, body string) *http.Response {
	return &http.Response{
		StatusCode: status,
		Status:     http.StatusText(status),
		Proto:      "HTTP/1.1",
		ProtoMajor: 1,
		ProtoMinor: 1,
		Header: http.Header{
			"Content-Type": {contentType},
		},
		Body:          io.NopCloser(strings.NewReader(body)),
		ContentLength: int64(len(body)),
	}
}

func escapeXML(text string) string {
	var escaped strings.Builder
	_ = xml.EscapeText(&escaped, []byte(text)) // writing to a Builder never fails
	return escaped.String()
}
