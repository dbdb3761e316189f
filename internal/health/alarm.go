package health

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"retrycatch/internal/deployment"
	"retrycatch/internal/inventory"
	"retrycatch/internal/resource"
)

// harmlessCauses maps what an alarm watches to a reason for its ALARM state that is not a fault of the
// deployment. Timed-out executions are missing, because no scenario and no load causes them.
var harmlessCauses = map[string]string{
	deployment.AlarmExecutionsFailed: "executions failed in the last %s; `retrycatch run all` fails two on purpose",
	deployment.AlarmFunctionErrors: "the function answered with errors in the last %s; `retrycatch run all` causes " +
		"them on purpose",
	deployment.AlarmExecutionsThrottled: "Step Functions throttled state transitions in the last %s: the account's " +
		"quota was used up, as a large `retrycatch run --count` can do",
	deployment.AlarmFunctionThrottles: "Lambda throttled the function in the last %s: the account's concurrency was " +
		"used up, as a large `retrycatch run --count` can do",
}

// alarmName returns what an alarm of the stack watches, or "" for any other resource.
func alarmName(stack *inventory.Stack, r resource.Resource) string {
	if r.Kind != resource.Alarm {
		return ""
	}
	watches, _ := strings.CutPrefix(r.ID, stack.Name+"-")
	return watches
}

// inAlarm reports whether the resource is an alarm in state ALARM.
func (h Resource) inAlarm() bool {
	return h.Kind == resource.Alarm && h.Seen.State == string(types.StateValueAlarm)
}

// Note explains why an alarm in state ALARM is not a fault of the deployment. It returns "" for any
// other resource.
func (h Resource) Note() string {
	cause := harmlessCauses[h.AlarmName]
	if !h.inAlarm() || cause == "" {
		return ""
	}
	period := fmt.Sprintf("%.0f minutes", deployment.AlarmPeriod.Minutes())
	return fmt.Sprintf("the %s is in ALARM because "+cause+". Not a fault of the deployment.", h.Resource, period)
}

// alarmFault describes the fault that an alarm has found. It returns "" for an alarm with a Note and
// for any other resource.
func (h Resource) alarmFault() string {
	switch {
	case !h.inAlarm() || harmlessCauses[h.AlarmName] != "":
		return ""
	case h.AlarmName == deployment.AlarmExecutionsTimedOut:
		return fmt.Sprintf("the %s is in ALARM: an execution took longer than its definition allows", h.Resource)
	default:
		return fmt.Sprintf("the %s is in ALARM", h.Resource)
	}
}
