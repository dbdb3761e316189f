package inventory

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"retrycatch/internal/resource"
)

// Account is the sorted list of an account's stacks and resources in one region. Each element is a
// line, for example "IAM role lambda_basic_execution".
type Account []string

// ReadAccount lists the account's stacks, and its resources of the kinds in resource.Kinds.
func ReadAccount(ctx context.Context, cfg aws.Config) (Account, error) {
	account, err := listStackLines(ctx, cfg)
	if err != nil {
		return nil, err
	}
	for _, kind := range resource.Kinds() {
		resources, err := resource.List(ctx, cfg, kind)
		if err != nil {
			return nil, err
		}
		for _, r := range resources {
			account = append(account, r.String())
		}
	}
	slices.Sort(account)
	return account, nil
}

// Difference compares this Account with an earlier one. It returns the lines that were added and
// removed.
func (a Account) Difference(before Account) (added, removed []string) {
	for _, line := range a {
		if !slices.Contains(before, line) {
			added = append(added, line)
		}
	}
	for _, line := range before {
		if !slices.Contains(a, line) {
			removed = append(removed, line)
		}
	}
	return added, removed
}

// listStackLines returns a line for each stack. It omits deleted stacks, which CloudFormation lists
// for 90 days.
func listStackLines(ctx context.Context, cfg aws.Config) (lines []string, err error) {
	pages := cloudformation.NewListStacksPaginator(cloudformation.NewFromConfig(cfg), &cloudformation.ListStacksInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("cannot list the account's stacks: %w", err)
		}
		for _, stack := range page.StackSummaries {
			if stack.StackStatus != types.StackStatusDeleteComplete {
				lines = append(lines, "stack "+aws.ToString(stack.StackName))
			}
		}
	}
	return lines, nil
}
