package inventory

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/deployment"
)

func TestExpectedNamesEveryResourceOfADeployment(t *testing.T) {
	t.Parallel()
	// core are there in any case.
	core := []Resource{
		{Role, "lambda_basic_execution"}, {Role, "step_functions_basic_execution"},
		{LogGroup, "/aws/lambda/MockAPIFunction"}, {LogGroup, "/aws/vendedlogs/states/MyAPIStateMachine"},
		{Function, "MockAPIFunction"}, {StateMachine, "arn:aws-cn:states:cn-north-1:111122223333:stateMachine:MyAPIStateMachine"},
	}
	observability := []Resource{
		{Alarm, "retrycatch-executions-failed"}, {Alarm, "retrycatch-executions-throttled"}, {Alarm, "retrycatch-executions-timed-out"},
		{Alarm, "retrycatch-function-errors"}, {Alarm, "retrycatch-function-throttles"}, {Dashboard, "retrycatch"},
	}
	topic := []Resource{{Topic, "arn:aws-cn:sns:cn-north-1:111122223333:retrycatch-alarms"}}
	tests := []struct {
		name       string
		deployment deployment.Deployment
		want       [][]Resource
	}{
		{"without observability", deployment.Deployment{}, [][]Resource{core}},
		{"with observability", deployment.Deployment{Observability: true}, [][]Resource{core, observability}},
		{"with somebody to tell of alarms", deployment.Deployment{Observability: true, AlarmEmail: "a@example.com"}, [][]Resource{core, topic, observability}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var want []Resource
			for _, part := range test.want {
				want = append(want, part...)
			}
			got := Expected(test.deployment.Stacks()[0].Names, "aws-cn", "cn-north-1", awsstub.Account)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the resources differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatAResourceIsCalledAndHowItIsRemoved(t *testing.T) {
	t.Parallel()
	tests := []struct {
		resource       Resource
		title, removal string
	}{
		{role, "IAM role lambda_basic_execution",
			"detach its policies and run `aws iam delete-role --role-name lambda_basic_execution`"},
		{function, "Lambda function MockAPIFunction",
			"run `aws lambda delete-function --function-name MockAPIFunction`"},
		{group, "log group /aws/lambda/MockAPIFunction",
			"run `aws logs delete-log-group --log-group-name /aws/lambda/MockAPIFunction`"},
		{machine, "state machine MyAPIStateMachine",
			"run `aws stepfunctions delete-state-machine --state-machine-arn " + awsstub.StateMachineARN + "`"},
		{alarm, "alarm retrycatch-function-errors",
			"run `aws cloudwatch delete-alarms --alarm-names retrycatch-function-errors`"},
		{dashboard, "dashboard retrycatch",
			"run `aws cloudwatch delete-dashboards --dashboard-names retrycatch`"},
		{topic, "topic retrycatch-alarms",
			"run `aws sns delete-topic --topic-arn " + awsstub.TopicARN + "`"},
		{subscription, "subscription retrycatch-alarms:0a1b",
			"run `aws sns unsubscribe --subscription-arn " + awsstub.TopicARN + ":0a1b`"},
		{Resource{StateMachine, "arn:aws-us-gov:states:us-gov-west-1:111122223333:stateMachine:MyAPIStateMachine-dev"}, "state machine MyAPIStateMachine-dev",
			"run `aws stepfunctions delete-state-machine --state-machine-arn arn:aws-us-gov:states:us-gov-west-1:111122223333:stateMachine:MyAPIStateMachine-dev`"},
		{Resource{"AWS::S3::Bucket", "bucket"}, "AWS::S3::Bucket bucket", "delete it in its service's console"},
		// What only looks like an ARN is a name.
		{Resource{Topic, "PendingConfirmation"}, "topic PendingConfirmation", "run `aws sns delete-topic --topic-arn PendingConfirmation`"},
		{Resource{Dashboard, "arn"}, "dashboard arn", "run `aws cloudwatch delete-dashboards --dashboard-names arn`"},
		{Resource{Alarm, "a:b:c:d:e:f"}, "alarm a:b:c:d:e:f", "run `aws cloudwatch delete-alarms --alarm-names a:b:c:d:e:f`"},
		{Resource{Alarm, "arn:b:c:d:e"}, "alarm arn:b:c:d:e", "run `aws cloudwatch delete-alarms --alarm-names arn:b:c:d:e`"},
	}
	for _, test := range tests {
		t.Run(test.title, func(t *testing.T) {
			t.Parallel()
			got := []string{test.resource.String(), test.resource.Removal()}
			if diff := cmp.Diff([]string{test.title, test.removal}, got); diff != "" {
				t.Errorf("what is said of it differs (-want +got):\n%s", diff)
			}
		})
	}
}
