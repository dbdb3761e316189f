package e2e

import (
	"slices"
	"strings"
)

// addedByDeployment lists what a deployment without options adds to an account: its resources and
// its stack.
var addedByDeployment = []string{
	"IAM role lambda_basic_execution", "IAM role step_functions_basic_execution", "Lambda function MockAPIFunction",
	"alarm retrycatch-executions-failed", "alarm retrycatch-executions-throttled",
	"alarm retrycatch-executions-timed-out", "alarm retrycatch-function-errors",
	"alarm retrycatch-function-throttles", "dashboard retrycatch", "log group /aws/lambda/MockAPIFunction",
	"log group /aws/vendedlogs/states/MyAPIStateMachine", "stack retrycatch", "state machine MyAPIStateMachine",
}

// addedWithoutMonitoring lists what a deployment without alarms and dashboard adds to an account.
var addedWithoutMonitoring = slices.DeleteFunc(slices.Clone(addedByDeployment), func(line string) bool {
	return strings.HasPrefix(line, "alarm ") || strings.HasPrefix(line, "dashboard ")
})

// A deployment creates these numbers of resources.
var (
	resourceCount                  = len(addedByDeployment) - 1 // without the stack
	resourceCountWithoutMonitoring = len(addedWithoutMonitoring) - 1
)

// emailResources is the number of resources that the option alarmEmail adds: a topic and a
// subscription. The topic's policy is no resource of its own.
const emailResources = 2
