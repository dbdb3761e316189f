package resource

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
)

var (
	role         = Resource{Role, "lambda_basic_execution"}
	function     = Resource{Function, "MockAPIFunction"}
	machine      = Resource{StateMachine, awsstub.StateMachineARN}
	group        = Resource{LogGroup, "/aws/lambda/MockAPIFunction"}
	alarm        = Resource{Alarm, "retrycatch-function-errors"}
	dashboard    = Resource{Dashboard, "retrycatch"}
	topic        = Resource{Topic, awsstub.TopicARN}
	subscription = Resource{Subscription, awsstub.TopicARN + ":0a1b"}
	asset        = Resource{Asset, "cdk-assets/abc.zip"}
	queue        = Resource{"AWS::SQS::Queue", "https://sqs.eu-west-1.amazonaws.com/111122223333/jobs"}
)

// operations maps a resource of each kind to the operation that Observe calls.
var operations = map[Resource]string{
	role:         "IAM.GetRole",
	function:     "Lambda.GetFunctionConfiguration",
	machine:      "SFN.DescribeStateMachine",
	group:        "CloudWatch Logs.DescribeLogGroups",
	alarm:        "CloudWatch.DescribeAlarms",
	dashboard:    "CloudWatch.ListDashboards",
	topic:        "SNS.GetTopicAttributes",
	subscription: "SNS.GetSubscriptionAttributes",
	asset:        "S3.ListObjectVersions",
	queue:        "CloudControl.GetResource",
}

const listTopicTags = "SNS.ListTagsForResource"

var (
	created       = awsstub.Created
	noTopic       = notFound("NotFound")
	noTags        = awsstub.XML("<Tags/>")
	existingTopic = awsstub.Attributes("TopicArn", awsstub.TopicARN)
	pending       = awsstub.Attributes("SubscriptionArn", subscription.ID, "PendingConfirmation", "true", "TopicArn",
		awsstub.TopicARN)
)

func notFound(code string) awsstub.Answer {
	return awsstub.Error(http.StatusNotFound, code, "not found")
}

// versionList answers S3.ListObjectVersions with these elements.
func versionList(elements string) awsstub.Answer {
	return awsstub.Body("application/xml", "<ListVersionsResult><Name>cdk-assets</Name>"+elements+"</ListVersionsResult>")
}

func assetVersion(key string, modified time.Time) string {
	return "<Version><Key>" + key + "</Key><LastModified>" + modified.Format(time.RFC3339) + "</LastModified></Version>"
}

// requireError fails the test unless the error contains want.
func requireError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got error %v, want %q", err, want)
	}
}

func requireEqual(t *testing.T, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the values differ (-want +got):\n%s", diff)
	}
}

func answers(all ...awsstub.Answer) []awsstub.Answer { return all }

