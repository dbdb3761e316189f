// Package inventory reads what an account holds: a deployed stack, its resources, each by the API of its own service, and
// the account as a whole. It only reads.
package inventory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
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

// StackResources lists what a stack has created, by the stack's name or ARN: what it has deleted again too, but not what
// never came to be.
func StackResources(ctx context.Context, cfg aws.Config, nameOrARN string) ([]Resource, error) {
	byLogicalID, err := stackResources(ctx, cfg, nameOrARN)
	if err != nil {
		return nil, err
	}
	var resources []Resource
	for _, id := range slices.Sorted(maps.Keys(byLogicalID)) {
		resources = append(resources, byLogicalID[id])
	}
	return resources, nil
}

func stackResources(ctx context.Context, cfg aws.Config, nameOrARN string) (map[string]Resource, error) {
	resources := map[string]Resource{}
	pages := cloudformation.NewListStackResourcesPaginator(cloudformation.NewFromConfig(cfg),
		&cloudformation.ListStackResourcesInput{StackName: &nameOrARN})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("cannot list the resources of the stack %s: %w", nameOrARN, err)
		}
		for _, summary := range page.StackResourceSummaries {
			resource := Resource{Kind: Kind(aws.ToString(summary.ResourceType)), ID: aws.ToString(summary.PhysicalResourceId)}
			if resource.ID != "" && !slices.Contains(noResources, resource.Kind) {
				resources[aws.ToString(summary.LogicalResourceId)] = resource
			}
		}
	}
	return resources, nil
}

// Kept lists those resources of a stack that its template has CloudFormation keep when the stack is deleted:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
func Kept(ctx context.Context, cfg aws.Config, nameOrARN string) ([]Resource, error) {
	resources, err := stackResources(ctx, cfg, nameOrARN)
	if err != nil || len(resources) == 0 { // a stack that has come to nothing may have no template either
		return nil, err
	}
	out, err := cloudformation.NewFromConfig(cfg).GetTemplate(ctx, &cloudformation.GetTemplateInput{StackName: &nameOrARN})
	if err != nil {
		return nil, fmt.Errorf("cannot read the template of the stack %s: %w", nameOrARN, err)
	}
	var template struct {
		Resources map[string]struct{ DeletionPolicy string }
	}
	if err := json.Unmarshal([]byte(aws.ToString(out.TemplateBody)), &template); err != nil {
		return nil, fmt.Errorf("cannot read the template of the stack %s, which the CDK writes as JSON: %w", nameOrARN, err)
	}
	var kept []Resource
	for _, id := range slices.Sorted(maps.Keys(resources)) {
		if strings.HasPrefix(template.Resources[id].DeletionPolicy, "Retain") { // or RetainExceptOnCreate
			kept = append(kept, resources[id])
		}
	}
	return kept, nil
}
