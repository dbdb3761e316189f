// Package health checks whether a stack's resources exist, and whether they have drifted from the
// stack's template.
package health

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	lambda "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	sfn "github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"retrycatch/internal/inventory"
	"retrycatch/internal/resource"
	"retrycatch/internal/session"
	"retrycatch/internal/workflow"
)

// Resource is a stack's resource with its current state.
type Resource struct {
	inventory.Member
	Seen       resource.Observation // state that the resource's own service reports
	ObserveErr error                // error of the request to the service; nil if Seen is known
	Drift      inventory.Drift      // difference from the stack's template
	Revertible bool                 // CloudFormation detected the drift and can revert it
	AlarmName  string               // alarm's name without the stack's name; empty for other kinds
}

// Examine asks each resource's own service whether the resource exists, and CloudFormation whether
// the resource has drifted. Without kinds, Examine checks resources of all kinds.
func Examine(ctx context.Context, cfg aws.Config, record inventory.Record, kinds ...resource.Kind) ([]Resource, error) {
	members := record.InStack()
	if len(kinds) > 0 {
		members = slices.DeleteFunc(members, func(m inventory.Member) bool { return !slices.Contains(kinds, m.Kind) })
	}
	drifts, err := inventory.StackDrift(ctx, cfg, record.Stack, members)
	if err != nil {
		return nil, err
	}
	var all []Resource
	for _, member := range members {
		h := Resource{Member: member, Drift: drifts[member.Resource],
			AlarmName: alarmName(record.Stack, member.Resource)}
		h.Revertible = h.Drift.Status == inventory.Modified || h.Drift.Status == inventory.Deleted
		h.Seen, h.ObserveErr = resource.Observe(ctx, cfg, member.Resource)
		if ctx.Err() != nil {
			return nil, ctx.Err() // an interrupted request leaves the state unknown
		}
		if session.AccessLost(h.ObserveErr) {
			return nil, h.ObserveErr
		}
		if h.Seen.Exists && h.Drift.Status == inventory.Deleted {
			h.Drift = inventory.Drift{Status: inventory.NotChecked,
				Reason: "CloudFormation reports it as deleted, but it exists"}
			h.Revertible = false
		}
		if h.Seen.Exists && h.Drift.Status != inventory.Modified && h.Kind == resource.StateMachine &&
			definitionDiffers(ctx, cfg, record, h.ID) {
			h.Drift = inventory.Drift{Status: inventory.Modified, Paths: []string{"/DefinitionString"}}
		}
		all = append(all, h)
	}
	return all, nil
}

// definitionDiffers reports whether a state machine's definition differs from the template. Examine
// does not rely on CloudFormation for this, because some endpoints report every existing state
// machine as in sync. If a definition cannot be read, definitionDiffers returns false.
func definitionDiffers(ctx context.Context, cfg aws.Config, record inventory.Record, stateMachine string) bool {
	template, err := record.Definition(stateMachine)
	if err != nil {
		return false
	}
	_, definition, err := workflow.Definition(ctx, cfg, stateMachine)
	return err == nil && len(definition) > 0 && !template.Matches(string(definition))
}

// brokenStates maps a kind to the state from which its resources never recover:
// https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
var brokenStates = map[resource.Kind]string{
	resource.Function:     string(lambda.StateFailed),
	resource.StateMachine: string(sfn.StateMachineStatusDeleting),
}

// IsBroken reports whether a resource never recovers from this state.
func IsBroken(kind resource.Kind, state string) bool {
	return state != "" && state == brokenStates[kind]
}

// fault describes a resource's fault, or returns "".
func (h Resource) fault() string {
	switch {
	case h.ObserveErr == nil && !h.Seen.Exists, h.ObserveErr != nil && h.Drift.Status == inventory.Deleted:
		return fmt.Sprintf("the %s is missing", h.Resource)
	case h.Drift.Status == inventory.Modified:
		paths := strings.Join(h.Drift.Paths, ", ")
		return strings.TrimSuffix(fmt.Sprintf("the %s was edited outside of CloudFormation: %s", h.Resource, paths),
			": ")
	case IsBroken(h.Kind, h.Seen.State):
		return fmt.Sprintf("the %s is in the state %s", h.Resource, h.Seen.State)
	default:
		return ""
	}
}

// Diagnosis lists the faults of a stack's resources, and the resources that were not checked.
type Diagnosis struct {
	Faults      []string // one sentence each; excludes AlarmFaults
	Revertible  bool     // CloudFormation can revert all faults
	AlarmFaults []AlarmFault
	// Unchecked lists resources whose existence is unknown. It omits resources of unknown kinds.
	// Somebody added these to the stack, and Cloud Control may not support them.
	Unchecked      []string
	MissingActions []string // IAM actions that the credentials lack, sorted
}

// AlarmFault is an alarm with the fault that it reports.
type AlarmFault struct {
	Resource
	Fault string // a sentence
}

// Diagnose returns the diagnosis of examined resources.
func Diagnose(resources []Resource) Diagnosis {
	d := Diagnosis{Revertible: true}
	for _, h := range resources {
		if fault := h.alarmFault(); fault != "" {
			d.AlarmFaults = append(d.AlarmFaults, AlarmFault{h, fault})
		}
		if fault := h.fault(); fault != "" {
			d.Faults = append(d.Faults, fault)
			d.Revertible = d.Revertible && h.Revertible
		} else if h.ObserveErr != nil && h.Kind.Known() {
			d.Unchecked = append(d.Unchecked, h.String())
			if action := session.DeniedAction(h.ObserveErr); action != "" {
				d.MissingActions = append(d.MissingActions, action)
			}
		}
	}
	slices.Sort(d.MissingActions)
	d.MissingActions = slices.Compact(d.MissingActions)
	return d
}

// String joins Faults and UncheckedText.
func (d Diagnosis) String() string {
	text := slices.Clone(d.Faults)
	if unchecked := d.UncheckedText(); unchecked != "" {
		text = append(text, unchecked)
	}
	return strings.Join(text, "; ")
}

// UncheckedText lists the unchecked resources and the missing IAM actions. It returns "" if every
// resource was checked.
func (d Diagnosis) UncheckedText() string {
	if len(d.Unchecked) == 0 {
		return ""
	}
	text := "cannot check whether these exist: " + strings.Join(d.Unchecked, ", ")
	if len(d.MissingActions) > 0 {
		text += " (the credentials cannot call " + strings.Join(d.MissingActions, ", ") + ")"
	}
	return text
}

// CountCompared returns the number of resources that were compared with the template.
func CountCompared(resources []Resource) int {
	n := 0
	for _, h := range resources {
		if h.Drift.Status != inventory.NotChecked {
			n++
		}
	}
	return n
}
