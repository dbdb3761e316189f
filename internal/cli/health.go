package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"retrycatch/internal/inventory"
	"retrycatch/internal/resource"
	"retrycatch/internal/session"
	"retrycatch/internal/workflow"
)

// health is the state of one resource of a stack.
type health struct {
	inventory.Member
	seen       resource.Observation // by its own service
	unknown    error                // why its service gave no answer
	drift      inventory.Drift      // from the stack's template
	revertible bool                 // CloudFormation detected the drift, so it can revert it
}

// examine asks each resource's own service whether the resource exists, and CloudFormation whether
// it has drifted from the template. If kinds are given, it examines only resources of these kinds.
func (t *target) examine(ctx context.Context, record inventory.Record, kinds ...resource.Kind) ([]health, error) {
	members := record.Owned()
	if len(kinds) > 0 {
		members = slices.DeleteFunc(members, func(m inventory.Member) bool { return !slices.Contains(kinds, m.Kind) })
	}
	drifts, err := inventory.StackDrift(ctx, t.Config, record.Stack, members)
	if err != nil {
		return nil, err
	}
	var all []health
	for _, member := range members {
		h := health{Member: member, drift: drifts[member.Resource]}
		h.revertible = h.drift.Status == inventory.Modified || h.drift.Status == inventory.Deleted
		h.seen, h.unknown = resource.Observe(ctx, t.Config, member.Resource)
		if ctx.Err() != nil {
			return nil, ctx.Err() // also after a complete answer: no resource may be left out
		}
		if session.Ended(h.unknown) {
			return nil, h.unknown
		}
		if h.seen.Exists && h.drift.Status == inventory.Deleted {
			h.drift = inventory.Drift{Status: inventory.NotChecked,
				Reason: "CloudFormation reports it as deleted, but it exists"}
			h.revertible = false
		}
		if h.seen.Exists && h.drift.Status != inventory.Modified && h.Kind == resource.StateMachine &&
			t.redefined(ctx, record, h.ID) {
			h.drift = inventory.Drift{Status: inventory.Modified, Paths: []string{"/DefinitionString"}}
		}
		all = append(all, h)
	}
	return all, nil
}

// redefined reports whether a state machine's definition differs from the template's: some
// endpoints report every existing state machine as in sync. It returns false if it cannot read one
// of the two.
func (t *target) redefined(ctx context.Context, record inventory.Record, stateMachine string) bool {
	template, err := record.Definition(stateMachine)
	if err != nil {
		return false
	}
	_, definition, err := workflow.Definition(ctx, t.Config, stateMachine)
	return err == nil && len(definition) > 0 && !template.Fits(string(definition))
}

// fault says what is wrong with a resource. It returns "" if nothing is.
func (h health) fault() string {
	switch {
	case h.unknown == nil && !h.seen.Exists, h.unknown != nil && h.drift.Status == inventory.Deleted:
		return fmt.Sprintf("the %s is missing", h.Resource)
	case h.drift.Status == inventory.Modified:
		paths := strings.Join(h.drift.Paths, ", ")
		return strings.TrimSuffix(fmt.Sprintf("the %s was edited outside of CloudFormation: %s", h.Resource, paths),
			": ")
	default:
		return ""
	}
}

// diagnosis sums up the state of resources.
type diagnosis struct {
	faults     []string
	revertible bool // CloudFormation can revert all faults
	// unchecked are resources whose services should have said whether they exist, and did not. A
	// kind that somebody added to the stack is not among them: Cloud Control does not know every
	// kind.
	unchecked []string
	missing   []string // the actions without which they cannot be checked
}

func diagnose(resources []health) diagnosis {
	d := diagnosis{revertible: true}
	for _, h := range resources {
		if fault := h.fault(); fault != "" {
			d.faults = append(d.faults, fault)
			d.revertible = d.revertible && h.revertible
		} else if h.unknown != nil && h.Kind.Known() {
			d.unchecked = append(d.unchecked, h.String())
			if action := session.DeniedAction(h.unknown); action != "" {
				d.missing = append(d.missing, action)
			}
		}
	}
	return d
}

// String joins the faults and the doubt.
func (d diagnosis) String() string {
	text := slices.Clone(d.faults)
	if doubt := d.doubt(); doubt != "" {
		text = append(text, doubt)
	}
	return strings.Join(text, "; ")
}

// doubt names the resources that could not be checked, and the missing actions. It returns "" if
// all were checked.
func (d diagnosis) doubt() string {
	if len(d.unchecked) == 0 {
		return ""
	}
	text := "cannot check whether these exist: " + strings.Join(d.unchecked, ", ")
	if len(d.missing) > 0 {
		text += " (the credentials may not call " + strings.Join(compact(d.missing), ", ") + ")"
	}
	return text
}

// denials lists, each once, the parts that the diagnosis lacks because the caller may not read
// them: the template, the drift, and resources of kinds that only Cloud Control knows.
func denials(record inventory.Record, resources []health) []string {
	var lines []string
	if session.Denied(record.TemplateErr) {
		lines = append(lines, inWords(record.TemplateErr))
	}
	for _, h := range resources {
		if h.drift.Denied {
			lines = append(lines, "not compared with the template: "+h.drift.Reason)
		}
		if !h.Kind.Known() && session.Denied(h.unknown) {
			lines = append(lines, inWords(h.unknown))
		}
	}
	return compact(lines)
}

// recheck returns the step that makes the check possible, and the command that repeats it.
func (d diagnosis) recheck(t *target) string {
	if len(d.missing) == 0 {
		return t.Command("status")
	}
	return "ask an administrator to allow " + strings.Join(compact(d.missing), ", ") + "; then " + t.Command("status")
}

// compared returns the number of resources that were compared with the template.
func compared(resources []health) int {
	n := 0
	for _, h := range resources {
		if h.drift.Status != inventory.NotChecked {
			n++
		}
	}
	return n
}
