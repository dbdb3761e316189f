package faults

import (
	"context"
	"net/http"
	"slices"
	"sync"

	"github.com/tidwall/gjson"
)

// StaleExecutions makes ListExecutions omit an execution for n reads after its start.
func StaleExecutions(n int) Manner {
	return Manner{Name: "stale executions", layer: lingering,
		Source: "https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html " +
			"(eventually consistent)",
		start: func(context.Context, *Proxy) middleware {
			var mu sync.Mutex
			hidden := map[string]int{}
			return func(c *call, next handler) (*answer, error) {
				a, err := next(c)
				if err != nil || a.status != http.StatusOK {
					return a, err
				}
				mu.Lock()
				defer mu.Unlock()
				switch c.operation {
				case "states:StartExecution":
					arn := gjson.GetBytes(a.body, "executionArn").String()
					if _, again := hidden[arn]; !again { // a second start with the same name and input does nothing
						hidden[arn] = n
					}
				case "states:ListExecutions":
					return hide(a, hidden), nil
				}
				return a, nil
			}
		}}
}

func hide(a *answer, hidden map[string]int) *answer {
	executions := gjson.GetBytes(a.body, "executions").Array()
	left := slices.DeleteFunc(slices.Clone(executions), func(execution gjson.Result) bool {
		arn := execution.Get("executionArn").String()
		hidden[arn]--
		return hidden[arn] >= 0
	})
	if len(left) == len(executions) {
		return a
	}
	return a.withList("executions", left)
}
