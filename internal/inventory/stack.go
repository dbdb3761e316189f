// Package inventory reads stacks and their resources from CloudFormation, including the resources
// that a stack no longer has. It can also list an account's stacks and resources. It changes
// nothing in AWS.
package inventory

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/smithy-go"

	"retrycatch/internal/deployment"
)

// Stack describes a stack that exists or existed.
type Stack struct {
	Name    string
	ARN     string
	Status  types.StackStatus
	Reason  string // why the stack has this status; often empty
	Outputs map[string]string
	Tags    map[string]string
	// RoleARN is the role that CloudFormation assumes for this stack. If RoleARN is empty,
	// CloudFormation uses the caller's permissions.
	RoleARN   string
	Protected bool // termination protection is on
	Created   time.Time
	Updated   time.Time // zero if the stack was never updated
	Deleted   time.Time // zero if the stack exists
}

// Ours reports whether the stack has this project's tag, which every deployment sets. Without the
// tag, a stack of the same name belongs to somebody else.
func (s *Stack) Ours() bool { return s.Tags[deployment.TagProject] == deployment.Project }

// Gone reports whether the stack is deleted.
func (s *Stack) Gone() bool { return s.Status == types.StackStatusDeleteComplete }

// InProgress reports whether an operation on the stack is in progress. REVIEW_IN_PROGRESS is not an
// operation: a stack in review has only change sets.
func (s *Stack) InProgress() bool {
	return strings.HasSuffix(string(s.Status), "_IN_PROGRESS") && s.Status != types.StackStatusReviewInProgress
}

// FindStack finds a stack by its name or ARN. It returns nil if the stack does not exist. With an
// ARN, it also finds a deleted stack:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
func FindStack(ctx context.Context, cfg aws.Config, nameOrARN string) (*Stack, error) {
	client := cloudformation.NewFromConfig(cfg)
	out, err := client.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &nameOrARN})
	if isStackMissing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the stack %s: %w", nameOrARN, err)
	}
	if len(out.Stacks) == 0 {
		return nil, fmt.Errorf("cannot read the stack %s: cloudformation:DescribeStacks did not return it", nameOrARN)
	}
	stack := newStack(out.Stacks[0])
	if stack.Status == types.StackStatusReviewInProgress && len(stack.Tags) == 0 {
		if stack.Tags, err = changeSetTags(ctx, cfg, stack.ARN); err != nil {
			return nil, err
		}
	}
	return stack, nil
}

// isStackMissing reports whether an error from CloudFormation says that a stack does not exist. The
// code, ValidationError, is the same for every invalid request. Only the message is specific:
// "Stack with id NAME does not exist".
func isStackMissing(err error) bool {
	api := smithy.APIError(nil)
	return errors.As(err, &api) && api.ErrorCode() == "ValidationError" &&
		strings.Contains(api.ErrorMessage(), "does not exist")
}

func newStack(found types.Stack) *Stack {
	stack := &Stack{Name: aws.ToString(found.StackName), ARN: aws.ToString(found.StackId), Status: found.StackStatus,
		Reason: aws.ToString(found.StackStatusReason), Outputs: map[string]string{}, Tags: tagMap(found.Tags),
		RoleARN: aws.ToString(found.RoleARN), Protected: aws.ToBool(found.EnableTerminationProtection),
		Created: aws.ToTime(found.CreationTime), Updated: aws.ToTime(found.LastUpdatedTime),
		Deleted: aws.ToTime(found.DeletionTime)}
	for _, output := range found.Outputs {
		stack.Outputs[aws.ToString(output.OutputKey)] = aws.ToString(output.OutputValue)
	}
	return stack
}

// changeSetTags returns the tags that every change set of a stack in review would set. The stack
// itself may have no tags yet. A stack without change sets is empty and counts as a stack of this
// project.
func changeSetTags(ctx context.Context, cfg aws.Config, stackARN string) (map[string]string, error) {
	sets, err := changeSets(ctx, cfg, stackARN)
	if err != nil {
		return nil, err
	}
	if len(sets) == 0 {
		return map[string]string{deployment.TagProject: deployment.Project}, nil
	}
	client, common := cloudformation.NewFromConfig(cfg), map[string]string{}
	for i, set := range sets {
		out, err := client.DescribeChangeSet(ctx, &cloudformation.DescribeChangeSetInput{ChangeSetName: &set})
		if err != nil {
			return nil, fmt.Errorf("cannot read the change set %s: %w", set, err)
		}
		tags := tagMap(out.Tags)
		if i == 0 {
			common = tags
		}
		maps.DeleteFunc(common, func(key, value string) bool { return tags[key] != value })
	}
	return common, nil
}

func tagMap(tags []types.Tag) map[string]string {
	byKey := map[string]string{}
	for _, tag := range tags {
		byKey[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return byKey
}

// changeSets returns the ARNs of a stack's pending change sets. It calls CloudFormation with the
// stack's name, because some endpoints do not accept the ARN.
func changeSets(ctx context.Context, cfg aws.Config, stackARN string) (arns []string, err error) {
	name := stackARN
	if parts := strings.Split(stackARN, "/"); len(parts) > 1 { // arn:...:stack/NAME/ID
		name = parts[1]
	}
	pages := cloudformation.NewListChangeSetsPaginator(cloudformation.NewFromConfig(cfg),
		&cloudformation.ListChangeSetsInput{StackName: &name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("cannot list the change sets of the stack %s: %w", stackARN, err)
		}
		for _, set := range page.Summaries {
			arns = append(arns, aws.ToString(set.ChangeSetId))
		}
	}
	return arns, nil
}

// FindDeletedStacks returns this project's deleted stacks with the given name, newest first.
// CloudFormation lists deleted stacks for 90 days:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStacks.html
func FindDeletedStacks(ctx context.Context, cfg aws.Config, name string) ([]*Stack, error) {
	var deleted []*Stack
	pages := cloudformation.NewListStacksPaginator(cloudformation.NewFromConfig(cfg),
		&cloudformation.ListStacksInput{StackStatusFilter: []types.StackStatus{types.StackStatusDeleteComplete}})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("cannot list the deleted stacks: %w", err)
		}
		for _, summary := range page.StackSummaries {
			if aws.ToString(summary.StackName) != name {
				continue
			}
			stack, err := FindStack(ctx, cfg, aws.ToString(summary.StackId))
			if err != nil {
				return nil, err
			}
			if stack != nil && stack.Ours() {
				stack.Deleted = aws.ToTime(summary.DeletionTime)
				deleted = append(deleted, stack)
			}
		}
	}
	slices.SortFunc(deleted, func(a, b *Stack) int { return b.Deleted.Compare(a.Deleted) })
	return deleted, nil
}
