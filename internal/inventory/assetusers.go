package inventory

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"retrycatch/internal/resource"
)

// AssetUsers maps each asset in use to a reason, for example "the stack retrycatch-dev uses it". A
// pending change set also uses its assets, because it would fail without them. While a stack of
// this project might be rolled back, it may need any asset. AssetUsers skips the stacks with the
// given ARNs: after a deletion, CloudFormation may still list the stack as existing.
func AssetUsers(ctx context.Context, cfg aws.Config, assets []resource.Resource, skippedARNs ...string) (
	map[resource.Resource]string, error,
) {
	users := map[resource.Resource]string{}
	pages := cloudformation.NewListStacksPaginator(cloudformation.NewFromConfig(cfg), &cloudformation.ListStacksInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("cannot list the stacks that may use the CDK's staged files: %w", err)
		}
		for _, summary := range page.StackSummaries {
			if slices.Contains(skippedARNs, aws.ToString(summary.StackId)) {
				continue
			}
			if err := addStackUses(ctx, cfg, summary, assets, users); err != nil {
				return nil, err
			}
		}
	}
	return users, nil
}

// addStackUses finds the assets that a stack uses, and adds them to the map "users". It searches
// the text of the template, because a template of another project may have any format.
func addStackUses(ctx context.Context, cfg aws.Config, summary types.StackSummary, assets []resource.Resource,
	users map[resource.Resource]string,
) error {
	name, id := aws.ToString(summary.StackName), aws.ToString(summary.StackId)
	addUses := func(body string) {
		for _, asset := range assets {
			if _, key := asset.Object(); strings.Contains(body, key) {
				users[asset] = "the stack " + name + " uses it"
			}
		}
	}
	if summary.StackStatus == types.StackStatusDeleteComplete {
		return nil
	}
	if summary.StackStatus != types.StackStatusReviewInProgress { // a stack in review has no template, only change sets
		body, err := templateBody(ctx, cfg, id, "")
		if isStackMissing(err) {
			return nil // deleted since it was listed
		}
		if err != nil {
			return err
		}
		if mayRollBack(summary.StackStatus) {
			if t, err := parseTemplate(body); err == nil && t.isProjectTemplate() {
				for _, asset := range assets {
					users[asset] = "the stack " + name + " may need it to roll back"
				}
			}
		}
		addUses(body)
	}
	if err := eachChangeSetTemplate(ctx, cfg, id, addUses); !isStackMissing(err) {
		return err
	}
	return nil
}

// mayRollBack reports whether a stack with this status may return to the template from before its
// last update. CloudFormation does not show this template.
func mayRollBack(status types.StackStatus) bool {
	return slices.Contains([]types.StackStatus{types.StackStatusUpdateInProgress, types.StackStatusUpdateFailed,
		types.StackStatusUpdateRollbackInProgress, types.StackStatusUpdateRollbackFailed}, status)
}
