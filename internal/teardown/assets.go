package teardown

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"

	"retrycatch/internal/inventory"
	"retrycatch/internal/resource"
)

// FindAssets completes the plan's assets. It adds files of pending change sets and of earlier
// deployments, and drops files that do not exist. To find the files of earlier deployments, it
// reads each template in the CDK's bucket. After an error, the list may be incomplete.
func (p *Plan) FindAssets(ctx context.Context, cfg aws.Config) error {
	if len(p.records) > 0 && p.records[0].TemplateErr != nil {
		return fmt.Errorf("cannot find the staged assets: %w", p.records[0].TemplateErr)
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
	var existing []resource.Resource
	for _, asset := range inventory.UniqueAssets(p.Assets) {
		o, err := resource.Observe(ctx, cfg, asset)
		if err != nil {
			return err
		}
		if o.Exists {
			existing = append(existing, asset)
		}
	}
	p.Assets = existing
	return nil
}

// removeAssets removes the plan's assets, except those that other stacks use. For example, two
// stages with the same function code share its zip file. removeAssets returns an item per asset.
func (t *teardown) removeAssets(ctx context.Context) ([]Item, error) {
	var own []string // ARNs of the deployment's own stacks
	for _, record := range t.plan.records {
		own = append(own, record.Stack.ARN)
	}
	users, err := inventory.AssetUsers(ctx, t.cfg, t.plan.Assets, own...)
	if err != nil {
		return nil, err
	}
	var items []Item
	var removeErrs []error
	for _, asset := range t.plan.Assets {
		item := Item{Resource: asset, Fate: NotDeleted, State: Kept}
		if reason, used := users[asset]; used {
			item.Proof, item.Why = "cloudformation:GetTemplate: found", "is kept: "+reason
		} else {
			removeErrs = appendError(removeErrs, t.remove(ctx, &item))
			if err := (&judge{}).observe(ctx, t.cfg, &item); err != nil {
				return items, err
			}
			// observe sets an existing file to Foreign, because no stack lists files as resources.
			if item.State == Foreign {
				item.State, item.Why = Remaining, "could not be removed"
			}
		}
		items = append(items, item)
	}
	return items, errors.Join(removeErrs...)
}
