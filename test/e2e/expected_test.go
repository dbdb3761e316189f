package e2e

import (
	"slices"
	"strings"
)

// addedByDeployment lists the resources that a deployment without options adds to an account, and
// the stack.
var addedByDeployment = []string{
	"IAM role lambda_basic_execution", "IAM role step_functions_basic_execution", "Lambda function MockAPIFunction",
	"alarm retrycatch-executions-failed", "alarm retrycatch-executions-throttled",
	"alarm retrycatch-executions-timed-out", "alarm retrycatch-function-errors",
	"alarm retrycatch-function-throttles", "dashboard retrycatch", "log group /aws/lambda/MockAPIFunction",
	"log group /aws/vendedlogs/states/MyAPIStateMachine", "stack retrycatch", "state machine MyAPIStateMachine",
}

// addedWithoutMonitoring is the same list for a deployment without alarms and dashboard.
var addedWithoutMonitoring = slices.DeleteFunc(slices.Clone(addedByDeployment), func(line string) bool {
	return strings.HasPrefix(line, "alarm ") || strings.HasPrefix(line, "dashboard ")
})

// These are the numbers of resources that the two deployments create.
var (
	resourceCount                  = len(addedByDeployment) - 1      // without the stack
	resourceCountWithoutMonitoring = len(addedWithoutMonitoring) - 1 // without the stack
)

// emailResources is the number of resources that the option alarmEmail adds: a topic and a
// subscription. It does not count the topic's policy, which exists only as a property of the topic.
const emailResources = 2
