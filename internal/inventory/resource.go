package inventory

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"retrycatch/internal/deployment"
)

// Kind is a type of resource, as CloudFormation spells it.
type Kind string

// The kinds that the stack consists of.
const (
	Role         Kind = "AWS::IAM::Role"
	Function     Kind = "AWS::Lambda::Function"
	LogGroup     Kind = "AWS::Logs::LogGroup"
	StateMachine Kind = "AWS::StepFunctions::StateMachine"
	Alarm        Kind = "AWS::CloudWatch::Alarm"
	Dashboard    Kind = "AWS::CloudWatch::Dashboard"
	Topic        Kind = "AWS::SNS::Topic"
	Subscription Kind = "AWS::SNS::Subscription"
)

// Asset is what the CDK has staged for a stack in its bootstrap bucket, which is no part of the stack.
const Asset Kind = "staged asset"

// noResources are kinds by CloudFormation's counting only. A topic's policy is a property of the topic, with which it comes
// and goes; the CDK's metadata, which it adds where its version is reported, are nothing outside of the stack.
var noResources = []Kind{"AWS::SNS::TopicPolicy", "AWS::CDK::Metadata"}

// Resource is one resource of the stack. ID is CloudFormation's physical ID: the ARN of a state machine, a topic or a
// subscription, and the name of any other kind. That of a staged asset is BUCKET/KEY.
type Resource struct {
	Kind Kind
	ID   string
}

// Name is the resource's own name, without what surrounds it in an ARN.
func (r Resource) Name() string {
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
	parts := strings.SplitN(r.ID, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return r.ID
	}
	return strings.TrimPrefix(parts[5], "stateMachine:")
}

// Expected lists the resources that a stack of these names creates, in the order in which they depend on each other. Not
// among them are those that get their names from AWS.
func Expected(names deployment.Names, partition, region, account string) []Resource {
	arn := func(service, name string) string {
		return fmt.Sprintf("arn:%s:%s:%s:%s:%s", partition, service, region, account, name)
	}
	expected := []Resource{
		{Role, names.FunctionRole},
		{Role, names.StateMachineRole},
		{LogGroup, names.FunctionLogs},
		{LogGroup, names.StateMachineLogs},
		{Function, names.Function},
		{StateMachine, arn("states", "stateMachine:"+names.StateMachine)},
	}
	if names.AlarmTopic != "" {
		expected = append(expected, Resource{Topic, arn("sns", names.AlarmTopic)})
	}
	for _, watches := range slices.Sorted(maps.Keys(names.Alarms)) {
		expected = append(expected, Resource{Alarm, names.Alarms[watches]})
	}
	if names.Dashboard != "" {
		expected = append(expected, Resource{Dashboard, names.Dashboard})
	}
	return expected
}

// Removal says how to remove the resource by hand.
func (r Resource) Removal() string {
	switch r.Kind {
	case Role:
		return "detach its policies and run `aws iam delete-role --role-name " + r.ID + "`"
	case Function:
		return "run `aws lambda delete-function --function-name " + r.ID + "`"
	case LogGroup:
		return "run `aws logs delete-log-group --log-group-name " + r.ID + "`"
	case StateMachine:
		return "run `aws stepfunctions delete-state-machine --state-machine-arn " + r.ID + "`"
	case Alarm:
		return "run `aws cloudwatch delete-alarms --alarm-names " + r.ID + "`"
	case Dashboard:
		return "run `aws cloudwatch delete-dashboards --dashboard-names " + r.ID + "`"
	case Topic:
		return "run `aws sns delete-topic --topic-arn " + r.ID + "`"
	case Subscription:
		return "run `aws sns unsubscribe --subscription-arn " + r.ID + "`"
	case Asset:
		return "run `aws s3 rm s3://" + r.ID + "`, which leaves its older versions, or retrycatch destroy --assets"
	default:
		return "delete it in its service's console"
	}
}

func (r Resource) String() string { return r.Kind.Title() + " " + r.Name() }

// Title is the kind in plain words.
func (k Kind) Title() string {
	switch k {
	case Role:
		return "IAM role"
	case Function:
		return "Lambda function"
	case LogGroup:
		return "log group"
	case StateMachine:
		return "state machine"
	case Alarm:
		return "alarm"
	case Dashboard:
		return "dashboard"
	case Topic:
		return "topic"
	case Subscription:
		return "subscription"
	default:
		return string(k)
	}
}
