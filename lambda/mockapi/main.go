// Command mockapi is the Lambda function that mocks an API. It returns the result for the status
// code in the event.
package main

import (
	"bytes"
	"io"
	"log"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
)

func main() {
	log.SetFlags(0)
	log.SetOutput(withoutEcho{os.Stderr})
	lambda.Start(newMockAPI(os.Stdout))
}

// withoutEcho drops the Lambda runtime's own log line for each returned error. The handler has
// already logged the error with the request's ID. Other messages of the runtime pass.
type withoutEcho struct{ to io.Writer }

func (w withoutEcho) Write(line []byte) (int, error) {
	if bytes.HasPrefix(line, []byte(`{"errorMessage":`)) {
		return len(line), nil
	}
	return w.to.Write(line)
}
