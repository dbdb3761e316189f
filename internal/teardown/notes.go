package teardown

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"retrycatch/internal/inventory"
	"retrycatch/internal/resource"
)

// Note names something outside the deployment that remains after a teardown.
type Note struct {
	Name string // for example "the EventBridge rule nightly-run"
	Why  string // why it remains, for example "CloudFormation keeps it for 90 days"
	// Command is an AWS CLI command that removes it. For an EventBridge rule, which may have other
	// targets, Command lists the targets instead. Command is empty for AWS's records and for the
	// log resource policy.
	Command string
	id      string // a trigger's physical ID in CloudFormation; otherwise empty
}

// deliveryPolicy is the resource policy that the first delivery of vended logs in a region creates.
// All deliveries share it:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
const deliveryPolicy = "AWSLogDeliveryWrite20150319"

// keptByAWS lists the records that AWS keeps of every deployment for a limited time.
var keptByAWS = []Note{
	// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStacks.html
	{Name: "the record of the deleted stack", Why: "CloudFormation keeps it for 90 days"},
	// https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-traces
	{Name: "X-Ray traces", Why: "X-Ray keeps them for 30 days"},
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#metrics-retention
	{Name: "CloudWatch metrics", Why: "CloudWatch keeps them for 15 months"},
}

// findNotes lists everything that remains outside the deployment: AWS's records, the log resource
// policy, and triggers that somebody created for the function or the state machine. warnings lists
// the errors of failed checks.
func findNotes(ctx context.Context, cfg aws.Config, stack *inventory.Stack, items []Item) (
	notes []Note, warnings []error) {
	notes = slices.Clone(keptByAWS)
	policy, err := hasDeliveryPolicy(ctx, cfg)
	warnings = appendError(warnings, err)
	if policy {
		notes = append(notes, Note{Name: "the log resource policy " + deliveryPolicy,
			Why: "all log deliveries in the region share it"})
	}
	for _, item := range items {
		if item.State == Foreign || item.State == Kept { // the resource remains, so its triggers still have a target
			continue
		}
		var triggers []Note
		var err error
		switch item.Resource.Kind {
		case resource.Function:
			triggers, err = listMappings(ctx, cfg, item.Resource)
			warnings = appendError(warnings, err)
			notes = append(notes, triggers...)
			triggers, err = listRules(ctx, cfg, item.Resource, functionARN(stack.ARN, item.Resource.ID))
		case resource.StateMachine:
			triggers, err = listRules(ctx, cfg, item.Resource, item.Resource.ID)
		}
		notes, warnings = append(notes, triggers...), appendError(warnings, err)
	}
	// Drop triggers that a stack created, because items already includes them.
	return slices.DeleteFunc(notes, func(note Note) bool {
		return slices.ContainsFunc(items, func(item Item) bool { return note.id != "" && item.Resource.ID == note.id })
	}), warnings
}

func hasDeliveryPolicy(ctx context.Context, cfg aws.Config) (bool, error) {
	client := cloudwatchlogs.NewFromConfig(cfg)
	for token := (*string)(nil); ; {
		page, err := client.DescribeResourcePolicies(ctx,
			&cloudwatchlogs.DescribeResourcePoliciesInput{NextToken: token})
		if err != nil {
			return false, fmt.Errorf("cannot check whether the log resource policy %s exists: %w", deliveryPolicy, err)
		}
		for _, policy := range page.ResourcePolicies {
			if aws.ToString(policy.PolicyName) == deliveryPolicy {
				return true, nil
			}
		}
		if token = page.NextToken; aws.ToString(token) == "" {
			return false, nil
		}
	}
}

// listMappings lists the event source mappings that invoke a function. Lambda does not delete them
// with the function:
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html
// listMappings reads the mappings of all functions, because Lambda may reject a deleted function as
// a filter.
func listMappings(ctx context.Context, cfg aws.Config, function resource.Resource) (notes []Note, err error) {
	pages := lambda.NewListEventSourceMappingsPaginator(lambda.NewFromConfig(cfg),
		&lambda.ListEventSourceMappingsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("cannot list the event source mappings of the %s: %w", function, err)
		}
		for _, mapping := range page.EventSourceMappings {
			// arn:aws:lambda:REGION:ACCOUNT:function:NAME, plus :VERSION or :ALIAS
			parts := strings.Split(aws.ToString(mapping.FunctionArn), ":")
			if len(parts) < 7 || parts[6] != function.ID {
				continue
			}
			id := aws.ToString(mapping.UUID)
			notes = append(notes, Note{Name: "the event source mapping " + id, id: id,
				Why:     "it invokes the " + function.String() + ", but the stack did not create it",
				Command: "aws lambda delete-event-source-mapping --uuid " + id})
		}
	}
	return notes, nil
}

// functionARN returns the ARN of a function in the stack's account and region.
func functionARN(stackARN, name string) string {
	function, _ := arn.Parse(stackARN) // CloudFormation returned this ARN, so it is valid
	function.Service, function.Resource = "lambda", "function:"+name
	return function.String()
}

// listRules lists the rules of the default event bus that target a function or a state machine.
// Rules remain after their target is deleted:
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRuleNamesByTarget.html
func listRules(ctx context.Context, cfg aws.Config, target resource.Resource, targetARN string) (
	notes []Note, err error) {
	client := eventbridge.NewFromConfig(cfg)
	for token := (*string)(nil); ; {
		page, err := client.ListRuleNamesByTarget(ctx,
			&eventbridge.ListRuleNamesByTargetInput{TargetArn: &targetARN, NextToken: token})
		if err != nil {
			return nil, fmt.Errorf("cannot list the EventBridge rules that target the %s: %w", target, err)
		}
		for _, name := range page.RuleNames {
			notes = append(notes, Note{Name: "the EventBridge rule " + name, id: name,
				Why:     "it targets the " + target.String() + ", but the stack did not create it",
				Command: "aws events list-targets-by-rule --rule " + name})
		}
		if token = page.NextToken; aws.ToString(token) == "" {
			return notes, nil
		}
	}
}
