package teardown

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"retrycatch/internal/inventory"
	"retrycatch/internal/resource"
	"retrycatch/internal/session"
)

// judge determines the state of resources.
type judge struct {
	claims inventory.Claims
	// otherStack is a new stack with the deployment's name, found during the teardown, or nil.
	otherStack *inventory.Stack
}

// items returns the plan's items. If a resource is in the stack and its kind is known, the state
// comes from the stack. For any other resource, items queries the resource's service.
func (j *judge) items(ctx context.Context, cfg aws.Config, plan Plan) ([]Item, error) {
	var items []Item
	for r, claims := range j.claims {
		item := Item{Resource: r, Fate: Earlier} // unless the stack still contains it
		inStack := claims[0].Member.InStack()
		switch {
		case inStack && claims[0].Member.Kept:
			item.Fate, item.State, item.Why = NotDeleted, Kept, keptReason
		case inStack:
			item.Fate, item.State = WithStack, Remaining
		}
		if !inStack || !r.Kind.Known() {
			if err := j.observe(ctx, cfg, &item); err != nil {
				return nil, err
			}
		}
		items = append(items, item)
	}
	for _, r := range plan.Target.Expected {
		if j.claims[r] != nil {
			continue
		}
		item := Item{Resource: r, Fate: NotDeleted}
		if err := j.observe(ctx, cfg, &item); err != nil {
			return nil, err
		}
		if item.State != Gone { // a resource that never existed needs no proof
			items = append(items, item)
		}
	}
	slices.SortFunc(items, byName)
	return items, nil
}

const keptReason = "is kept: the stack's template retains it"

// observe queries a resource's own service and updates the item. It returns an error only if the
// credentials have expired or the context has ended.
func (j *judge) observe(ctx context.Context, cfg aws.Config, item *Item) error {
	o, err := resource.Observe(ctx, cfg, item.Resource)
	if err != nil && (ctx.Err() != nil || session.AccessLost(err)) {
		return err
	}
	item.seen, item.Proof, item.Err, item.Why = o, o.Result, err, ""
	if o.State != "" {
		item.Proof += ", " + o.State
	}
	switch {
	case err != nil:
		j.classifyUnproven(item)
	case o.Exists:
		item.existed = true
		j.classify(item)
	default:
		item.State = Gone
	}
	return nil
}

// classifyUnproven sets the state of a resource after a query that returned an error. A
// *resource.UnprovenError says that Cloud Control did not find the resource. Such a resource counts
// as gone only if a service has found it before, or if CloudFormation has deleted it.
func (j *judge) classifyUnproven(item *Item) {
	item.State = Unknown
	unproven := (*resource.UnprovenError)(nil)
	switch {
	case !errors.As(item.Err, &unproven):
	case item.existed || j.deletedEarlier(item):
		item.State, item.Proof, item.Err = Gone, unproven.Result, nil
	case j.keptEarlier(item):
		item.State, item.Fate = Kept, NotDeleted
		item.Why = "was kept by an earlier deletion or update; it may not exist anymore, but this cannot be checked"
	}
}

// keptEarlier reports whether an earlier deletion or update kept the resource.
func (j *judge) keptEarlier(item *Item) bool {
	claims := j.claims[item.Resource]
	return len(claims) > 0 && claims[0].Member.Kept && claims[0].Member.Status == types.ResourceStatusDeleteSkipped
}

// deletedEarlier reports whether CloudFormation deleted the resource before this teardown. The fate
// Earlier alone does not say so: CloudFormation may have kept the resource, or failed to delete it.
func (j *judge) deletedEarlier(item *Item) bool {
	claims := j.claims[item.Resource]
	return item.Fate == Earlier && len(claims) > 0 && claims[0].Member.Status == types.ResourceStatusDeleteComplete
}

// classify sets the state of an existing resource.
func (j *judge) classify(item *Item) {
	item.reappearance = ""
	if j.otherStack != nil {
		item.State, item.Why = Foreign, fmt.Sprintf("may belong to the stack %s that was created at %s", j.otherStack.Name,
			j.otherStack.Created.UTC().Format(time.RFC3339))
		item.Fate = NotDeleted
		return
	}
	owner := j.claims.Owner(item.Resource, item.seen)
	item.Why, item.Removable = owner.Why, owner.Removable
	switch {
	case owner.Kept:
		item.State, item.Fate, item.Why = Kept, NotDeleted, keptReason
	case owner.Ours:
		item.State = Remaining
	default:
		item.State = Foreign
		planned := item.Fate == WithStack || item.Fate == ByOwnAPI // this teardown deletes the resource
		switch deleted := planned && j.status(item.Resource) == types.ResourceStatusDeleteComplete; {
		case deleted && item.seen.Since.IsZero():
			item.reappearance = undated
		case deleted && item.seen.HasDefaults && item.seen.Since.After(j.claims[item.Resource][0].Member.Changed):
			item.reappearance = flushed
		}
	}
}

// status returns the resource's last status in the newest stack that has or had the resource. If
// there is no such stack, status returns "".
func (j *judge) status(r resource.Resource) types.ResourceStatus {
	if claims := j.claims[r]; len(claims) > 0 {
		return claims[0].Member.Status
	}
	return ""
}
