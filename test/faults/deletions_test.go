package faults

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/google/go-cmp/cmp"
)

// marketTemplate is a template whose role has an inline policy and depends on a log group. A state
// machine depends on the role.
const marketTemplate = `{"Parameters": {"Phrase": {"Type": "String", "Default": "hello"}},
	"Outputs": {"Machine": {"Value": {"Ref": "Machine"}}},
	"Resources": {
		"Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/market"}},
		"Board": {"Type": "AWS::SNS::Topic", "DeletionPolicy": "Retain", "Properties": {"TopicName": "board"}},
		"Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "trader", "Description": {"Ref": "Phrase"},
			"ManagedPolicyArns": [
				{"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::aws:policy/ReadOnlyAccess"]]}],
			"Policies": [{"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
				{"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": {"Fn::Sub": "${Group.Arn}/x"}}]}}],
			"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}}},
		"Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"StateMachineName": "stall",
			"RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
			"DefinitionString": "{\"StartAt\": \"Done\", \"States\": {\"Done\": {\"Type\": \"Succeed\"}}}"}}}}`

// roleName is the role's name in marketTemplate. extraPolicy is the ARN of a policy that the
// template does not use.
var roleName, extraPolicy = aws.String("trader"), aws.String("arn:aws:iam::aws:policy/AWSLambda_FullAccess")

