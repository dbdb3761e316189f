// Command mockapi is the Lambda function that plays an API: it answers the status code it is asked for.
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

// withoutEcho drops the Lambda runtime's plain text copy of each returned error, which the handler has logged already,
// with the request's ID. Everything else that the runtime has to say passes.
type withoutEcho struct{ to io.Writer }

func (w withoutEcho) Write(line []byte) (int, error) {
	if bytes.HasPrefix(line, []byte(`{"errorMessage":`)) {
		return len(line), nil
	}
	return w.to.Write(line)
}
