package resource

import (
	"testing"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/deployment"
)

// TestRecords checks that each record has the functions that every kind needs.
func TestRecords(t *testing.T) {
	t.Parallel()
	seen := map[Kind]bool{}
	for _, record := range records {
		t.Run(string(record.kind), func(t *testing.T) {
			if record.title == "" || record.observe == nil || record.remove == nil || record.removeCommand == nil {
				t.Errorf("got a record without a title or a required function: %+v", record)
			}
			if record.list == nil && record.kind != Asset {
				t.Error(`the record lacks the function "list"`)
			}
			if seen[record.kind] {
				t.Error("got two records for the kind, want one")
			}
			seen[record.kind] = true
			if !record.kind.Known() || !record.kind.ExistsOutsideStack() || record.kind.Title() != record.title ||
				record.kind.Unique() != record.unique {
				t.Errorf("got Known %t, ExistsOutsideStack %t, Title %q and Unique %t, want true, true, %q and %t",
					record.kind.Known(), record.kind.ExistsOutsideStack(), record.kind.Title(), record.kind.Unique(),
					record.title, record.unique)
			}
		})
	}
	if kind := queue.Kind; kind.Known() || kind.Unique() || !kind.ExistsOutsideStack() ||
		kind.Title() != "AWS::SQS::Queue" {
		t.Errorf("kind without a record: got Known %t, Unique %t, ExistsOutsideStack %t and Title %q, "+
			"want false, false, true and %q", kind.Known(), kind.Unique(), kind.ExistsOutsideStack(), kind.Title(), kind)
	}
	for _, kind := range []Kind{"AWS::SNS::TopicPolicy", "AWS::CDK::Metadata"} {
		if kind.ExistsOutsideStack() {
			t.Errorf("%s: got ExistsOutsideStack true, want false", kind)
		}
	}
	if !Subscription.Unique() || Role.Unique() {
		t.Errorf("got Unique %t for subscriptions and %t for roles, want true and false", Subscription.Unique(),
			Role.Unique())
	}
}

// TestAllKindsTested checks that the tests of List, Observe and Remove cover each kind.
func TestAllKindsTested(t *testing.T) {
	t.Parallel()
	observed, removed := map[Kind]bool{}, map[Kind]bool{Asset: true} // TestRemoveAsset
	for r := range operations {
		observed[r.Kind] = true
	}
	for _, test := range removeTests {
		removed[test.resource.Kind] = true
	}
	for _, record := range records {
		listed := record.list == nil || listTests[record.kind].pages != nil
		if !listed || !observed[record.kind] || !removed[record.kind] {
			t.Errorf("%s: got tests of List %t, Observe %t and Remove %t, want all", record.kind, listed,
				observed[record.kind], removed[record.kind])
		}
	}
}

func TestExpected(t *testing.T) {
	t.Parallel()
	roles := []Resource{{Role, "lambda_basic_execution"}, {Role, "step_functions_basic_execution"}}
	core := []Resource{
		{LogGroup, "/aws/lambda/MockAPIFunction"}, {LogGroup, "/aws/vendedlogs/states/MyAPIStateMachine"},
		{Function, "MockAPIFunction"},
		{StateMachine, "arn:aws-cn:states:cn-north-1:111122223333:stateMachine:MyAPIStateMachine"},
	}
	alarms := []Resource{
		{Alarm, "retrycatch-executions-failed"}, {Alarm, "retrycatch-executions-throttled"},
		{Alarm, "retrycatch-executions-timed-out"},
		{Alarm, "retrycatch-function-errors"}, {Alarm, "retrycatch-function-throttles"},
	}
	topic := []Resource{{Topic, "arn:aws-cn:sns:cn-north-1:111122223333:retrycatch-alarms"}}
	regional := []Resource{{Role, "lambda_basic_execution_cn-north-1"},
		{Role, "step_functions_basic_execution_cn-north-1"}}
	tests := []struct {
		name       string
		deployment deployment.Deployment
		want       [][]Resource
	}{
		{"without observability", deployment.Deployment{}, [][]Resource{roles, core}},
		{"with observability", deployment.Deployment{Observability: true}, [][]Resource{roles, core, alarms,
			{{Dashboard, "retrycatch"}}}},
		{"with a topic", deployment.Deployment{Observability: true, AlarmEmail: "a@example.com"},
			[][]Resource{roles, core, topic, alarms, {{Dashboard, "retrycatch"}}}},
		{"with regions", deployment.Deployment{Observability: true, Regions: []string{"cn-north-1"}},
			[][]Resource{regional, core, alarms, {{Dashboard, "retrycatch_cn-north-1"}}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var want []Resource
			for _, part := range test.want {
				want = append(want, part...)
			}
			got := Expected(test.deployment.Stacks()[0].Names, Location{Partition: "aws-cn", Region: "cn-north-1",
				Account: awsstub.Account})
			requireEqual(t, want, got)
		})
	}
}

