// Command failingapi is a function for tests: its first calls end with errors that only Lambda itself has, the others with
// the answer of the API. An error's name is otherwise that of a Go type, which has no dot in it.
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
	Run        string   `json:"run"` // tells one execution's calls from another's
	Failures   []string `json:"failures"`
}

// api are the errors of the API itself, by status code.
var api = map[string]string{"429": "TooManyRequestsException", "503": "ServerUnavailableException"}

func main() {
	lambda.Start(func(_ context.Context, e event) (string, error) {
		failure, err := next(e)
		if err != nil {
			return "", err
		}
		if failure == "" && e.StatusCode == "200" {
			return "200 OK", nil
		}
		return "", messages.InvokeResponse_Error{Type: cmp.Or(failure, api[e.StatusCode], "UnknownException"), Message: "as the test has it"}
	})
}

// next counts the calls of a run in a file: another process may have had the last one.
func next(e event) (failure string, err error) {
	if e.Run == "" {
		return "", nil // the state machine has replaced the input
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
