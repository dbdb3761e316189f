package teardown

import (
	"retrycatch/internal/deployment"
	"retrycatch/internal/inventory"
	"retrycatch/internal/resource"
	"retrycatch/internal/session"
)

// Fate says how or when a resource is deleted.
type Fate string

// A resource has one of these fates.
const (
	WithStack  Fate = "with the stack"
	ByOwnAPI   Fate = "by its own API" // the stack's deletion did not delete it, or it reappeared
	Earlier    Fate = "earlier"        // it left its stack before this teardown; it may still exist
	NotDeleted Fate = "not deleted"    // the resource is kept or belongs to somebody else
)

// State is the current state of a resource.
type State string

// A resource has one of these states.
const (
	Gone      State = "gone"
	Remaining State = "left"    // exists and belongs to the deployment
	Kept      State = "kept"    // the stack's template retains the resource, or another stack uses it
	Foreign   State = "foreign" // exists and belongs to somebody else
	Unknown   State = "unknown" // the resource's service did not say whether the resource exists
)

// Item is one resource and its state.
type Item struct {
	Resource resource.Resource
	Fate     Fate
	State    State
	Proof    string // the response of the resource's own service
	Err      error  // the query's error, or nil
	Why      string // why the resource still exists; a predicate such as "is kept"
	// Removable permits the teardown to remove the resource through the resource's own API.
	Removable bool
	seen      resource.Observation // the last observation; empty after an error
	// existed reports whether a service has ever found the resource. If so, Cloud Control's "not
	// found" proves that the resource is gone.
	existed      bool
	reappearance reappearance
}

// reappearance says why a resource may exist after the stack's deletion.
type reappearance string

const (
	// undated marks a resource without a known creation time. The resource may be the stack's own
	// or a new one.
	undated reappearance = "undated"
	// flushed marks a log group that Lambda has probably recreated for a function's last log lines:
	// the group has no settings, and was created after the teardown deleted the stack's group.
	flushed reappearance = "flushed"
)

// pending reports whether the resource may still disappear.
func (i Item) pending() bool {
	switch i.State {
	case Remaining:
		return true
	case Unknown:
		return !session.Denied(i.Err) && i.Resource.Kind.Known()
	case Foreign:
		return i.reappearance == undated
	default:
		return false
	}
}

// taggedFor reports whether the resource's tags name the target's stack. A region tag, if any, must
// match.
func (i Item) taggedFor(target Target, region string) bool {
	tags := i.seen.Tags
	return tags[deployment.TagProject] == deployment.Project && tags[deployment.TagStack] == target.StackName &&
		(tags[deployment.TagRegion] == "" || tags[deployment.TagRegion] == region)
}

// Report holds the result of a teardown.
type Report struct {
	Stack    *inventory.Stack // nil if no stack with the name is known
	Stopped  int              // number of stopped executions
	StopErr  error            // the AccessDenied error that left executions running, or nil
	Items    []Item
	Notes    []Note  // what remains outside the deployment
	Warnings []error // reasons why Notes may be incomplete
}

// Count returns the number of items in the given state.
func (r Report) Count(state State) int { return len(r.In(state)) }

// In returns the items in the given state.
func (r Report) In(state State) []Item { return filterItems(r.Items, state) }

func filterItems(items []Item, state State) []Item {
	var found []Item
	for _, item := range items {
		if item.State == state {
			found = append(found, item)
		}
	}
	return found
}
