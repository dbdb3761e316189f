package inventory

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// Account is everything of the kinds that a deployment creates that one account holds in one region, as sorted lines
// like "IAM role lambda_basic_execution". Two of them can be compared.
type Account []string

// ReadAccount lists the account's roles, functions, state machines, log groups, alarms, dashboards, topics, subscriptions
// and stacks, each to its last page.
func ReadAccount(ctx context.Context, cfg aws.Config) (Account, error) {
	var account Account
	for _, list := range []func(context.Context, aws.Config) ([]string, error){
		roles, functions, stateMachines, logGroups, alarms, dashboards, topics, subscriptions, stacks} {
		lines, err := list(ctx, cfg)
		if err != nil {
			return nil, fmt.Errorf("cannot list what the account holds: %w", err)
		}
		account = append(account, lines...)
	}
	slices.Sort(account)
	return account, nil
}

// Difference says what has come and what has gone since an earlier reading.
func (a Account) Difference(before Account) (come, gone []string) {
	for _, line := range a {
		if !slices.Contains(before, line) {
			come = append(come, line)
		}
	}
	for _, line := range before {
		if !slices.Contains(a, line) {
			gone = append(gone, line)
		}
	}
	return come, gone
}

func roles(ctx context.Context, cfg aws.Config) (lines []string, err error) {
	pages := iam.NewListRolesPaginator(iam.NewFromConfig(cfg), &iam.ListRolesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, role := range page.Roles {
			lines = append(lines, Resource{Role, aws.ToString(role.RoleName)}.String())
		}
	}
	return lines, nil
}

func functions(ctx context.Context, cfg aws.Config) (lines []string, err error) {
	pages := lambda.NewListFunctionsPaginator(lambda.NewFromConfig(cfg), &lambda.ListFunctionsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, function := range page.Functions {
			lines = append(lines, Resource{Function, aws.ToString(function.FunctionName)}.String())
		}
	}
	return lines, nil
}

func stateMachines(ctx context.Context, cfg aws.Config) (lines []string, err error) {
	pages := sfn.NewListStateMachinesPaginator(sfn.NewFromConfig(cfg), &sfn.ListStateMachinesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, machine := range page.StateMachines {
			lines = append(lines, Resource{StateMachine, aws.ToString(machine.StateMachineArn)}.String())
		}
	}
	return lines, nil
}

func logGroups(ctx context.Context, cfg aws.Config) (lines []string, err error) {
	pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(cloudwatchlogs.NewFromConfig(cfg), &cloudwatchlogs.DescribeLogGroupsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, group := range page.LogGroups {
			lines = append(lines, Resource{LogGroup, aws.ToString(group.LogGroupName)}.String())
		}
	}
	return lines, nil
}

func alarms(ctx context.Context, cfg aws.Config) (lines []string, err error) {
	pages := cloudwatch.NewDescribeAlarmsPaginator(CloudWatch(cfg), &cloudwatch.DescribeAlarmsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, alarm := range page.MetricAlarms {
			lines = append(lines, Resource{Alarm, aws.ToString(alarm.AlarmName)}.String())
		}
	}
	return lines, nil
}

func dashboards(ctx context.Context, cfg aws.Config) (lines []string, err error) {
	pages := cloudwatch.NewListDashboardsPaginator(CloudWatch(cfg), &cloudwatch.ListDashboardsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, dashboard := range page.DashboardEntries {
			lines = append(lines, Resource{Dashboard, aws.ToString(dashboard.DashboardName)}.String())
		}
	}
	return lines, nil
}

func topics(ctx context.Context, cfg aws.Config) (lines []string, err error) {
	pages := sns.NewListTopicsPaginator(sns.NewFromConfig(cfg), &sns.ListTopicsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, topic := range page.Topics {
			lines = append(lines, Resource{Topic, aws.ToString(topic.TopicArn)}.String())
		}
	}
	return lines, nil
}

// subscriptions names one that waits to be confirmed by its topic: it has no ARN in the list, and goes by itself.
func subscriptions(ctx context.Context, cfg aws.Config) (lines []string, err error) {
	pages := sns.NewListSubscriptionsPaginator(sns.NewFromConfig(cfg), &sns.ListSubscriptionsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, subscription := range page.Subscriptions {
			id := aws.ToString(subscription.SubscriptionArn)
			if !strings.HasPrefix(id, "arn:") {
				id = aws.ToString(subscription.TopicArn) + ":" + id
			}
			lines = append(lines, Resource{Subscription, id}.String())
		}
	}
	return lines, nil
}

// stacks leaves out those that are deleted: CloudFormation lists them for 90 days more.
func stacks(ctx context.Context, cfg aws.Config) (lines []string, err error) {
	pages := cloudformation.NewListStacksPaginator(cloudformation.NewFromConfig(cfg), &cloudformation.ListStacksInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, stack := range page.StackSummaries {
			if stack.StackStatus != types.StackStatusDeleteComplete {
				lines = append(lines, "stack "+aws.ToString(stack.StackName))
			}
		}
	}
	return lines, nil
}
