package teardown

import (
	"retrycatch/internal/deployment"
	"retrycatch/internal/inventory"
	"retrycatch/internal/resource"
	"retrycatch/internal/session"
)

// Fate says how a resource is deleted.
type Fate string

// These are the fates.
const (
	WithTheStack Fate = "with the stack"
	ByItself     Fate = "by its own API" // the stack's deletion left it behind, or it reappeared
	Earlier      Fate = "earlier"        // by an earlier deletion or update of a stack with this name
	NotDeleted   Fate = "not deleted"    // it is kept or belongs to somebody else
)

// Now is the current state of a resource.
type Now string

// These are the states. Unknown means that the resource's service gave no usable answer.
const (
	Gone    Now = "gone"
	Left    Now = "left"    // it exists and belongs to the deployment
	Kept    Now = "kept"    // it belongs to the deployment, and the template keeps it
	Foreign Now = "foreign" // it exists and belongs to somebody else
	Unknown Now = "unknown"
)

// Item is one resource and its state.
type Item struct {
	Resource resource.Resource
	Fate     Fate
	Now      Now
	Proof    string // the answer from the resource's own service
	Err      error  // the error of the request, or nil
	Why      string // for an existing resource: completes "the log group X "
	// Removable means that the resource's own API may remove it if it is left.
	Removable bool
	seen      resource.Observation // the last answer; empty after an error
	found     bool                 // a service found it once, so "not found" from Cloud Control is proof
	again     reappearance
}

// reappearance explains why a resource may exist after the stack's deletion.
type reappearance string

const (
	// undated marks a resource without a known creation time. It may be the stack's or a new one.
	undated reappearance = "undated"
	// flushed marks a log group that Lambda has probably recreated for a function's last lines. The
	// group has no settings and is younger than this teardown's deletion of it.
	flushed reappearance = "flushed"
)

// pending reports whether the item may be gone after a wait.
func (i Item) pending() bool {
	switch i.Now {
	case Left:
		return true
	case Unknown:
		return !session.Denied(i.Err) && i.Resource.Kind.Known()
	case Foreign:
		return i.again == undated
	default:
		return false
	}
}

// taggedFor reports whether the resource's tags name the target's stack and this region, if any.
func (i Item) taggedFor(target Target, region string) bool {
	tags := i.seen.Tags
	return tags[deployment.TagProject] == deployment.Project && tags[deployment.TagStack] == target.StackName &&
		(tags[deployment.TagRegion] == "" || tags[deployment.TagRegion] == region)
}

// Report holds the result of a teardown.
type Report struct {
	Stack   *inventory.Stack // nil if no stack with the name is known
	Stopped int              // number of executions
	// Unstopped is the denial that prevented the stopping of executions, or nil.
	Unstopped error
	Items     []Item
	Stays     []Note  // outside the deployment
	Unread    []error // reasons why Stays may be incomplete
}

// Count returns the number of items in a state.
func (r Report) Count(now Now) int { return len(r.In(now)) }

// In returns the items in a state.
func (r Report) In(now Now) []Item { return in(r.Items, now) }

func in(items []Item, now Now) []Item {
	var found []Item
	for _, item := range items {
		if item.Now == now {
			found = append(found, item)
		}
	}
	return found
}
