package teardown

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"

	"retrycatch/internal/inventory"
	"retrycatch/internal/resource"
)

// FindAssets adds files to the plan's assets: those of pending change sets, and those of earlier
// deployments that the CDK's bucket still holds. It reads each template in the bucket, and drops
// assets that do not exist. After an error, the list may be incomplete.
func (p *Plan) FindAssets(ctx context.Context, cfg aws.Config) error {
	if len(p.records) > 0 && p.records[0].TemplateErr != nil {
		return fmt.Errorf("the staged assets are unknown: %w", p.records[0].TemplateErr)
	}
	if p.Stack != nil {
		pending, err := inventory.PendingAssets(ctx, cfg, p.Stack)
		if err != nil {
			return err
		}
		p.Assets = append(p.Assets, pending...)
	}
	if last := p.Last(); last != nil {
		earlier, err := inventory.EarlierAssets(ctx, cfg, last.ARN, p.Target.Function, p.Assets)
		if err != nil {
			return err
		}
		p.Assets = append(p.Assets, earlier...)
	}
	var there []resource.Resource
	for _, asset := range inventory.UniqueAssets(p.Assets) {
		o, err := resource.Observe(ctx, cfg, asset)
		if err != nil {
			return err
		}
		if o.Exists {
			there = append(there, asset)
		}
	}
	p.Assets = there
	return nil
}

// removeAssets removes the plan's assets unless other stacks use them. Two stages with the same
// function share its zip. It returns an item for each asset.
func (t *teardown) removeAssets(ctx context.Context) ([]Item, error) {
	var deleted []string // stack ARNs
	for _, record := range t.plan.records {
		deleted = append(deleted, record.Stack.ARN)
	}
	users, err := inventory.AssetUsers(ctx, t.cfg, t.plan.Assets, deleted...)
	if err != nil {
		return nil, err
	}
	var items []Item
	var removeErr []error
	for _, asset := range t.plan.Assets {
		item := Item{Resource: asset, Fate: NotDeleted, Now: Kept}
		if user, used := users[asset]; used {
			item.Proof, item.Why = "cloudformation:GetTemplate: found", "is kept: the stack "+user+" uses it"
		} else {
			removeErr = appendError(removeErr, t.remove(ctx, &item))
			if err := (&judge{}).look(ctx, t.cfg, &item); err != nil {
				return items, err
			}
			if item.Now == Foreign { // no stack lists files
				item.Now, item.Why = Left, "could not be removed"
			}
		}
		items = append(items, item)
	}
	return items, errors.Join(removeErr...)
}
