// Package health examines the resources of a deployed stack: whether each exists, and whether it
// has drifted from the stack's template.
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

// Resource is the state of one resource of a stack.
type Resource struct {
	inventory.Member
	Seen       resource.Observation // by its own service
	Unknown    error                // why its service gave no answer
	Drift      inventory.Drift      // from the stack's template
	Revertible bool                 // CloudFormation detected the drift, so it can revert it
	Watches    string               // what an alarm of the stack watches
}

// Examine asks each resource's own service whether the resource exists, and CloudFormation whether
// it has drifted from the template. If kinds are given, it examines only resources of these kinds.
func Examine(ctx context.Context, cfg aws.Config, record inventory.Record, kinds ...resource.Kind) ([]Resource, error) {
	members := record.Owned()
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
			Watches: watches(record.Stack, member.Resource)}
		h.Revertible = h.Drift.Status == inventory.Modified || h.Drift.Status == inventory.Deleted
		h.Seen, h.Unknown = resource.Observe(ctx, cfg, member.Resource)
		if ctx.Err() != nil {
			return nil, ctx.Err() // also after a complete answer: no resource may be left out
		}
		if session.Ended(h.Unknown) {
			return nil, h.Unknown
		}
		if h.Seen.Exists && h.Drift.Status == inventory.Deleted {
			h.Drift = inventory.Drift{Status: inventory.NotChecked,
				Reason: "CloudFormation reports it as deleted, but it exists"}
			h.Revertible = false
		}
		if h.Seen.Exists && h.Drift.Status != inventory.Modified && h.Kind == resource.StateMachine &&
			redefined(ctx, cfg, record, h.ID) {
			h.Drift = inventory.Drift{Status: inventory.Modified, Paths: []string{"/DefinitionString"}}
		}
		all = append(all, h)
	}
	return all, nil
}

// redefined reports whether a state machine's definition differs from the template's: some
// endpoints report every existing state machine as in sync. It returns false if it cannot read one
// of the two.
func redefined(ctx context.Context, cfg aws.Config, record inventory.Record, stateMachine string) bool {
	template, err := record.Definition(stateMachine)
	if err != nil {
		return false
	}
	_, definition, err := workflow.Definition(ctx, cfg, stateMachine)
	return err == nil && len(definition) > 0 && !template.Fits(string(definition))
}

// failed maps kinds to the state in which a resource does not work, and which it does not leave by
// itself: https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
var failed = map[resource.Kind]string{
	resource.Function:     string(lambda.StateFailed),
	resource.StateMachine: string(sfn.StateMachineStatusDeleting),
}

// Failed reports whether a resource does not work in a state.
func Failed(kind resource.Kind, state string) bool { return state != "" && state == failed[kind] }

// fault says what is wrong with a resource. It returns "" if nothing is.
func (h Resource) fault() string {
	switch {
	case h.Unknown == nil && !h.Seen.Exists, h.Unknown != nil && h.Drift.Status == inventory.Deleted:
		return fmt.Sprintf("the %s is missing", h.Resource)
	case h.Drift.Status == inventory.Modified:
		paths := strings.Join(h.Drift.Paths, ", ")
		return strings.TrimSuffix(fmt.Sprintf("the %s was edited outside of CloudFormation: %s", h.Resource, paths),
			": ")
	case Failed(h.Kind, h.Seen.State):
		return fmt.Sprintf("the %s is in the state %s", h.Resource, h.Seen.State)
	default:
		return ""
	}
}

// Diagnosis sums up the state of resources.
type Diagnosis struct {
	Faults     []string // in words
	Revertible bool     // CloudFormation can revert all faults
	Alarming   []Alarming
	// Unchecked are resources whose services should have said whether they exist, and did not. A
	// kind that somebody added to the stack is not among them: Cloud Control does not know every
	// kind.
	Unchecked []string
	Missing   []string // the actions, sorted, without which they cannot be checked
}

// Alarming is an alarm that has found a fault.
type Alarming struct {
	Resource
	Fault string // in words
}

// Diagnose sums up the state of resources.
func Diagnose(resources []Resource) Diagnosis {
	d := Diagnosis{Revertible: true}
	for _, h := range resources {
		if found := h.alarming(); found != "" {
			d.Alarming = append(d.Alarming, Alarming{h, found})
		}
		if fault := h.fault(); fault != "" {
			d.Faults = append(d.Faults, fault)
			d.Revertible = d.Revertible && h.Revertible
		} else if h.Unknown != nil && h.Kind.Known() {
			d.Unchecked = append(d.Unchecked, h.String())
			if action := session.DeniedAction(h.Unknown); action != "" {
				d.Missing = append(d.Missing, action)
			}
		}
	}
	slices.Sort(d.Missing)
	d.Missing = slices.Compact(d.Missing)
	return d
}

// String joins the faults and the Doubt.
func (d Diagnosis) String() string {
	text := slices.Clone(d.Faults)
	if doubt := d.Doubt(); doubt != "" {
		text = append(text, doubt)
	}
	return strings.Join(text, "; ")
}

// Doubt names the resources that could not be checked, and the missing actions. It returns "" if
// all were checked.
func (d Diagnosis) Doubt() string {
	if len(d.Unchecked) == 0 {
		return ""
	}
	text := "cannot check whether these exist: " + strings.Join(d.Unchecked, ", ")
	if len(d.Missing) > 0 {
		text += " (the credentials may not call " + strings.Join(d.Missing, ", ") + ")"
	}
	return text
}

// Compared returns the number of resources that were compared with the template.
func Compared(resources []Resource) int {
	n := 0
	for _, h := range resources {
		if h.Drift.Status != inventory.NotChecked {
			n++
		}
	}
	return n
}
