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

// judge decides on the state of resources.
type judge struct {
	claims inventory.Claims
	// other is another stack with the deployment's name, which appeared during the teardown.
	other *inventory.Stack
}

// items returns the plan's items. It does not ask the services for resources that the stack owns.
func (j *judge) items(ctx context.Context, cfg aws.Config, plan Plan) ([]Item, error) {
	var items []Item
	for r, claims := range j.claims {
		item := Item{Resource: r, Fate: Earlier}
		owned := claims[0].Member.Owned()
		switch {
		case owned && claims[0].Member.Kept:
			item.Fate, item.Now, item.Why = NotDeleted, Kept, keptText
		case owned:
			item.Fate, item.Now = WithTheStack, Left
		}
		if !owned || !r.Kind.Known() {
			if err := j.look(ctx, cfg, &item); err != nil {
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
		if err := j.look(ctx, cfg, &item); err != nil {
			return nil, err
		}
		if item.Now != Gone { // a resource that never existed needs no proof
			items = append(items, item)
		}
	}
	slices.SortFunc(items, byName)
	return items, nil
}

const keptText = "is kept: the stack was deployed to keep it"

// look asks a resource's own service for it and updates the item. It returns an error only if the
// access to AWS no longer works or the context has ended.
func (j *judge) look(ctx context.Context, cfg aws.Config, item *Item) error {
	o, err := resource.Observe(ctx, cfg, item.Resource)
	if err != nil {
		if ctx.Err() != nil || session.Ended(err) {
			return err
		}
		item.Now, item.Proof, item.Why, item.deleting = Unknown, err.Error(), "", false
		if unproven := (*resource.UnprovenError)(nil); errors.As(err, &unproven) &&
			(item.known || j.deletedEarlier(item)) {
			item.Now, item.Proof = Gone, unproven.Answer
		} else if unproven != nil && j.keptEarlier(item) {
			item.Now, item.Fate, item.Why = Kept, NotDeleted, "was kept, and whether it still exists cannot be checked"
		}
		item.Action = session.DeniedAction(err)
		return nil
	}
	item.Proof, item.deleting, item.Action, item.Why = o.Answer, o.Deleting(), "", ""
	if o.State != "" {
		item.Proof += ", " + o.State
	}
	if o.Exists {
		item.known, item.tags = true, o.Tags
		j.judge(item, o)
		return nil
	}
	item.Now = Gone
	return nil
}

// keptEarlier reports whether an earlier deletion or update kept the resource.
func (j *judge) keptEarlier(item *Item) bool {
	claims := j.claims[item.Resource]
	return len(claims) > 0 && claims[0].Member.Kept && claims[0].Member.Status == types.ResourceStatusDeleteSkipped
}

// deletedEarlier reports whether CloudFormation says that it deleted the resource before this
// teardown.
func (j *judge) deletedEarlier(item *Item) bool {
	claims := j.claims[item.Resource]
	return item.Fate == Earlier && len(claims) > 0 && claims[0].Member.Status == types.ResourceStatusDeleteComplete
}

// judge decides on the state of a resource that exists.
func (j *judge) judge(item *Item, o resource.Observation) {
	if j.other != nil {
		item.Now, item.Why = Foreign, fmt.Sprintf("may belong to the stack %s that was created at %s", j.other.Name,
			j.other.Created.UTC().Format(time.RFC3339))
		item.Fate, item.undated, item.lateFlush = NotDeleted, false, false
		return
	}
	owner := j.claims.Owner(item.Resource, o)
	item.Why, item.Removable, item.undated, item.lateFlush = owner.Why, owner.Removable, false, false
	switch {
	case owner.Kept:
		item.Now, item.Fate, item.Why = Kept, NotDeleted, keptText
	case owner.Ours:
		item.Now = Left
	default:
		item.Now = Foreign
		ours := item.Fate == WithTheStack || item.Fate == ByItself // before this teardown
		deleted := ours && j.status(item.Resource) == types.ResourceStatusDeleteComplete
		item.undated = deleted && o.Since.IsZero()
		item.lateFlush = deleted && o.Bare && o.Since.After(j.claims[item.Resource][0].Member.Changed)
	}
}

// status returns the last status of the resource in the newest stack that has or had it, or "".
func (j *judge) status(r resource.Resource) types.ResourceStatus {
	if claims := j.claims[r]; len(claims) > 0 {
		return claims[0].Member.Status
	}
	return ""
}
