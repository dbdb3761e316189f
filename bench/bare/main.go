// Command bare is a minimal Lambda function in Go. It is the benchmark's reference for the size of
// the project's function.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
)

func main() {
	lambda.Start(func(context.Context, map[string]string) (string, error) { return "200 OK", nil })
}
