// Command failingapi is a Lambda function for tests. The first calls of an execution fail with the
// errors in the input, such as errors of Lambda itself. Later calls respond like the project's mock
// API.
package main

import (
	"cmp"
	"context"
	"os"
	"path/filepath"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambda/messages"

	"retrycatch/internal/scenario"
)

type event struct {
	StatusCode string   `json:"statuscode"`
	Run        string   `json:"run"`      // name of the execution
	Failures   []string `json:"failures"` // error types of the first calls
}

func main() {
	lambda.Start(func(_ context.Context, e event) (string, error) {
		failure, err := nextFailure(e)
		if err != nil {
			return "", err
		}
		if failure == "" && e.StatusCode == "200" {
			return "200 OK", nil
		}
		// Lambda reports an error of any other Go type with the type's name, which cannot contain a
		// dot.
		return "", messages.InvokeResponse_Error{
			Type:    cmp.Or(failure, scenario.APIErrors()[e.StatusCode], "UnknownException"),
			Message: "an error for a test",
		}
	})
}

// nextFailure returns the error type for this call, or an empty string. It counts the calls of an
// execution in a file, because each call can run in a new process.
func nextFailure(e event) (failure string, err error) {
	if e.Run == "" {
		return "", nil // the state machine has replaced the input with {"statuscode": "200"}
	}
	file, err := os.OpenFile(filepath.Join(os.TempDir(), e.Run), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	if calls := int(info.Size()); calls < len(e.Failures) {
		failure = e.Failures[calls]
	}
	_, err = file.WriteString(".")
	return failure, err
}
