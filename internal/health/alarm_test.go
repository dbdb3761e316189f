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

// TestAlarms checks that each alarm in the ALARM state has either a note or a fault.
func TestAlarms(t *testing.T) {
	t.Parallel()
	const stage = "-green"
	stack := &inventory.Stack{Name: "retrycatch" + stage}
	alarmIn := func(name, state string) Resource {
		r := resource.Resource{Kind: resource.Alarm, ID: name}
		return Resource{Member: inventory.Member{Resource: r}, AlarmName: alarmName(stack, r),
			Seen: resource.Observation{Exists: true, State: state}}
	}
	const prefix = "the alarm retrycatch-green-"
	wantNotes := map[string]string{
		"executions-failed": prefix + "executions-failed is in ALARM because executions failed in the last 5 minutes; " +
			"`retrycatch run all` makes two executions fail on purpose. This is not a fault of the deployment.",
		"executions-timed-out": "",
		"executions-throttled": prefix + "executions-throttled is in ALARM because Step Functions throttled state " +
			"transitions in the last 5 minutes; a large `retrycatch run --count` can use up the account's quota. " +
			"This is not a fault of the deployment.",
		"function-errors": prefix + "function-errors is in ALARM because the function returned errors in the last " +
			"5 minutes; `retrycatch run all` causes errors on purpose. This is not a fault of the deployment.",
		"function-throttles": prefix + "function-throttles is in ALARM because Lambda throttled the function in the last " +
			"5 minutes; a large `retrycatch run --count` can use up the account's concurrency. This is not a fault of " +
			"the deployment.",
	}
	wantFaults := []string{
		prefix + "executions-timed-out is in ALARM: an execution took longer than its definition allows",
		"the alarm somebody-executions-failed is in ALARM",
	}
	names := append(slices.Sorted(maps.Values(deployment.AllNames("green", "").Alarms)), "somebody-executions-failed")
	notes, resources := map[string]string{}, []Resource{}
	for _, name := range names {
		for _, state := range []string{"OK", "INSUFFICIENT_DATA", "ALARM"} {
			h := alarmIn(name, state)
			if h.Note() != "" && state != "ALARM" {
				t.Errorf("%s in state %s: got the note %q, want none", name, state, h.Note())
			}
			if state == "ALARM" && name != names[len(names)-1] {
				notes[h.AlarmName] = h.Note()
			}
			resources = append(resources, h)
		}
	}
	if diff := cmp.Diff(wantNotes, notes); diff != "" {
		t.Errorf("the notes differ (-want +got):\n%s", diff)
	}
	var found []string
	d := Diagnose(resources)
	for _, alarm := range d.AlarmFaults {
		found = append(found, alarm.Fault)
	}
	if diff := cmp.Diff(wantFaults, found); diff != "" || len(d.Faults) > 0 {
		t.Errorf("got other faults %v, want none; the alarms' faults differ (-want +got):\n%s", d.Faults, diff)
	}
}
