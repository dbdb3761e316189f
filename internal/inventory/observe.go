package inventory

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/schemas"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/transport/http/protocol/awsquery"
)

// Observation is what a resource's own service says of it.
type Observation struct {
	Exists bool
	State  string // as the service calls it, for example ACTIVE or DELETING; empty where it has none
	Answer string // the operation asked and what it answered, for example "lambda:GetFunction: ResourceNotFoundException"
}

// Observe asks the resource's own service whether it exists. An error means that the answer could not be had, which is
// not the same as "no".
func Observe(ctx context.Context, cfg aws.Config, r Resource) (Observation, error) {
	switch r.Kind {
	case Role:
		_, err := iam.NewFromConfig(cfg).GetRole(ctx, &iam.GetRoleInput{RoleName: &r.ID})
		return observed(r, "iam:GetRole", "", err, "NoSuchEntity")
	case Function:
		out, err := lambda.NewFromConfig(cfg).GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &r.ID})
		state := ""
		if err == nil {
			state = string(out.State)
		}
		return observed(r, "lambda:GetFunctionConfiguration", state, err, "ResourceNotFoundException")
	case StateMachine:
		out, err := sfn.NewFromConfig(cfg).DescribeStateMachine(ctx, &sfn.DescribeStateMachineInput{StateMachineArn: &r.ID})
		state := ""
		if err == nil {
			state = string(out.Status)
		}
		return observed(r, "states:DescribeStateMachine", state, err, "StateMachineDoesNotExist")
	case LogGroup:
		return observeLogGroup(ctx, cfg, r)
	case Alarm:
		return observeAlarm(ctx, cfg, r)
	case Asset:
		return observeAsset(ctx, cfg, r)
	case Dashboard:
		_, err := CloudWatch(cfg).GetDashboard(ctx, &cloudwatch.GetDashboardInput{DashboardName: &r.ID})
		return observed(r, "cloudwatch:GetDashboard", "", err, "ResourceNotFound")
	case Topic:
		_, err := sns.NewFromConfig(cfg).GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: &r.ID})
		return observed(r, "sns:GetTopicAttributes", "", err, "NotFound")
	case Subscription:
		return observeSubscription(ctx, cfg, r)
	default:
		return Observation{}, fmt.Errorf("cannot say whether %s %s exists: the kind is not one of this stack's", r.Kind, r.ID)
	}
}

// observed reads the answer of an operation that names one resource. notFound is the code of the error that the service
// has for a name that it does not know.
func observed(r Resource, operation, state string, err error, notFound string) (Observation, error) {
	if err == nil {
		return Observation{Exists: true, State: state, Answer: operation + ": found"}, nil
	}
	if api := smithy.APIError(nil); errors.As(err, &api) && api.ErrorCode() == notFound {
		return Observation{Answer: operation + ": " + notFound}, nil
	}
	return Observation{}, fmt.Errorf("cannot say whether the %s exists: %w", r, err)
}

// observeLogGroup lists, as CloudWatch Logs has no operation that asks for one group. Names that only begin alike are
// other groups.
func observeLogGroup(ctx context.Context, cfg aws.Config, r Resource) (Observation, error) {
	const operation = "logs:DescribeLogGroups"
	pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(cloudwatchlogs.NewFromConfig(cfg),
		&cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: &r.ID})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return Observation{}, fmt.Errorf("cannot say whether the %s exists: %w", r, err)
		}
		for _, group := range page.LogGroups {
			if aws.ToString(group.LogGroupName) == r.ID {
				return Observation{Exists: true, Answer: operation + ": found"}, nil
			}
		}
	}
	return Observation{Answer: operation + ": not listed"}, nil
}

// observeSubscription takes one that waits to be confirmed for gone when its topic is: nobody can delete it, or confirm it,
// and SNS removes it after 48 hours: https://docs.aws.amazon.com/sns/latest/dg/sns-delete-subscription-topic.html
func observeSubscription(ctx context.Context, cfg aws.Config, r Resource) (Observation, error) {
	const operation = "sns:GetSubscriptionAttributes"
	out, err := sns.NewFromConfig(cfg).GetSubscriptionAttributes(ctx, &sns.GetSubscriptionAttributesInput{SubscriptionArn: &r.ID})
	if err != nil || out.Attributes["PendingConfirmation"] != "true" {
		return observed(r, operation, "", err, "NotFound")
	}
	topic, err := Observe(ctx, cfg, Resource{Topic, out.Attributes["TopicArn"]})
	if err != nil {
		return Observation{}, fmt.Errorf("cannot say whether the %s exists: %w", r, err)
	}
	if !topic.Exists {
		return Observation{Answer: operation + ": never confirmed; " + topic.Answer}, nil
	}
	return Observation{Exists: true, State: "PendingConfirmation", Answer: operation + ": found"}, nil
}

// CloudWatch is a client that speaks the oldest of CloudWatch's protocols. AWS answers to all of
// them alike; other endpoints, which AWS_ENDPOINT_URL may name, do not all know the newest.
func CloudWatch(cfg aws.Config) *cloudwatch.Client {
	return cloudwatch.NewFromConfig(cfg, func(o *cloudwatch.Options) {
		o.Protocol = awsquery.New(schemas.GraniteServiceVersion20100801)
	})
}

// observeAlarm lists too: CloudWatch answers with the alarms that there are of those it is asked for.
func observeAlarm(ctx context.Context, cfg aws.Config, r Resource) (Observation, error) {
	const operation = "cloudwatch:DescribeAlarms"
	out, err := CloudWatch(cfg).DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{r.ID}})
	if err != nil {
		return Observation{}, fmt.Errorf("cannot say whether the %s exists: %w", r, err)
	}
	for _, alarm := range out.MetricAlarms {
		if aws.ToString(alarm.AlarmName) == r.ID {
			return Observation{Exists: true, State: string(alarm.StateValue), Answer: operation + ": found"}, nil
		}
	}
	return Observation{Answer: operation + ": not listed"}, nil
}
