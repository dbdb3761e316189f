package resource

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"retrycatch/internal/deployment"
)

// LogGroup is the resource kind for CloudWatch Logs log groups.
const LogGroup Kind = "AWS::Logs::LogGroup"

var logGroupRecord = record{
	kind:  LogGroup,
	title: "log group",
	ids: func(names deployment.Names, _ Location) []string {
		return []string{names.FunctionLogs, names.StateMachineLogs}
	},
	list:          listLogGroups,
	observe:       observeLogGroup,
	holds:         logGroupHolds,
	remove:        removeLogGroup,
	removeCommand: func(id string) string { return "aws logs delete-log-group --log-group-name " + id },
}

func listLogGroups(ctx context.Context, cfg aws.Config) (ids []string, err error) {
	groups, err := describeLogGroups(ctx, cfg, nil)
	for _, group := range groups {
		ids = append(ids, aws.ToString(group.LogGroupName))
	}
	return ids, err
}

const opDescribeLogGroups = "logs:DescribeLogGroups"

func describeLogGroups(ctx context.Context, cfg aws.Config, prefix *string) (groups []types.LogGroup, err error) {
	pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(cloudwatchlogs.NewFromConfig(cfg),
		&cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		if page.LogGroups == nil {
			return nil, missingList(opDescribeLogGroups)
		}
		groups = append(groups, page.LogGroups...)
	}
	return groups, nil
}

// findLogGroup returns the group with this name, or nil. It searches a list, because CloudWatch
// Logs has no operation for a single group.
func findLogGroup(ctx context.Context, cfg aws.Config, id string) (*types.LogGroup, error) {
	groups, err := describeLogGroups(ctx, cfg, &id)
	if err != nil {
		return nil, err
	}
	for _, group := range groups {
		if aws.ToString(group.LogGroupName) == id {
			return &group, nil
		}
	}
	return nil, nil
}

func observeLogGroup(ctx context.Context, cfg aws.Config, id string) (Observation, error) {
	group, err := findLogGroup(ctx, cfg, id)
	if err != nil {
		return Observation{}, err
	}
	if group == nil {
		return notInList(opDescribeLogGroups), nil
	}
	o := found(opDescribeLogGroups)
	if created := aws.ToInt64(group.CreationTime); created > 0 {
		o.Since = time.UnixMilli(created)
	}
	o.HasDefaults = group.RetentionInDays == nil && group.KmsKeyId == nil && !aws.ToBool(group.DeletionProtectionEnabled)
	return o, nil
}

// logGroupHolds checks for deletion protection, which makes DeleteLogGroup return
// ValidationException:
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogGroupDeletionProtection.html
func logGroupHolds(ctx context.Context, cfg aws.Config, id string, _ DeclaredAttachments) ([]Hold, error) {
	group, err := findLogGroup(ctx, cfg, id)
	if err != nil || group == nil || !aws.ToBool(group.DeletionProtectionEnabled) {
		return nil, err
	}
	return []Hold{{Resource: Resource{LogGroup, id},
		Text:    "has deletion protection",
		Fix:     "turn off deletion protection",
		Command: "aws logs put-log-group-deletion-protection --no-deletion-protection-enabled --log-group-identifier " + id,
		lift:    func(ctx context.Context, cfg aws.Config) error { return unprotectLogGroup(ctx, cfg, id) }}}, nil
}

func unprotectLogGroup(ctx context.Context, cfg aws.Config, id string) error {
	input := cloudwatchlogs.PutLogGroupDeletionProtectionInput{LogGroupIdentifier: &id,
		DeletionProtectionEnabled: aws.Bool(false)}
	_, err := cloudwatchlogs.NewFromConfig(cfg).PutLogGroupDeletionProtection(ctx, &input)
	return err
}

func removeLogGroup(ctx context.Context, cfg aws.Config, id string) error {
	holds, err := logGroupHolds(ctx, cfg, id, DeclaredAttachments{})
	if err != nil {
		return err
	}
	for _, hold := range holds {
		if err := hold.Lift(ctx, cfg); err != nil {
			return err
		}
	}
	_, err = cloudwatchlogs.NewFromConfig(cfg).DeleteLogGroup(ctx,
		&cloudwatchlogs.DeleteLogGroupInput{LogGroupName: &id})
	return err
}
