package scenario

import (
	"slices"

	"retrycatch/internal/history"
)

// lambdaThrottled names Lambda's error for exhausted concurrency. The API's 429 has another name,
// TooManyRequestsException.
const lambdaThrottled = "Lambda.TooManyRequestsException"

// lambdaErrors lists the errors of Lambda itself, not of the function, that the definition retries:
// https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html
var lambdaErrors = []string{"Lambda.ClientExecutionTimeoutException", "Lambda.ServiceException",
	"Lambda.AWSLambdaException", "Lambda.SdkClientException", lambdaThrottled}

// LambdaRetries counts the attempts that failed with an error of Lambda itself and were retried.
// AWS may cause them at any time, so they are not deviations.
type LambdaRetries struct {
	Total     int
	Throttled int // of All: Lambda had no free concurrency
}

// CountLambdaRetries counts the retries in the steps of an execution.
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

// isLambdaRetry reports whether an attempt of a step failed with an error of Lambda itself, and
// another attempt follows.
func isLambdaRetry(step history.Step, attempt int) bool {
	return attempt < len(step.Attempts)-1 && slices.Contains(lambdaErrors, step.Attempts[attempt].Error)
}