func TestStringAndRemoveCommand(t *testing.T) {
	t.Parallel()
	tests := []struct {
		resource            Resource
		text, removeCommand string
	}{
		{role, "IAM role lambda_basic_execution", "aws iam delete-role --role-name lambda_basic_execution"},
		{function, "Lambda function MockAPIFunction", "aws lambda delete-function --function-name MockAPIFunction"},
		{group, "log group /aws/lambda/MockAPIFunction",
			"aws logs delete-log-group --log-group-name /aws/lambda/MockAPIFunction"},
		{machine, "state machine MyAPIStateMachine",
			"aws stepfunctions delete-state-machine --state-machine-arn " + awsstub.StateMachineARN},
		{alarm, "alarm retrycatch-function-errors",
			"aws cloudwatch delete-alarms --alarm-names retrycatch-function-errors"},
		{dashboard, "dashboard retrycatch", "aws cloudwatch delete-dashboards --dashboard-names retrycatch"},
		{topic, "topic retrycatch-alarms", "aws sns delete-topic --topic-arn " + awsstub.TopicARN},
		{subscription, "subscription retrycatch-alarms:0a1b",
			"aws sns unsubscribe --subscription-arn " + awsstub.TopicARN + ":0a1b"},
		{asset, "staged asset cdk-assets/abc.zip", "aws s3 rm s3://cdk-assets/abc.zip"},
		{
			Resource{StateMachine, "arn:aws-us-gov:states:us-gov-west-1:111122223333:stateMachine:M-dev"},
			"state machine M-dev",
			"aws stepfunctions delete-state-machine --state-machine-arn " +
				"arn:aws-us-gov:states:us-gov-west-1:111122223333:stateMachine:M-dev",
		},
		{
			queue,
			"AWS::SQS::Queue https://sqs.eu-west-1.amazonaws.com/111122223333/jobs",
			"aws cloudcontrol delete-resource --type-name AWS::SQS::Queue --identifier " +
				"https://sqs.eu-west-1.amazonaws.com/111122223333/jobs",
		},
		// A shell would split these IDs without quotes.
		{Resource{Alarm, "too many errors; stop"}, "alarm too many errors; stop",
			"aws cloudwatch delete-alarms --alarm-names 'too many errors; stop'"},
		{Resource{"AWS::X::Y", "a|b'c"}, "AWS::X::Y a|b'c",
			`aws cloudcontrol delete-resource --type-name AWS::X::Y --identifier 'a|b'\''c'`},
		// These IDs are not ARNs, although they look similar.
		{Resource{Topic, "PendingConfirmation"}, "topic PendingConfirmation",
			"aws sns delete-topic --topic-arn PendingConfirmation"},
		{Resource{Dashboard, "arn"}, "dashboard arn", "aws cloudwatch delete-dashboards --dashboard-names arn"},
		{Resource{Alarm, "a:b:c:d:e:f"}, "alarm a:b:c:d:e:f", "aws cloudwatch delete-alarms --alarm-names a:b:c:d:e:f"},
		{Resource{Alarm, "arn:b:c:d:e"}, "alarm arn:b:c:d:e", "aws cloudwatch delete-alarms --alarm-names arn:b:c:d:e"},
	}
	for _, test := range tests {
		t.Run(string(test.resource.Kind), func(t *testing.T) {
			t.Parallel()
			requireEqual(t, []string{test.text, test.removeCommand}, []string{test.resource.String(),
				test.resource.RemoveCommand()})
		})
	}
}
