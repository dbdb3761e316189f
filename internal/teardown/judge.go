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
	// other is another stack with the deployment's name that appeared during the teardown.
	other *inventory.Stack
}

// items returns the plan's items. It does not query the services about resources that the stack
// owns.
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

// look queries a resource's own service and updates the item. It returns an error only if access to
// AWS is lost or the context has ended.
func (j *judge) look(ctx context.Context, cfg aws.Config, item *Item) error {
	o, err := resource.Observe(ctx, cfg, item.Resource)
	if err != nil && (ctx.Err() != nil || session.AccessLost(err)) {
		return err
	}
	item.seen, item.Proof, item.Err, item.Why = o, o.Answer, err, ""
	if o.State != "" {
		item.Proof += ", " + o.State
	}
	switch {
	case err != nil:
		j.judgeUnanswered(item)
	case o.Exists:
		item.found = true
		j.judge(item)
	default:
		item.Now = Gone
	}
	return nil
}

// judgeUnanswered sets the state of a resource if its service's answer proves nothing.
func (j *judge) judgeUnanswered(item *Item) {
	item.Now = Unknown
	unproven := (*resource.UnprovenError)(nil)
	switch {
	case !errors.As(item.Err, &unproven):
	case item.found || j.deletedEarlier(item):
		item.Now, item.Proof, item.Err = Gone, unproven.Answer, nil
	case j.keptEarlier(item):
		item.Now, item.Fate, item.Why = Kept, NotDeleted, "was kept, and whether it still exists cannot be checked"
	}
}

// keptEarlier reports whether an earlier deletion or update kept the resource.
func (j *judge) keptEarlier(item *Item) bool {
	claims := j.claims[item.Resource]
	return len(claims) > 0 && claims[0].Member.Kept && claims[0].Member.Status == types.ResourceStatusDeleteSkipped
}

// deletedEarlier reports whether CloudFormation deleted the resource before this teardown.
func (j *judge) deletedEarlier(item *Item) bool {
	claims := j.claims[item.Resource]
	return item.Fate == Earlier && len(claims) > 0 && claims[0].Member.Status == types.ResourceStatusDeleteComplete
}

// judge determines the state of an existing resource.
func (j *judge) judge(item *Item) {
	item.again = ""
	if j.other != nil {
		item.Now, item.Why = Foreign, fmt.Sprintf("may belong to the stack %s that was created at %s", j.other.Name,
			j.other.Created.UTC().Format(time.RFC3339))
		item.Fate = NotDeleted
		return
	}
	owner := j.claims.Owner(item.Resource, item.seen)
	item.Why, item.Removable = owner.Why, owner.Removable
	switch {
	case owner.Kept:
		item.Now, item.Fate, item.Why = Kept, NotDeleted, keptText
	case owner.Ours:
		item.Now = Left
	default:
		item.Now = Foreign
		ours := item.Fate == WithTheStack || item.Fate == ByItself // before this teardown
		switch deleted := ours && j.status(item.Resource) == types.ResourceStatusDeleteComplete; {
		case deleted && item.seen.Since.IsZero():
			item.again = undated
		case deleted && item.seen.Bare && item.seen.Since.After(j.claims[item.Resource][0].Member.Changed):
			item.again = flushed
		}
	}
}

// status returns the resource's last status in the newest stack that has or had it, or "".
func (j *judge) status(r resource.Resource) types.ResourceStatus {
	if claims := j.claims[r]; len(claims) > 0 {
		return claims[0].Member.Status
	}
	return ""
}
