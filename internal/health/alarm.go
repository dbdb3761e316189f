package health

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"retrycatch/internal/deployment"
	"retrycatch/internal/inventory"
	"retrycatch/internal/resource"
)

// harmlessCauses maps an alarm to a cause of its ALARM state that is not a fault of the deployment.
// In a cause, %s stands for the alarm's period. AlarmExecutionsTimedOut has no such cause: neither
// a scenario nor a load test makes executions time out.
var harmlessCauses = map[string]string{
	deployment.AlarmExecutionsFailed: "executions failed in the last %s; `retrycatch run all` makes two executions " +
		"fail on purpose",
	deployment.AlarmFunctionErrors: "the function returned errors in the last %s; `retrycatch run all` causes " +
		"errors on purpose",
	deployment.AlarmExecutionsThrottled: "Step Functions throttled state transitions in the last %s; a large " +
		"`retrycatch run --count` can use up the account's quota",
	deployment.AlarmFunctionThrottles: "Lambda throttled the function in the last %s; a large " +
		"`retrycatch run --count` can use up the account's concurrency",
}

// alarmName returns an alarm's name without the stack's name, or "" for any other resource.
func alarmName(stack *inventory.Stack, r resource.Resource) string {
	if r.Kind != resource.Alarm {
		return ""
	}
	return strings.TrimPrefix(r.ID, stack.Name+"-")
}

func (h Resource) inAlarm() bool {
	return h.Kind == resource.Alarm && h.Seen.State == string(types.StateValueAlarm)
}

// Note explains why an alarm's ALARM state is not a fault of the deployment. It returns "" for an
// alarm in another state, for an alarm that reports a fault, and for any other resource.
func (h Resource) Note() string {
	cause := harmlessCauses[h.AlarmName]
	if !h.inAlarm() || cause == "" {
		return ""
	}
	period := fmt.Sprintf("%.0f minutes", deployment.AlarmPeriod.Minutes())
	return fmt.Sprintf("the %s is in ALARM because "+cause+". This is not a fault of the deployment.", h.Resource, period)
}

// alarmFault describes the fault that an alarm in the ALARM state reports. It returns "" if the
// cause is harmless, if the alarm is in another state, and for any other resource.
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
