package resource

import (
	"net/http"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"retrycatch/internal/awsstub"
)

// diffInputs compares the exported fields of two inputs.
func diffInputs(want, got any) string {
	return cmp.Diff(want, got, cmpopts.IgnoreUnexported(iam.DetachRolePolicyInput{}, iam.DeleteRolePolicyInput{},
		iam.RemoveRoleFromInstanceProfileInput{}, cloudwatchlogs.PutLogGroupDeletionProtectionInput{},
		iam.DeleteRoleInput{},
		lambda.DeleteFunctionInput{}, sfn.DeleteStateMachineInput{}, cloudwatchlogs.DeleteLogGroupInput{},
		cloudwatch.DeleteAlarmsInput{},
		cloudwatch.DeleteDashboardsInput{}, sns.DeleteTopicInput{}, sns.UnsubscribeInput{}, s3.DeleteObjectInput{}))
}

// removeTests holds, for each kind except Asset, the operation that deletes a resource, and its
// input.
var removeTests = []struct {
	resource   Resource
	script     func() awsstub.Script
	operation  string
	input      any
	absentCode string // error code if the resource does not exist
}{
	{role, roleWithoutPolicies, "IAM.DeleteRole", &iam.DeleteRoleInput{RoleName: &role.ID}, "NoSuchEntity"},
	{function, nil, "Lambda.DeleteFunction", &lambda.DeleteFunctionInput{FunctionName: &function.ID},
		"ResourceNotFoundException"},
	{machine, nil, "SFN.DeleteStateMachine", &sfn.DeleteStateMachineInput{StateMachineArn: &machine.ID},
		"StateMachineDoesNotExist"},
	{group, func() awsstub.Script {
		return awsstub.Script{operations[group]: {awsstub.LogGroups("", group.ID)}}
	},
		"CloudWatch Logs.DeleteLogGroup", &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: &group.ID},
		"ResourceNotFoundException"},
	{alarm, nil, "CloudWatch.DeleteAlarms", &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{alarm.ID}},
		"ResourceNotFound"},
	{dashboard, nil, "CloudWatch.DeleteDashboards",
		&cloudwatch.DeleteDashboardsInput{DashboardNames: []string{dashboard.ID}}, "ResourceNotFound"},
	{topic, nil, "SNS.DeleteTopic", &sns.DeleteTopicInput{TopicArn: &topic.ID}, "NotFound"},
	{subscription, nil, "SNS.Unsubscribe", &sns.UnsubscribeInput{SubscriptionArn: &subscription.ID}, "NotFound"},
}

func TestRemove(t *testing.T) {
	t.Parallel()
	for _, test := range removeTests {
		newScript := test.script
		if newScript == nil {
			newScript = func() awsstub.Script { return awsstub.Script{} }
		}
		t.Run(test.resource.Kind.Title()+"/exists", func(t *testing.T) {
			t.Parallel()
			stub := newScript().With(test.operation, done).Stub(t)
			if err := Remove(t.Context(), stub.Config(), test.resource); err != nil {
				t.Fatal(err)
			}
			inputs := stub.Inputs(test.operation)
			if len(inputs) != 1 {
				t.Fatalf("got %d calls to %s, want 1", len(inputs), test.operation)
			}
			if diff := diffInputs(test.input, inputs[0]); diff != "" {
				t.Errorf("the call differs (-want +got):\n%s", diff)
			}
		})
		t.Run(test.resource.Kind.Title()+"/does not exist", func(t *testing.T) {
			t.Parallel()
			stub := newScript().With(test.operation, notFound(test.absentCode)).Stub(t)
			if err := Remove(t.Context(), stub.Config(), test.resource); err != nil {
				t.Error(err)
			}
		})
		t.Run(test.resource.Kind.Title()+"/denied", func(t *testing.T) {
			t.Parallel()
			stub := newScript().With(test.operation, awsstub.Denied()).Stub(t)
			err := Remove(t.Context(), stub.Config(), test.resource)
			requireError(t, err, awsstub.DeniedText)
			requireError(t, err, "cannot remove the "+test.resource.String())
		})
	}
	t.Run("unknown kind", func(t *testing.T) {
		t.Parallel()
		requireError(t, Remove(t.Context(), awsstub.New(t).Config(), queue), "AWS::SQS::Queue")
	})
}

