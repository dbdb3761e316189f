package resource

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// Subscription is the resource kind for SNS subscriptions. AWS generates their IDs and never reuses
// them.
const Subscription Kind = "AWS::SNS::Subscription"

var subscriptionRecord = record{
	kind:          Subscription,
	title:         "subscription",
	unique:        true,
	list:          listSubscriptions,
	observe:       observeSubscription,
	remove:        removeSubscription,
	removeCommand: func(id string) string { return "aws sns unsubscribe --subscription-arn " + id },
}

// listSubscriptions lists the ARNs. An unconfirmed subscription has no ARN in the list, so its ID
// here is TOPIC_ARN:PendingConfirmation.
func listSubscriptions(ctx context.Context, cfg aws.Config) (ids []string, err error) {
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
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// observeSubscription treats an unconfirmed subscription as gone if its topic does not exist.
// Nobody can confirm or delete such a subscription, and SNS removes it after 48 hours:
// https://docs.aws.amazon.com/sns/latest/dg/sns-delete-subscription-topic.html
func observeSubscription(ctx context.Context, cfg aws.Config, id string) (Observation, error) {
	const operation = "sns:GetSubscriptionAttributes"
	out, err := sns.NewFromConfig(cfg).GetSubscriptionAttributes(ctx,
		&sns.GetSubscriptionAttributesInput{SubscriptionArn: &id})
	if err != nil {
		return absentIf(operation, codeNotFound, err)
	}
	// Some AWS-compatible servers do not return TopicArn.
	topicARN, hasTopic := out.Attributes["TopicArn"]
	if len(out.Attributes) == 0 || hasTopic && !strings.HasPrefix(id, topicARN+":") {
		return Observation{}, missingResource(operation)
	}
	o := found(operation)
	if out.Attributes["PendingConfirmation"] != "true" {
		return o, nil
	}
	topic, err := observeTopic(ctx, cfg, topicARN)
	if err != nil {
		return Observation{}, fmt.Errorf("cannot check the topic: %w", err)
	}
	if !topic.Exists {
		return Observation{Result: operation + ": never confirmed; " + topic.Result}, nil
	}
	o.State = "PendingConfirmation"
	return o, nil
}

func removeSubscription(ctx context.Context, cfg aws.Config, id string) error {
	_, err := sns.NewFromConfig(cfg).Unsubscribe(ctx, &sns.UnsubscribeInput{SubscriptionArn: &id})
	return err
}
