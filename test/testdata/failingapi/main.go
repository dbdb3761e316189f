// Command failingapi is a function for tests. Its first calls fail with Lambda's own errors, the
// others return the API's answer.
package main

import (
	"cmp"
	"context"
	"os"
	"path/filepath"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambda/messages"
)

type event struct {
	StatusCode string   `json:"statuscode"`
	Run        string   `json:"run"` // identifies the execution
	Failures   []string `json:"failures"`
}

// apiErrors holds the API's errors by status code.
var apiErrors = map[string]string{"429": "TooManyRequestsException", "503": "ServerUnavailableException"}

func main() {
	lambda.Start(func(_ context.Context, e event) (string, error) {
		failure, err := next(e)
		if err != nil {
			return "", err
		}
		if failure == "" && e.StatusCode == "200" {
			return "200 OK", nil
		}
		// The type of a usual error is the name of its Go type, which cannot contain a dot.
		return "", messages.InvokeResponse_Error{
			Type:    cmp.Or(failure, apiErrors[e.StatusCode], "UnknownException"),
			Message: "an error for a test",
		}
	})
}

// next returns the failure of this call. It counts a run's calls in a file because Lambda may start
// a process for each.
func next(e event) (failure string, err error) {
	if e.Run == "" {
		return "", nil // the state machine replaced the input
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
