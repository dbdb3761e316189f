package inventory

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
)

// accountStub returns an account with two pages of every list.
func accountStub(t *testing.T) *awsstub.Stub {
	rolesXML := func(name string) string {
		return fmt.Sprintf("<Roles><member><Path>/</Path><RoleId>AROA</RoleId>"+
			"<Arn>arn:aws:iam::111122223333:role/%s</Arn><RoleName>%s</RoleName>"+
			"<CreateDate>2026-01-02T03:04:05Z</CreateDate></member></Roles>", name, name)
	}
	summary := func(name, status string) awsstub.StackSummary {
		return awsstub.StackSummary{Name: name, ARN: "arn:" + name, Status: status}
	}
	topicsXML := func(name string) string {
		return "<Topics><member><TopicArn>arn:aws:sns:eu-west-1:111122223333:" + name + "</TopicArn></member></Topics>"
	}
	subscriptionsXML := func(arn string) string {
		return "<Subscriptions><member><SubscriptionArn>" + arn + "</SubscriptionArn>" +
			"<TopicArn>arn:aws:sns:eu-west-1:111122223333:a</TopicArn></member></Subscriptions>"
	}
	stateMachines := func(name, next string) awsstub.Answer {
		return awsstub.JSON(fmt.Sprintf(`{"stateMachines": [{"stateMachineArn": `+
			`"arn:aws:states:eu-west-1:111122223333:stateMachine:%s", "name": %q, "type": "STANDARD", `+
			`"creationDate": 1}]%s}`, name, name, next))
	}
	return awsstub.New(t).
		On("IAM.ListRoles",
			awsstub.XML(rolesXML("z_role"), "<IsTruncated>true</IsTruncated><Marker>second</Marker>"),
			awsstub.XML(rolesXML("a_role"), "<IsTruncated>false</IsTruncated>")).
		On("Lambda.ListFunctions",
			awsstub.JSON(`{"Functions": [{"FunctionName": "z"}], "NextMarker": "second"}`),
			awsstub.JSON(`{"Functions": [{"FunctionName": "a"}]}`)).
		On("SFN.ListStateMachines", stateMachines("z", `, "nextToken": "second"`), stateMachines("a", "")).
		On("CloudWatch Logs.DescribeLogGroups", awsstub.LogGroups("second", "/z"), awsstub.LogGroups("", "/a")).
		On("CloudWatch.DescribeAlarms", awsstub.Alarms("second", "z"), awsstub.Alarms("", "a")).
		On("CloudWatch.ListDashboards", awsstub.Dashboards("second", "z"), awsstub.Dashboards("", "a")).
		On("SNS.ListTopics", awsstub.XML(topicsXML("z"), "<NextToken>second</NextToken>"), awsstub.XML(topicsXML("a"))).
		On("SNS.ListSubscriptions",
			awsstub.XML(subscriptionsXML("arn:aws:sns:eu-west-1:111122223333:z:1"), "<NextToken>second</NextToken>"),
			awsstub.XML(subscriptionsXML("PendingConfirmation"))).
		On(listStacks,
			awsstub.Stacks("second", summary("z", "DELETE_FAILED"), summary("gone", "DELETE_COMPLETE")),
			awsstub.Stacks("", summary("a", "CREATE_COMPLETE"), summary("gone-too", "DELETE_COMPLETE")))
}

func TestReadAccount(t *testing.T) {
	t.Parallel()
	got, err := ReadAccount(t.Context(), accountStub(t).Config())
	if err != nil {
		t.Fatal(err)
	}
	want := Account{"IAM role a_role", "IAM role z_role", "Lambda function a", "Lambda function z", "alarm a",
		"alarm z", "dashboard a", "dashboard z", "log group /a", "log group /z", "stack a", "stack z", "state machine a",
		"state machine z", "subscription a:PendingConfirmation", "subscription z:1", "topic a", "topic z"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the account differs (-want +got):\n%s", diff)
	}
}

func TestReadAccountDenied(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{"IAM.ListRoles", "Lambda.ListFunctions", "SFN.ListStateMachines",
		"CloudWatch Logs.DescribeLogGroups",
		"CloudWatch.DescribeAlarms", "CloudWatch.ListDashboards", "SNS.ListTopics", "SNS.ListSubscriptions",
		listStacks} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			got, err := ReadAccount(t.Context(), accountStub(t).On(operation, awsstub.Denied()).Config())
			requireError(t, err, awsstub.DeniedText)
			if got != nil {
				t.Errorf("got account %v, want only an error", got)
			}
		})
	}
}

func TestDifference(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name           string
		before, after  Account
		added, removed []string
	}{
		{"unchanged", Account{"a", "b"}, Account{"a", "b"}, nil, nil},
		{"empty", nil, nil, nil, nil},
		{"added", Account{"a"}, Account{"a", "b"}, []string{"b"}, nil},
		{"removed", Account{"a", "b"}, Account{"b"}, nil, []string{"a"}},
		{"added and removed", Account{"a", "b"}, Account{"b", "c"}, []string{"c"}, []string{"a"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			added, removed := test.after.Difference(test.before)
			if diff := cmp.Diff([][]string{test.added, test.removed}, [][]string{added, removed}); diff != "" {
				t.Errorf("the changes differ (-want +got):\n%s", diff)
			}
		})
	}
}