// roleBlockers holds everything outside the stack that can block the deletion of a role, and IAM's
// message for each.
var roleBlockers = map[string]struct {
	message     string
	add, remove func(t *testing.T, client *iam.Client)
}{
	"managed policy": {"Cannot delete entity, must detach all policies first.",
		func(t *testing.T, client *iam.Client) {
			_, err := client.AttachRolePolicy(t.Context(), &iam.AttachRolePolicyInput{
				RoleName: roleName, PolicyArn: extraPolicy})
			mustSucceed(t, err)
		}, func(t *testing.T, client *iam.Client) {
			_, err := client.DetachRolePolicy(t.Context(), &iam.DetachRolePolicyInput{
				RoleName: roleName, PolicyArn: extraPolicy})
			mustSucceed(t, err)
		}},
	"inline policy": {"Cannot delete entity, must delete policies first.",
		func(t *testing.T, client *iam.Client) {
			_, err := client.PutRolePolicy(t.Context(),
				&iam.PutRolePolicyInput{RoleName: roleName, PolicyName: aws.String("another's"),
					PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[
					{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`)})
			mustSucceed(t, err)
		}, func(t *testing.T, client *iam.Client) {
			_, err := client.DeleteRolePolicy(t.Context(), &iam.DeleteRolePolicyInput{
				RoleName: roleName, PolicyName: aws.String("another's")})
			mustSucceed(t, err)
		}},
	"instance profile": {"Cannot delete entity, must remove roles from instance profile first.",
		func(t *testing.T, client *iam.Client) {
			_, err := client.CreateInstanceProfile(t.Context(), &iam.CreateInstanceProfileInput{
				InstanceProfileName: aws.String("profile")})
			mustSucceed(t, err)
			_, err = client.AddRoleToInstanceProfile(t.Context(), &iam.AddRoleToInstanceProfileInput{
				InstanceProfileName: aws.String("profile"), RoleName: roleName})
			mustSucceed(t, err)
		}, func(t *testing.T, client *iam.Client) {
			_, err := client.RemoveRoleFromInstanceProfile(t.Context(), &iam.RemoveRoleFromInstanceProfileInput{
				InstanceProfileName: aws.String("profile"), RoleName: roleName})
			mustSucceed(t, err)
			_, err = client.DeleteInstanceProfile(t.Context(), &iam.DeleteInstanceProfileInput{
				InstanceProfileName: aws.String("profile")})
			mustSucceed(t, err)
		}},
}

func mustSucceed(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func roleExists(t *testing.T, endpoint, name string) bool {
	t.Helper()
	_, err := iam.NewFromConfig(sdkConfig(endpoint)).GetRole(t.Context(), &iam.GetRoleInput{RoleName: &name})
	if err != nil && errorCode(err) != "NoSuchEntity" {
		t.Fatal(err)
	}
	return err == nil
}

// lastEvent returns the status and reason of the deletion's latest event for a logical ID. The
// stack's logical ID is its name.
func (s *stackClient) lastEvent(t *testing.T, logical string) (status, reason string) {
	t.Helper()
	out, err := s.DescribeStackEvents(t.Context(), &cloudformation.DescribeStackEventsInput{StackName: &s.name})
	mustSucceed(t, err)
	for _, event := range out.StackEvents {
		if aws.ToString(event.LogicalResourceId) == logical && aws.ToString(event.ClientRequestToken) == "delete" {
			return string(event.ResourceStatus), aws.ToString(event.ResourceStatusReason)
		}
	}
	return "", ""
}

func TestRoleDeletionConflict(t *testing.T) {
	endpoint := startCloud(t)
	for name, blocker := range roleBlockers {
		t.Run(name, func(t *testing.T) {
			p := Start(t, endpoint, Options{Behaviors: []Behavior{DeletedResourcesListed(), RoleDeletionConflict()}})
			s, client := newStackClient(p.URL), iam.NewFromConfig(sdkConfig(p.URL))
			s.create(t, marketTemplate)
			s.awaitStatus(t)
			blocker.add(t, client)
			for range 2 { // the second deletion fails like the first
				s.delete(t, "")
				if status := s.awaitStatus(t); status != "DELETE_FAILED" {
					t.Fatalf("after DeleteStack of a blocked role: got %s, want DELETE_FAILED", status)
				}
			}
			checkFailed(t, s, blocker.message)
			blocker.remove(t, client)
			s.delete(t, "")
			if status := s.awaitStatus(t); status != "DELETE_COMPLETE" || roleExists(t, endpoint, "trader") {
				t.Errorf("after the blocker was removed: got %s, want DELETE_COMPLETE and no role", status)
			}
			if p.AlteredResponses()["role deletion conflict"] == 0 {
				t.Error("AlteredResponses: got 0 role deletion conflicts, want some")
			}
		})
	}
}

// checkFailed checks CloudFormation's responses about a stack whose deletion failed. message is the
// expected message from IAM.
func checkFailed(t *testing.T, s *stackClient, message string) {
	t.Helper()
	out, err := s.DescribeStacks(t.Context(), &cloudformation.DescribeStacksInput{StackName: &s.name})
	mustSucceed(t, err)
	description := out.Stacks[0]
	if description.StackStatus != types.StackStatusDeleteFailed || description.DeletionTime == nil ||
		len(description.Outputs) != 1 ||
		aws.ToString(description.StackStatusReason) != "The following resource(s) failed to delete: [Role]. " {
		t.Errorf("DescribeStacks: got %+v, want DELETE_FAILED because of the role", description)
	}
	summaries, err := s.ListStacks(t.Context(), nil)
	mustSucceed(t, err)
	if got := summaries.StackSummaries[0].StackStatus; got != types.StackStatusDeleteFailed {
		t.Errorf("ListStacks: got %s, want DELETE_FAILED", got)
	}
	if diff := cmp.Diff([]string{"Group: CREATE_COMPLETE /market", "Role: DELETE_FAILED trader",
		"Machine: DELETE_COMPLETE arn:aws:states:eu-west-1:000000000000:stateMachine:stall",
		"Board: DELETE_SKIPPED arn:aws:sns:eu-west-1:000000000000:board"},
		s.listedResources(t), cmp.Transformer("sorted", sortedLines)); diff != "" {
		t.Errorf("resources (-want +got):\n%s", diff)
	}
	want := `Resource handler returned message: "` + message + " (Service: Iam, Status Code: 409"
	if status, reason := s.lastEvent(t, "Role"); status != "DELETE_FAILED" || !strings.HasPrefix(reason, want) {
		t.Errorf("last event of the role: got %s: %s, want DELETE_FAILED: %s", status, reason, want)
	}
	events, err := s.DescribeStackEvents(t.Context(), &cloudformation.DescribeStackEventsInput{StackName: &s.name})
	mustSucceed(t, err)
	for _, event := range events.StackEvents {
		if strings.HasPrefix(string(event.ResourceStatus), "UPDATE") {
			t.Errorf("got the event %s of %s, want no events of updates", event.ResourceStatus,
				aws.ToString(event.LogicalResourceId))
		}
	}
	got, err := s.GetTemplate(t.Context(), &cloudformation.GetTemplateInput{StackName: &s.name})
	mustSucceed(t, err)
	if aws.ToString(got.TemplateBody) != marketTemplate {
		t.Errorf("GetTemplate: got %s, want the original template", aws.ToString(got.TemplateBody))
	}
	template := templateWith(shopResources)
	_, err = s.UpdateStack(t.Context(), &cloudformation.UpdateStackInput{StackName: &s.name, TemplateBody: &template})
	if errorCode(err) != "ValidationError" {
		t.Errorf("UpdateStack: got %v, want a ValidationError", err)
	}
}

func TestRoleDeletionConflict_force(t *testing.T) {
	p := Start(t, startCloud(t), Options{Behaviors: []Behavior{RoleDeletionConflict()}})
	s := newStackClient(p.URL)
	s.create(t, marketTemplate)
	s.awaitStatus(t)
	_, err := s.DeleteStack(t.Context(), &cloudformation.DeleteStackInput{
		StackName: &s.name, DeletionMode: types.DeletionModeForceDeleteStack})
	if errorCode(err) != "ValidationError" {
		t.Errorf("forced deletion of a stack that is not DELETE_FAILED: got %v, want a ValidationError", err)
	}
	roleBlockers["managed policy"].add(t, iam.NewFromConfig(sdkConfig(p.URL)))
	s.delete(t, "")
	s.awaitStatus(t)
	s.delete(t, types.DeletionModeForceDeleteStack)
	if status := s.awaitStatus(t); status != "DELETE_COMPLETE" || !roleExists(t, p.URL, "trader") {
		t.Errorf("after the forced deletion: got %s, want DELETE_COMPLETE and the role still there", status)
	}
	for _, id := range []string{"Role", "Group"} { // the role depends on the group
		if status, _ := s.lastEvent(t, id); status != "DELETE_SKIPPED" {
			t.Errorf("last event of %s: got %s, want DELETE_SKIPPED", id, status)
		}
	}
	if got := s.describedStatus(t, s.name); got != "ValidationError" {
		t.Errorf("DescribeStacks after the deletion: got %s, want ValidationError", got)
	}
}

func TestRoleDeletionConflict_off(t *testing.T) {
	p := Start(t, startCloud(t), Options{})
	s := newStackClient(p.URL)
	s.create(t, marketTemplate)
	s.awaitStatus(t)
	roleBlockers["managed policy"].add(t, iam.NewFromConfig(sdkConfig(p.URL)))
	s.delete(t, "")
	if status := s.awaitStatus(t); status != "DELETE_COMPLETE" || roleExists(t, p.URL, "trader") {
		t.Errorf("got %s, want DELETE_COMPLETE and no role; if the endpoint blocks the deletion, "+
			"remove RoleDeletionConflict", status)
	}
}

func TestRoleDeletionConflict_ownPolicies(t *testing.T) {
	p := Start(t, startCloud(t), Options{Behaviors: []Behavior{RoleDeletionConflict()}})
	s := newStackClient(p.URL)
	s.create(t, marketTemplate)
	s.awaitStatus(t)
	s.delete(t, "")
	if status := s.awaitStatus(t); status != "DELETE_COMPLETE" || len(p.AlteredResponses()) > 0 {
		t.Errorf("role with policies of its own stack: got %s and altered responses %v, want DELETE_COMPLETE and none",
			status, p.AlteredResponses())
	}
}

func TestLogGroupProtection(t *testing.T) {
	endpoint := startCloud(t)
	p := Start(t, endpoint, Options{Behaviors: []Behavior{LogGroupProtection()}})
	s, logs := newStackClient(p.URL), cloudwatchlogs.NewFromConfig(sdkConfig(p.URL))
	s.create(t, marketTemplate)
	s.awaitStatus(t)
	protect := func(on bool) error {
		_, err := logs.PutLogGroupDeletionProtection(t.Context(), &cloudwatchlogs.PutLogGroupDeletionProtectionInput{
			LogGroupIdentifier:        aws.String("arn:aws:logs:eu-west-1:000000000000:log-group:/market"),
			DeletionProtectionEnabled: &on})
		return err
	}
	isProtected := func() bool {
		out, err := logs.DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{
			LogGroupNamePrefix: aws.String("/market")})
		mustSucceed(t, err)
		return len(out.LogGroups) == 1 && aws.ToBool(out.LogGroups[0].DeletionProtectionEnabled)
	}
	deleteGroup := func() error {
		_, err := logs.DeleteLogGroup(t.Context(), &cloudwatchlogs.DeleteLogGroupInput{
			LogGroupName: aws.String("/market")})
		return err
	}
	if isProtected() {
		t.Error("the group is protected before PutLogGroupDeletionProtection")
	}
	mustSucceed(t, protect(true))
	if err := deleteGroup(); !isProtected() || errorCode(err) != "ValidationException" {
		t.Errorf("DeleteLogGroup of a protected group: got %v, want a ValidationException and a protected group", err)
	}
	s.delete(t, "")
	s.awaitStatus(t)
	status, reason := s.lastEvent(t, "Group")
	if status != "DELETE_FAILED" || !strings.Contains(reason, protectedMessage) {
		t.Errorf("last event of the group: got %s: %s, want DELETE_FAILED: %s",
			status, reason, protectedMessage)
	}
	mustSucceed(t, protect(false))
	s.delete(t, "")
	if status := s.awaitStatus(t); isProtected() || status != "DELETE_COMPLETE" {
		t.Errorf("after the protection was removed: got %s, want DELETE_COMPLETE and no protected group", status)
	}
	if err := protect(true); errorCode(err) != "ResourceNotFoundException" {
		t.Errorf("PutLogGroupDeletionProtection of a deleted group: got %v, want a ResourceNotFoundException", err)
	}
}

func TestLogGroupProtection_off(t *testing.T) {
	logs := cloudwatchlogs.NewFromConfig(sdkConfig(Start(t, startCloud(t), Options{}).URL))
	_, err := logs.PutLogGroupDeletionProtection(t.Context(), &cloudwatchlogs.PutLogGroupDeletionProtectionInput{
		LogGroupIdentifier: aws.String("/market"), DeletionProtectionEnabled: aws.Bool(true)})
	if errorCode(err) != "InvalidOperationException" {
		t.Errorf("got %v, want an InvalidOperationException; if the endpoint supports protection, "+
			"remove LogGroupProtection", err)
	}
}