// TestRemoveWithHolds checks that Remove first removes everything that prevents the deletion, such
// as attached policies, and then deletes the resource.
func TestRemoveWithHolds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		resource Resource
		script   awsstub.Script
		want     []string // calls with side effects
	}{
		{role, awsstub.Script{
			listAttached: {attached("", readOnly)}, listInline: {inline("", "logs")},
			listProfiles:           {profile("", "a")},
			"IAM.DetachRolePolicy": {done}, "IAM.DeleteRolePolicy": {done},
			"IAM.RemoveRoleFromInstanceProfile": {done},
			"IAM.DeleteRole":                    {done}},
			[]string{"IAM.DetachRolePolicy", "IAM.DeleteRolePolicy", "IAM.RemoveRoleFromInstanceProfile",
				"IAM.DeleteRole"}},
		{group, awsstub.Script{operations[group]: {protected}, "CloudWatch Logs.PutLogGroupDeletionProtection": {done},
			"CloudWatch Logs.DeleteLogGroup": {done}},
			[]string{"CloudWatch Logs.PutLogGroupDeletionProtection", "CloudWatch Logs.DeleteLogGroup"}},
	}
	for _, test := range tests {
		t.Run(test.resource.Kind.Title(), func(t *testing.T) {
			t.Parallel()
			stub := test.script.Stub(t)
			if err := Remove(t.Context(), stub.Config(), test.resource); err != nil {
				t.Fatal(err)
			}
			calls := slices.DeleteFunc(stub.CalledOperations(),
				func(call string) bool { return !slices.Contains(test.want, call) })
			requireEqual(t, test.want, calls)
		})
		t.Run(test.resource.Kind.Title()+"/hold cannot be removed", func(t *testing.T) {
			t.Parallel()
			// The stub has no response to the deletion, so a deletion fails the test.
			stub := test.script.Stub(t).On(test.want[0], awsstub.Denied()).On(test.want[len(test.want)-1])
			requireError(t, Remove(t.Context(), stub.Config(), test.resource), awsstub.DeniedText)
		})
	}
}

// The bucket keeps versions, so Remove must delete all versions and delete markers.
func TestRemoveAsset(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(t).On("S3.DeleteObject", awsstub.Response(204, "application/xml", "")).On("S3.ListObjectVersions",
		versionList(
			"<IsTruncated>true</IsTruncated><NextKeyMarker>abc.zip</NextKeyMarker><NextVersionIdMarker>v2</NextVersionIdMarker>"+
				"<Version><Key>abc.zip</Key><VersionId>v1</VersionId></Version>"+
				"<DeleteMarker><Key>abc.zip</Key><VersionId>v2</VersionId></DeleteMarker>",
		),
		versionList(
			"<IsTruncated>false</IsTruncated><Version><Key>abc.zip</Key><VersionId>v3</VersionId></Version>"+
				"<Version><Key>abc.zip.old</Key><VersionId>v4</VersionId></Version>",
		))
	if err := Remove(t.Context(), stub.Config(), asset); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, input := range stub.Inputs("S3.DeleteObject") {
		object := input.(*s3.DeleteObjectInput)
		got = append(got, *object.Bucket+"/"+*object.Key+"@"+*object.VersionId)
	}
	requireEqual(t, []string{"cdk-assets/abc.zip@v1", "cdk-assets/abc.zip@v2", "cdk-assets/abc.zip@v3"}, got)

	t.Run("bucket does not exist", func(t *testing.T) {
		stub := awsstub.New(t).On("S3.ListObjectVersions", notFound("NoSuchBucket"))
		if err := Remove(t.Context(), stub.Config(), asset); err != nil {
			t.Error(err)
		}
	})
	t.Run("list of versions denied", func(t *testing.T) {
		stub := awsstub.New(t).On("S3.ListObjectVersions", awsstub.Denied())
		requireError(t, Remove(t.Context(), stub.Config(), asset), "cannot remove the staged asset cdk-assets/abc.zip")
	})
	t.Run("deletion of a version denied", func(t *testing.T) {
		stub := awsstub.New(t).On("S3.DeleteObject", awsstub.Denied()).
			On("S3.ListObjectVersions", versionList("<Version><Key>abc.zip</Key><VersionId>v1</VersionId></Version>"))
		requireError(t, Remove(t.Context(), stub.Config(), asset), "cannot remove the staged asset cdk-assets/abc.zip")
	})
}

// Another request, for example CloudFormation's, may be changing the resource.
func TestRemoveAfterConflict(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		resource        Resource
		operation, code string
		reads           awsstub.Script
	}{
		{role, "IAM.DeleteRole", "ConcurrentModification", roleWithoutPolicies()},
		{group, "CloudWatch Logs.DeleteLogGroup", "OperationAbortedException",
			awsstub.Script{operations[group]: {awsstub.LogGroups("", group.ID)}}},
		{function, "Lambda.DeleteFunction", "ResourceConflictException", awsstub.Script{}},
		{topic, "SNS.DeleteTopic", "ConcurrentAccess", awsstub.Script{}},
	} {
		t.Run(test.code, func(t *testing.T) {
			t.Parallel()
			conflict := awsstub.Error(http.StatusConflict, test.code, "in progress")
			stub := test.reads.Stub(t).On(test.operation, conflict, awsstub.EmptyResult())
			if err := Remove(t.Context(), stub.Config(), test.resource); err != nil {
				t.Errorf("after one conflict: %v", err)
			}
			stub = test.reads.Stub(t).On(test.operation, conflict)
			requireError(t, Remove(t.Context(), stub.Config(), test.resource), test.code)
		})
	}
}

func TestCompareRemoval(t *testing.T) {
	t.Parallel()
	all := []Resource{role, topic, group, function, alarm, queue, subscription, machine, dashboard, asset}
	slices.SortFunc(all, CompareRemoval)
	uses := [][2]Resource{{machine, function}, {machine, role}, {machine, group}, {function, role},
		{function, group}, {alarm, topic}, {subscription, topic}, {dashboard, alarm}, {alarm, machine},
		{alarm, function}}
	for _, pair := range uses {
		if slices.Index(all, pair[0]) > slices.Index(all, pair[1]) {
			t.Errorf("got the %[2]s before the %[1]s, but the %[1]s uses the %[2]s", pair[0], pair[1])
		}
	}
}
