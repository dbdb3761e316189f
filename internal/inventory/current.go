package inventory

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"retrycatch/internal/session"
)

const (
	// maxStaleReads limits the reads of a stack or list that lags behind a change.
	maxStaleReads  = 5
	staleReadDelay = time.Second
)

// CurrentStack returns the existing stack with this name, or nil. DescribeStacks is eventually
// consistent, so it might not find a stack that was just created. CurrentStack repeats the read for
// a few seconds while ListStacks shows the stack.
func CurrentStack(ctx context.Context, cfg aws.Config, name string) (*Stack, error) {
	for reads := 1; ; reads++ {
		stack, err := FindStack(ctx, cfg, name)
		if stack != nil || err != nil || reads == maxStaleReads {
			return stack, err
		}
		if listed, err := isListed(ctx, cfg, name); !listed {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(staleReadDelay):
		}
	}
}

// isListed reports whether ListStacks shows an existing stack with this name. It returns false if
// the caller is not allowed to list stacks.
func isListed(ctx context.Context, cfg aws.Config, name string) (bool, error) {
	found := false
	err := eachStackName(ctx, cfg, func(listedName string) bool {
		found = listedName == name
		return !found
	})
	if session.Denied(err) {
		return false, nil
	}
	return found, err
}

// StackNames returns the names of existing stacks. It omits names without the prefix.
func StackNames(ctx context.Context, cfg aws.Config, prefix string) (names []string, err error) {
	err = eachStackName(ctx, cfg, func(name string) bool {
		if strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
		return true
	})
	return names, err
}

// eachStackName calls visit with the name of each existing stack until visit returns false.
func eachStackName(ctx context.Context, cfg aws.Config, visit func(name string) bool) error {
	pages := cloudformation.NewListStacksPaginator(cloudformation.NewFromConfig(cfg), &cloudformation.ListStacksInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("cannot list the stacks: %w", err)
		}
		for _, stack := range page.StackSummaries {
			if stack.StackStatus != types.StackStatusDeleteComplete && !visit(aws.ToString(stack.StackName)) {
				return nil
			}
		}
	}
	return nil
}
