package teardown

import (
	"retrycatch/internal/deployment"
	"retrycatch/internal/inventory"
	"retrycatch/internal/resource"
	"retrycatch/internal/session"
)

// Fate says how a resource is deleted.
type Fate string

// The fates.
const (
	WithTheStack Fate = "with the stack"
	ByItself     Fate = "by its own API" // the stack's deletion left it behind, or it came back
	Earlier      Fate = "earlier"        // by an earlier deletion or update of a stack with this name
	NotDeleted   Fate = "not deleted"    // it is kept, or somebody else's
)

// Now is the present state of a resource.
type Now string

// The states. Unknown means that the resource's service did not answer the question.
const (
	Gone    Now = "gone"
	Left    Now = "left"    // ours, and it exists
	Kept    Now = "kept"    // ours, and the template keeps it
	Foreign Now = "foreign" // it exists, and is somebody else's
	Unknown Now = "unknown"
)

// Item is one resource and its state.
type Item struct {
	Resource resource.Resource
	Fate     Fate
	Now      Now
	Proof    string // the answer of the resource's own service
	Err      error  // why there is no answer, or nil
	Why      string // of a resource that exists: completes "the log group X "
	// Removable says that the resource's own API may remove a resource that is left.
	Removable bool
	seen      resource.Observation // the last answer; empty after an error
	found     bool                 // a service found it once, so Cloud Control's "not found" counts
	again     reappearance
}

// reappearance says why a resource that the stack just deleted may still exist, or exist again.
type reappearance string

const (
	// undated is a resource whose service does not say when it was created: it may be the stack's,
	// or a new one.
	undated reappearance = "undated"
	// flushed is a log group that Lambda seems to have created again for a function's last lines:
	// it is bare, and younger than the deletion of the group by this teardown.
	flushed reappearance = "flushed"
)

// pending reports whether the item may become gone if we wait.
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

// taggedFor reports whether the resource's tags name the target's stack, and no other region.
func (i Item) taggedFor(target Target, region string) bool {
	tags := i.seen.Tags
	return tags[deployment.TagProject] == deployment.Project && tags[deployment.TagStack] == target.StackName &&
		(tags[deployment.TagRegion] == "" || tags[deployment.TagRegion] == region)
}

// Report is the outcome of a teardown.
type Report struct {
	Stack   *inventory.Stack // nil where no stack of the name is known
	Stopped int              // executions
	// Unstopped is the denial that kept executions from being stopped, or nil.
	Unstopped error
	Items     []Item
	Stays     []Note  // outside the deployment
	Unread    []error // why Stays may be incomplete
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