func TestObserve(t *testing.T) {
	t.Parallel()
	ours := map[string]string{"Project": "retrycatch", "Stack": "retrycatch"}
	tests := []struct {
		name     string
		resource Resource
		answers  []awsstub.Answer
		want     Observation
	}{
		{"role/found", role, answers(awsstub.TaggedRole(role.ID, "Project", "retrycatch", "Stack", "retrycatch")),
			Observation{Exists: true, Result: "iam:GetRole: found", Since: created, Tags: ours}},
		{"role/without tags", role, answers(awsstub.Role(role.ID)),
			Observation{Exists: true, Result: "iam:GetRole: found", Since: created, Tags: map[string]string{}}},
		{"role/absent", role, answers(notFound("NoSuchEntity")), Observation{Result: "iam:GetRole: NoSuchEntity"}},

		{"function/found", function, answers(awsstub.Function(function.ID)),
			Observation{Exists: true, State: "Active", Result: "lambda:GetFunctionConfiguration: found",
				Since: created}},
		{"function/unknown time format", function,
			answers(awsstub.JSON(`{"FunctionName": "MockAPIFunction", "LastModified": "today"}`)),
			Observation{Exists: true, Result: "lambda:GetFunctionConfiguration: found"}},
		{"function/absent", function, answers(notFound("ResourceNotFoundException")),
			Observation{Result: "lambda:GetFunctionConfiguration: ResourceNotFoundException"}},

		{"state machine/found", machine, answers(awsstub.StateMachine("ACTIVE")),
			Observation{Exists: true, State: "ACTIVE", Result: "states:DescribeStateMachine: found", Since: created}},
		{"state machine/deletion in progress", machine, answers(awsstub.StateMachine("DELETING")),
			Observation{Exists: true, State: "DELETING", Result: "states:DescribeStateMachine: found", Since: created}},
		{"state machine/absent", machine, answers(awsstub.NoStateMachine()),
			Observation{Result: "states:DescribeStateMachine: StateMachineDoesNotExist"}},

		{"log group/found", group, answers(awsstub.LogGroups("", group.ID)),
			Observation{Exists: true, Result: "logs:DescribeLogGroups: found", Since: created}},
		{"log group/second page", group, answers(awsstub.LogGroups("second", group.ID+"-2"), awsstub.LogGroups("",
			group.ID)),
			Observation{Exists: true, Result: "logs:DescribeLogGroups: found", Since: created}},
		{"log group/created by Lambda", group,
			answers(awsstub.JSON(`{"logGroups": [{"logGroupName": "/aws/lambda/MockAPIFunction"}]}`)),
			Observation{Exists: true, Result: "logs:DescribeLogGroups: found", HasDefaults: true}},
		{
			"log group/protected",
			group,
			answers(
				awsstub.JSON(`{"logGroups": [{"logGroupName": "/aws/lambda/MockAPIFunction", "deletionProtectionEnabled": true}]}`),
			),
			Observation{Exists: true, Result: "logs:DescribeLogGroups: found"},
		},
		{"log group/encrypted", group,
			answers(awsstub.JSON(`{"logGroups": [{"logGroupName": "/aws/lambda/MockAPIFunction", "kmsKeyId": "key"}]}`)),
			Observation{Exists: true, Result: "logs:DescribeLogGroups: found"}},
		{"log group/absent", group, answers(awsstub.LogGroups("")),
			Observation{Result: "logs:DescribeLogGroups: not listed"}},
		{"log group/same prefix", group, answers(awsstub.LogGroups("second", group.ID+"2"),
			awsstub.LogGroups("", group.ID+"/old")),
			Observation{Result: "logs:DescribeLogGroups: not listed"}},

		{"alarm/found", alarm, answers(awsstub.Alarms("", alarm.ID)),
			Observation{Exists: true, State: "OK", Result: "cloudwatch:DescribeAlarms: found", Since: created}},
		{"alarm/absent", alarm, answers(awsstub.Alarms("")),
			Observation{Result: "cloudwatch:DescribeAlarms: not listed"}},
		{"alarm/other alarm", alarm, answers(awsstub.Alarms("", alarm.ID+"-2")),
			Observation{Result: "cloudwatch:DescribeAlarms: not listed"}},

		{"dashboard/found", dashboard, answers(awsstub.Dashboards("", dashboard.ID)),
			Observation{Exists: true, Result: "cloudwatch:ListDashboards: found", Since: created}},
		{"dashboard/second page", dashboard, answers(awsstub.Dashboards("second", dashboard.ID+"-dev"),
			awsstub.Dashboards("", dashboard.ID)),
			Observation{Exists: true, Result: "cloudwatch:ListDashboards: found", Since: created}},
		{"dashboard/same prefix", dashboard, answers(awsstub.Dashboards("", dashboard.ID+"-dev")),
			Observation{Result: "cloudwatch:ListDashboards: not listed"}},

		{"topic/absent", topic, answers(noTopic), Observation{Result: "sns:GetTopicAttributes: NotFound"}},

		{"subscription/found", subscription, answers(awsstub.Attributes("TopicArn", topic.ID)),
			Observation{Exists: true, Result: "sns:GetSubscriptionAttributes: found"}},
		{"subscription/absent", subscription, answers(notFound("NotFound")),
			Observation{Result: "sns:GetSubscriptionAttributes: NotFound"}},

		{"asset/found", asset, answers(versionList(assetVersion("abc.zip", created))),
			Observation{Exists: true, Result: "s3:ListObjectVersions: found", Since: created}},
		{"asset/deleted, an earlier version remains", asset,
			answers(versionList("<IsTruncated>true</IsTruncated><NextKeyMarker>a</NextKeyMarker>"),
				versionList("<DeleteMarker><Key>abc.zip</Key></DeleteMarker>"+assetVersion("abc.zip", created))),
			Observation{Exists: true, Result: "s3:ListObjectVersions: found", Since: created}},
		{"asset/same prefix", asset, answers(versionList(assetVersion("abc.zip.old", created))),
			Observation{Result: "s3:ListObjectVersions: not listed"}},
		{"asset/bucket absent", asset, answers(notFound("NoSuchBucket")),
			Observation{Result: "s3:ListObjectVersions: NoSuchBucket"}},

		{
			"unknown kind/found",
			queue,
			answers(
				awsstub.JSON(`{"ResourceDescription": {"Identifier": "https://sqs.eu-west-1.amazonaws.com/111122223333/jobs"}}`),
			),
			Observation{Exists: true, Result: "cloudformation:GetResource: found"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := Observe(t.Context(), awsstub.New(t).On(operations[test.resource], test.answers...).Config(),
				test.resource)
			if err != nil {
				t.Fatal(err)
			}
			requireEqual(t, test.want, got)
		})
	}
}

