package faults

import (
	"context"
	"net/http"
	"slices"
	"sync"

	"github.com/tidwall/gjson"
)

// StaleExecutions makes ListExecutions omit a new execution for n reads.
func StaleExecutions(n int) Behavior {
	return Behavior{Name: "stale executions", layer: staleResourceLayer,
		Source: "https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html " +
			"(eventually consistent)",
		newMiddleware: func(context.Context, *Proxy) middleware {
			var mu sync.Mutex
			hidden := map[string]int{}
			return func(c *call, next handler) (*response, error) {
				resp, err := next(c)
				if err != nil || resp.status != http.StatusOK {
					return resp, err
				}
				mu.Lock()
				defer mu.Unlock()
				switch c.operation {
				case "states:StartExecution":
					arn := gjson.GetBytes(resp.body, "executionArn").String()
					if _, started := hidden[arn]; !started { // StartExecution is idempotent
						hidden[arn] = n
					}
				case "states:ListExecutions":
					return hideNewExecutions(resp, hidden), nil
				}
				return resp, nil
			}
		}}
}

// hideNewExecutions removes the executions in hidden from a list, until they have no stale reads
// left. hidden holds the number of stale reads left, by ARN.
func hideNewExecutions(resp *response, hidden map[string]int) *response {
	executions := gjson.GetBytes(resp.body, "executions").Array()
	visible := slices.DeleteFunc(slices.Clone(executions), func(execution gjson.Result) bool {
		arn := execution.Get("executionArn").String()
		hidden[arn]--
		return hidden[arn] >= 0
	})
	if len(visible) == len(executions) {
		return resp
	}
	return resp.withList("executions", visible)
}
