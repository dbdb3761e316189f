package scenario

import (
	"slices"

	"retrycatch/internal/history"
)

// lambdaThrottled is the Lambda service's error for exhausted concurrency. The mock API's own error
// for status code 429 has a similar name: TooManyRequestsException.
const lambdaThrottled = "Lambda.TooManyRequestsException"

// lambdaErrors lists the Lambda service's errors after which the definition retries:
// https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html
var lambdaErrors = []string{"Lambda.ClientExecutionTimeoutException", "Lambda.ServiceException",
	"Lambda.AWSLambdaException", "Lambda.SdkClientException", lambdaThrottled}

// LambdaRetries counts the retries after errors in the Lambda service. Such errors can happen at
// any time, so a retry after one is not a deviation.
type LambdaRetries struct {
	Total     int
	Throttled int // the part of Total that followed exhausted concurrency
}

// CountLambdaRetries counts the retries in an execution's steps that followed errors in the Lambda
// service.
func CountLambdaRetries(steps ...history.Step) LambdaRetries {
	var n LambdaRetries
	for _, step := range steps {
		for i, attempt := range step.Attempts {
			if !isLambdaRetry(step, i) {
				continue
			}
			n.Total++
			if attempt.Error == lambdaThrottled {
				n.Throttled++
			}
		}
	}
	return n
}

// isLambdaRetry reports whether a step's attempt failed with an error in the Lambda service, and
// another attempt follows.
func isLambdaRetry(step history.Step, attempt int) bool {
	return attempt < len(step.Attempts)-1 && slices.Contains(lambdaErrors, step.Attempts[attempt].Error)
}