func TestObserveTopic(t *testing.T) {
	t.Parallel()
	const found = "sns:GetTopicAttributes: found"
	tests := []struct {
		name    string
		tags    awsstub.Answer
		want    Observation
		wantErr string
	}{
		{"tags", awsstub.XML(awsstub.ProjectTags()),
			Observation{Exists: true, Result: found, Tags: map[string]string{"Project": "retrycatch",
				"Stack": "retrycatch"}}, ""},
		{"no tags", noTags, Observation{Exists: true, Result: found, Tags: map[string]string{}}, ""},
		{"tags denied", awsstub.Denied(), Observation{Exists: true, Result: found}, ""},
		{"error reading tags", awsstub.Error(http.StatusInternalServerError, "InternalError", "try again"),
			Observation{}, "InternalError"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On(operations[topic], existingTopic).On(listTopicTags, test.tags)
			got, err := Observe(t.Context(), stub.Config(), topic)
			if test.wantErr != "" {
				requireError(t, err, test.wantErr)
			} else if err != nil {
				t.Error(err)
			}
			requireEqual(t, test.want, got)
		})
	}
}

func TestObserveByName(t *testing.T) {
	t.Parallel()
	for r := range operations {
		if r == asset || r == queue {
			continue
		}
		t.Run(r.Kind.Title(), func(t *testing.T) {
			t.Parallel()
			if got, err := Observe(t.Context(), awsstub.New(t).WithResources(r.ID).Config(), r); err != nil || !got.Exists {
				t.Errorf("account with only this resource: got %+v and error %v, want the resource", got, err)
			}
			if got, err := Observe(t.Context(), awsstub.New(t).WithResources("other").Config(), r); err != nil || got.Exists {
				t.Errorf("account with only another resource: got %+v and error %v, want no resource and no error", got, err)
			}
		})
	}
}

func TestDeleting(t *testing.T) {
	t.Parallel()
	for state, want := range map[string]bool{"DELETING": true, "ACTIVE": false, "": false} {
		if got := (Observation{Exists: true, State: state}).Deleting(); got != want {
			t.Errorf("state %q: got deleting %t, want %t", state, got, want)
		}
	}
}
