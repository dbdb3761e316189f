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
	// staleReads limits the reads of a stack that ListStacks shows and DescribeStacks does not.
	staleReads = 5
	staleWait  = time.Second
)

// CurrentStack finds the existing stack with this name, or returns nil. DescribeStacks is
// eventually consistent, so it may not know a stack that was just created. Its "does not exist"
// counts only if ListStacks agrees, or after some seconds.
func CurrentStack(ctx context.Context, cfg aws.Config, name string) (*Stack, error) {
	for reads := 1; ; reads++ {
		stack, err := FindStack(ctx, cfg, name)
		if stack != nil || err != nil || reads == staleReads {
			return stack, err
		}
		if listed, err := listed(ctx, cfg, name); !listed {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(staleWait):
		}
	}
}

// listed reports whether ListStacks shows an stack with this name that is not deleted. It returns
// false for a caller without permission to list stacks.
func listed(ctx context.Context, cfg aws.Config, name string) (bool, error) {
	found := false
	err := eachName(ctx, cfg, func(one string) bool {
		found = one == name
		return !found
	})
	if session.Denied(err) {
		return false, nil
	}
	return found, err
}

// StackNames lists the names of existing stacks that begin with a prefix.
func StackNames(ctx context.Context, cfg aws.Config, prefix string) (names []string, err error) {
	err = eachName(ctx, cfg, func(name string) bool {
		if strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
		return true
	})
	return names, err
}

// eachName calls visit with the name of each existing stack until visit returns false.
func eachName(ctx context.Context, cfg aws.Config, visit func(name string) bool) error {
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
