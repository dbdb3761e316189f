package resource

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"retrycatch/internal/deployment"
)

// Topic is the resource kind for SNS topics.
const Topic Kind = "AWS::SNS::Topic"

var topicRecord = record{
	kind:  Topic,
	title: "topic",
	ids: func(names deployment.Names, location Location) []string {
		if names.AlarmTopic == "" {
			return nil
		}
		return []string{location.arn("sns", names.AlarmTopic)}
	},
	list:          listTopics,
	observe:       observeTopic,
	remove:        removeTopic,
	removeCommand: func(id string) string { return "aws sns delete-topic --topic-arn " + id },
}

func listTopics(ctx context.Context, cfg aws.Config) (ids []string, err error) {
	pages := sns.NewListTopicsPaginator(sns.NewFromConfig(cfg), &sns.ListTopicsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, topic := range page.Topics {
			ids = append(ids, aws.ToString(topic.TopicArn))
		}
	}
	return ids, nil
}

// observeTopic also reads the tags, because SNS does not report when a topic was created or
// changed. If AWS denies reading the tags, the observation has none.
func observeTopic(ctx context.Context, cfg aws.Config, id string) (Observation, error) {
	const operation = "sns:GetTopicAttributes"
	client := sns.NewFromConfig(cfg)
	out, err := client.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: &id})
	if err != nil {
		return absentIf(operation, codeNotFound, err)
	}
	if out.Attributes["TopicArn"] != id {
		return Observation{}, missingResource(operation)
	}
	o := found(operation)
	tags, err := client.ListTagsForResource(ctx, &sns.ListTagsForResourceInput{ResourceArn: &id})
	if hasCode(err, denialCodes...) {
		return o, nil // the topic exists, and Tags stays nil
	}
	if err != nil {
		return Observation{}, err
	}
	o.Tags = map[string]string{}
	for _, tag := range tags.Tags {
		o.Tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return o, nil
}

func removeTopic(ctx context.Context, cfg aws.Config, id string) error {
	_, err := sns.NewFromConfig(cfg).DeleteTopic(ctx, &sns.DeleteTopicInput{TopicArn: &id})
	return err
}
