package resource

import (
	"fmt"
	"testing"

	"retrycatch/internal/awsstub"
)

// listTests holds the operation and two pages of responses for each kind that can be listed.
var listTests = map[Kind]struct {
	operation string
	pages     []awsstub.Answer
	want      []string
}{
	Role: {"IAM.ListRoles", answers(
		awsstub.XML(rolesXML("z"), "<IsTruncated>true</IsTruncated><Marker>second</Marker>"),
		awsstub.XML(rolesXML("a"), "<IsTruncated>false</IsTruncated>")), []string{"z", "a"}},
	Function: {"Lambda.ListFunctions", answers(
		awsstub.JSON(`{"Functions": [{"FunctionName": "z"}], "NextMarker": "second"}`),
		awsstub.JSON(`{"Functions": [{"FunctionName": "a"}]}`)), []string{"z", "a"}},
	StateMachine: {"SFN.ListStateMachines", answers(
		awsstub.JSON(`{"stateMachines": [{"stateMachineArn": "arn:z"}], "nextToken": "second"}`),
		awsstub.JSON(`{"stateMachines": [{"stateMachineArn": "arn:a"}]}`)), []string{"arn:z", "arn:a"}},
	LogGroup: {"CloudWatch Logs.DescribeLogGroups", answers(awsstub.LogGroups("second", "/z"),
		awsstub.LogGroups("", "/a")), []string{"/z", "/a"}},
	Alarm: {"CloudWatch.DescribeAlarms", answers(awsstub.Alarms("second", "z"), awsstub.Alarms("", "a")),
		[]string{"z", "a"}},
	Dashboard: {"CloudWatch.ListDashboards", answers(awsstub.Dashboards("second", "z"), awsstub.Dashboards("",
		"a")), []string{"z", "a"}},
	Topic: {"SNS.ListTopics", answers(
		awsstub.XML("<Topics><member><TopicArn>arn:z</TopicArn></member></Topics><NextToken>second</NextToken>"),
		awsstub.XML("<Topics><member><TopicArn>arn:a</TopicArn></member></Topics>")), []string{"arn:z", "arn:a"}},
	Subscription: {"SNS.ListSubscriptions", answers(
		awsstub.XML(subscriptionsXML("arn:z:1"), "<NextToken>second</NextToken>"),
		awsstub.XML(subscriptionsXML("PendingConfirmation"))), []string{"arn:z:1", "arn:a:PendingConfirmation"}},
}

func rolesXML(name string) string {
	return fmt.Sprintf(
		"<Roles><member><Path>/</Path><RoleId>AROA</RoleId><Arn>arn:aws:iam::111122223333:role/%s</Arn>"+
			"<RoleName>%s</RoleName>"+
			"<CreateDate>2026-01-02T03:04:05Z</CreateDate></member></Roles>",
		name,
		name,
	)
}

func subscriptionsXML(arn string) string {
	return "<Subscriptions><member><SubscriptionArn>" + arn +
		"</SubscriptionArn><TopicArn>arn:a</TopicArn></member></Subscriptions>"
}

func TestList(t *testing.T) {
	t.Parallel()
	for _, kind := range Kinds() {
		test := listTests[kind]
		t.Run(kind.Title()+"/two pages", func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On(test.operation, test.pages...)
			got, err := List(t.Context(), stub.Config(), kind)
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, r := range got {
				if r.Kind != kind {
					t.Errorf("got the %s in the list, want the kind %s", r, kind)
				}
				ids = append(ids, r.ID)
			}
			requireEqual(t, test.want, ids)
			requireEqual(t, 2, len(stub.Calls()))
		})
		t.Run(kind.Title()+"/second page denied", func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On(test.operation, test.pages[0], awsstub.Denied())
			got, err := List(t.Context(), stub.Config(), kind)
			requireError(t, err, awsstub.DeniedText)
			requireError(t, err, "cannot list the account's "+kind.Title()+"s")
			if got != nil {
				t.Errorf("got list %v, want only an error", got)
			}
		})
	}
	for _, kind := range []Kind{Asset, queue.Kind} {
		t.Run(kind.Title()+"/not supported", func(t *testing.T) {
			t.Parallel()
			_, err := List(t.Context(), awsstub.New(t).Config(), kind)
			requireError(t, err, string(kind))
		})
	}
}
