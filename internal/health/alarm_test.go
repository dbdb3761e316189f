package health

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/deployment"
	"retrycatch/internal/inventory"
	"retrycatch/internal/resource"
)

// TestAlarms checks that each alarm in state ALARM is either explained or a fault.
func TestAlarms(t *testing.T) {
	t.Parallel()
	const stage = "-green"
	stack := &inventory.Stack{Name: "retrycatch" + stage}
	in := func(name, state string) Resource {
		r := resource.Resource{Kind: resource.Alarm, ID: name}
		return Resource{Member: inventory.Member{Resource: r}, AlarmName: alarmName(stack, r),
			Seen: resource.Observation{Exists: true, State: state}}
	}
	const prefix = "the alarm retrycatch-green-"
	want := map[string]string{
		"executions-failed": prefix + "executions-failed is in ALARM because executions failed in the last 5 minutes; " +
			"`retrycatch run all` fails two on purpose. Not a fault of the deployment.",
		"executions-timed-out": "",
		"executions-throttled": prefix + "executions-throttled is in ALARM because Step Functions throttled state " +
			"transitions in the last 5 minutes: the account's quota was used up, as a large `retrycatch run --count` can " +
			"do. Not a fault of the deployment.",
		"function-errors": prefix + "function-errors is in ALARM because the function answered with errors in the last " +
			"5 minutes; `retrycatch run all` causes them on purpose. Not a fault of the deployment.",
		"function-throttles": prefix + "function-throttles is in ALARM because Lambda throttled the function in the last " +
			"5 minutes: the account's concurrency was used up, as a large `retrycatch run --count` can do. Not a fault of " +
			"the deployment.",
	}
	faults := []string{
		prefix + "executions-timed-out is in ALARM: an execution took longer than its definition allows",
		"the alarm somebody-executions-failed is in ALARM",
	}
	names := append(slices.Sorted(maps.Values(deployment.AllNames("green", "").Alarms)), "somebody-executions-failed")
	notes, resources := map[string]string{}, []Resource{}
	for _, name := range names {
		for _, state := range []string{"OK", "INSUFFICIENT_DATA", "ALARM"} {
			h := in(name, state)
			if h.Note() != "" && state != "ALARM" {
				t.Errorf("got a note for %s in state %s", name, state)
			}
			if state == "ALARM" && name != names[len(names)-1] {
				notes[h.AlarmName] = h.Note()
			}
			resources = append(resources, h)
		}
	}
	if diff := cmp.Diff(want, notes); diff != "" {
		t.Errorf("the notes differ (-want +got):\n%s", diff)
	}
	var found []string
	d := Diagnose(resources)
	for _, alarm := range d.AlarmFaults {
		found = append(found, alarm.Fault)
	}
	if diff := cmp.Diff(faults, found); diff != "" || len(d.Faults) > 0 {
		t.Errorf("got faults %v, the alarms' faults differ (-want +got):\n%s", d.Faults, diff)
	}
}
