package teardown

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/smithy-go"

	"retrycatch/internal/inventory"
)

// removalOrder is the order in which resources can be removed: none before what uses it.
var removalOrder = []inventory.Kind{inventory.Dashboard, inventory.Alarm, inventory.Subscription, inventory.Topic,
	inventory.StateMachine, inventory.Function, inventory.LogGroup, inventory.Role}

// removeAll removes resources, each by its own service's API, and goes on past those that cannot be removed.
func removeAll(ctx context.Context, cfg aws.Config, resources []inventory.Resource, progress Progress) error {
	resources = slices.Clone(resources)
	slices.SortStableFunc(resources, func(a, b inventory.Resource) int {
		return slices.Index(removalOrder, a.Kind) - slices.Index(removalOrder, b.Kind)
	})
	var errs []error
	for _, resource := range resources {
		progress("removing the " + resource.String())
		if err := remove(ctx, cfg, resource); err != nil {
			errs = append(errs, fmt.Errorf("cannot remove the %s: %w", resource, err))
		}
	}
	return errors.Join(errs...)
}

func remove(ctx context.Context, cfg aws.Config, r inventory.Resource) error {
	var err error
	switch r.Kind {
	case inventory.Role:
		policies, listErr := inventory.Policies(ctx, cfg, r.ID)
		if listErr != nil {
			return listErr
		}
		if err := takeAway(ctx, cfg, policies, func(string) {}); err != nil {
			return err
		}
		_, err = iam.NewFromConfig(cfg).DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: &r.ID})
	case inventory.Function:
		_, err = lambda.NewFromConfig(cfg).DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: &r.ID})
	case inventory.LogGroup:
		_, err = cloudwatchlogs.NewFromConfig(cfg).DeleteLogGroup(ctx, &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: &r.ID})
	case inventory.StateMachine:
		_, err = sfn.NewFromConfig(cfg).DeleteStateMachine(ctx, &sfn.DeleteStateMachineInput{StateMachineArn: &r.ID})
	case inventory.Alarm:
		_, err = inventory.CloudWatch(cfg).DeleteAlarms(ctx, &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{r.ID}})
	case inventory.Dashboard:
		_, err = inventory.CloudWatch(cfg).DeleteDashboards(ctx, &cloudwatch.DeleteDashboardsInput{DashboardNames: []string{r.ID}})
	case inventory.Topic:
		_, err = sns.NewFromConfig(cfg).DeleteTopic(ctx, &sns.DeleteTopicInput{TopicArn: &r.ID})
	case inventory.Subscription:
		_, err = sns.NewFromConfig(cfg).Unsubscribe(ctx, &sns.UnsubscribeInput{SubscriptionArn: &r.ID})
	case inventory.Asset:
		err = removeObject(ctx, cfg, r)
	default:
		return errors.New("its kind is not one of this stack's")
	}
	return unlessAbsent(err)
}

// removeObject removes every version: the bootstrap bucket keeps older ones, and those of what is deleted.
func removeObject(ctx context.Context, cfg aws.Config, r inventory.Resource) error {
	client := inventory.S3(cfg)
	bucket, key := r.Object()
	var versions []types.ObjectIdentifier
	pages := s3.NewListObjectVersionsPaginator(client, &s3.ListObjectVersionsInput{Bucket: &bucket, Prefix: &key})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, version := range page.Versions {
			versions = append(versions, types.ObjectIdentifier{Key: version.Key, VersionId: version.VersionId})
		}
		for _, marker := range page.DeleteMarkers {
			versions = append(versions, types.ObjectIdentifier{Key: marker.Key, VersionId: marker.VersionId})
		}
	}
	for _, version := range versions {
		if aws.ToString(version.Key) != key { // one that only begins alike
			continue
		}
		if _, err := client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &bucket, Key: &key, VersionId: version.VersionId}); err != nil {
			return err
		}
	}
	return nil
}

// takeAway takes policies from their roles.
func takeAway(ctx context.Context, cfg aws.Config, policies []inventory.Policy, progress Progress) error {
	client := iam.NewFromConfig(cfg)
	for _, policy := range policies {
		progress("taking away " + policy.String())
		var err error
		if policy.ARN == "" {
			_, err = client.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: &policy.Role, PolicyName: &policy.Name})
		} else {
			_, err = client.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: &policy.Role, PolicyArn: &policy.ARN})
		}
		if err := unlessAbsent(err); err != nil {
			return fmt.Errorf("cannot take away %s: %w", policy, err)
		}
	}
	return nil
}

// absent are the codes with which the services say that they do not know a name.
var absent = []string{"NoSuchEntity", "NotFound", "ResourceNotFound", "ResourceNotFoundException", "StateMachineDoesNotExist"}

// unlessAbsent is the error of a removal, if it is not that somebody else was faster.
func unlessAbsent(err error) error {
	if api := smithy.APIError(nil); errors.As(err, &api) && slices.Contains(absent, api.ErrorCode()) {
		return nil
	}
	return err
}

// unprotect switches termination protection off.
func unprotect(ctx context.Context, cfg aws.Config, stack *inventory.Stack, progress Progress) error {
	progress("switching off the termination protection of the stack " + stack.Name)
	if _, err := cloudformation.NewFromConfig(cfg).UpdateTerminationProtection(ctx, &cloudformation.UpdateTerminationProtectionInput{
		StackName: &stack.ARN, EnableTerminationProtection: aws.Bool(false)}); err != nil {
		return fmt.Errorf("cannot switch off the termination protection of the stack %s: %w", stack.Name, err)
	}
	return nil
}
