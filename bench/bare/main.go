// Command bare is the least that a Lambda function in Go can be: what the size of the project's is compared with.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
)

func main() {
	lambda.Start(func(context.Context, map[string]string) (string, error) { return "200 OK", nil })
}
