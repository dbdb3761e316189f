package inventory

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// Contents is what a stack has created: what it has deleted again too, but not what never came to be.
type Contents struct {
	Resources []Resource
	Kept      []Resource // those that its template has CloudFormation keep when the stack is deleted
	Skipped   []Resource // those that a deletion of the stack has left, kept ones among them
	Assets    []Resource // what the CDK has staged for the stack, whether it is still there or not
	policies  map[Resource][]string
}

// StackContents reads what a stack has created, by the stack's ARN.
func StackContents(ctx context.Context, cfg aws.Config, stackARN string) (Contents, error) {
	contents := Contents{policies: map[Resource][]string{}}
	summaries, err := summaries(ctx, cfg, stackARN)
	if err != nil || len(summaries) == 0 { // a stack that has come to nothing may have no template either
		return contents, err
	}
	declared, body, err := readTemplate(ctx, cfg, stackARN)
	if err != nil {
		return contents, err
	}
	contents.Assets = assets(declared, body, stackARN)
	for _, id := range slices.Sorted(maps.Keys(summaries)) {
		summary := summaries[id]
		resource := Resource{Kind: Kind(aws.ToString(summary.ResourceType)), ID: aws.ToString(summary.PhysicalResourceId)}
		contents.Resources = append(contents.Resources, resource)
		// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
		if strings.HasPrefix(declared[id].DeletionPolicy, "Retain") { // or RetainExceptOnCreate
			contents.Kept = append(contents.Kept, resource)
		}
		if summary.ResourceStatus == types.ResourceStatusDeleteSkipped || summary.ResourceStatus == types.ResourceStatusDeleteFailed {
			contents.Skipped = append(contents.Skipped, resource)
		}
		for _, policy := range declared[id].Properties.Policies {
			contents.policies[resource] = append(contents.policies[resource], policy.PolicyName)
		}
	}
	return contents, nil
}

// StackResources lists the resources of a stack alone, without reading its template.
func StackResources(ctx context.Context, cfg aws.Config, nameOrARN string) ([]Resource, error) {
	summaries, err := summaries(ctx, cfg, nameOrARN)
	if err != nil {
		return nil, err
	}
	var resources []Resource
	for _, id := range slices.Sorted(maps.Keys(summaries)) {
		resources = append(resources, Resource{Kind: Kind(aws.ToString(summaries[id].ResourceType)), ID: aws.ToString(summaries[id].PhysicalResourceId)})
	}
	return resources, nil
}

// summaries are CloudFormation's own of the stack's resources, by their logical IDs.
func summaries(ctx context.Context, cfg aws.Config, nameOrARN string) (map[string]types.StackResourceSummary, error) {
	found := map[string]types.StackResourceSummary{}
	pages := cloudformation.NewListStackResourcesPaginator(cloudformation.NewFromConfig(cfg),
		&cloudformation.ListStackResourcesInput{StackName: &nameOrARN})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("cannot list the resources of the stack %s: %w", nameOrARN, err)
		}
		for _, summary := range page.StackResourceSummaries {
			// One that failed to be created may have the name of somebody else's resource, which was in its way.
			cameToBe := aws.ToString(summary.PhysicalResourceId) != "" && summary.ResourceStatus != types.ResourceStatusCreateFailed
			if cameToBe && !slices.Contains(noResources, Kind(aws.ToString(summary.ResourceType))) {
				found[aws.ToString(summary.LogicalResourceId)] = summary
			}
		}
	}
	return found, nil
}

// declaration is what a template says of a resource, as far as it matters here.
type declaration struct {
	DeletionPolicy string
	Properties     struct {
		Policies []struct{ PolicyName string }
		Code     struct {
			S3Bucket any // a name, or what makes one of the account and the region
			S3Key    string
		}
	}
}

func readTemplate(ctx context.Context, cfg aws.Config, stackARN string) (declared map[string]declaration, body string, err error) {
	if body, err = templateBody(ctx, cfg, stackARN); err != nil {
		return nil, "", err
	}
	var template struct{ Resources map[string]declaration }
	if err := json.Unmarshal([]byte(body), &template); err != nil {
		return nil, "", fmt.Errorf("cannot read the template of the stack %s, which the CDK writes as JSON: %w", stackARN, err)
	}
	return template.Resources, body, nil
}

func templateBody(ctx context.Context, cfg aws.Config, stackARN string) (string, error) {
	out, err := cloudformation.NewFromConfig(cfg).GetTemplate(ctx, &cloudformation.GetTemplateInput{StackName: &stackARN})
	if err != nil {
		return "", fmt.Errorf("cannot read the template of the stack %s: %w", stackARN, err)
	}
	return aws.ToString(out.TemplateBody), nil
}
