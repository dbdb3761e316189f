// Package inventory reads what an account holds: a deployed stack, its resources, each by the API of its own service, and
// the account as a whole. It only reads.
package inventory

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/smithy-go"
)

// Stack is a stack that exists.
type Stack struct {
	Name    string
	ARN     string
	Status  types.StackStatus
	Reason  string // of the status, often empty
	Outputs map[string]string
	// Protected says that termination protection is on: the stack cannot be deleted.
	Protected bool
}

// FindStack asks for a stack by its name or ARN. It returns nil for one that does not exist. A deleted stack exists for
// whoever asks by its ARN: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
func FindStack(ctx context.Context, cfg aws.Config, nameOrARN string) (*Stack, error) {
	out, err := cloudformation.NewFromConfig(cfg).DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &nameOrARN})
	// CloudFormation has no error of its own for this: ValidationError is the answer for a name that no stack has, and
	// the name itself is known to be well formed.
	if api := smithy.APIError(nil); errors.As(err, &api) && api.ErrorCode() == "ValidationError" {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the stack %s: %w", nameOrARN, err)
	}
	if len(out.Stacks) == 0 {
		return nil, nil
	}
	found := out.Stacks[0]
	stack := &Stack{Name: aws.ToString(found.StackName), ARN: aws.ToString(found.StackId), Status: found.StackStatus,
		Reason: aws.ToString(found.StackStatusReason), Outputs: map[string]string{},
		Protected: aws.ToBool(found.EnableTerminationProtection)}
	for _, output := range found.Outputs {
		stack.Outputs[aws.ToString(output.OutputKey)] = aws.ToString(output.OutputValue)
	}
	return stack, nil
}

// InProgress says that an operation on the stack has not ended. REVIEW_IN_PROGRESS is none: it is a stack of which
// nothing but a change set exists.
func (s *Stack) InProgress() bool {
	return strings.HasSuffix(string(s.Status), "_IN_PROGRESS") && s.Status != types.StackStatusReviewInProgress
}

// FindDeletedStack finds the stack of this name that was deleted last, of which CloudFormation knows for 90 days. It returns
// nil when there is none: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStacks.html
func FindDeletedStack(ctx context.Context, cfg aws.Config, name string) (*Stack, error) {
	var last *types.StackSummary
	pages := cloudformation.NewListStacksPaginator(cloudformation.NewFromConfig(cfg),
		&cloudformation.ListStacksInput{StackStatusFilter: []types.StackStatus{types.StackStatusDeleteComplete}})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("cannot list the deleted stacks: %w", err)
		}
		for _, summary := range page.StackSummaries {
			if aws.ToString(summary.StackName) == name &&
				(last == nil || aws.ToTime(summary.DeletionTime).After(aws.ToTime(last.DeletionTime))) {
				last = &summary
			}
		}
	}
	if last == nil {
		return nil, nil
	}
	return &Stack{Name: name, ARN: aws.ToString(last.StackId), Status: last.StackStatus}, nil
}
