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

// market is a template with a role. The role has an inline policy and depends on a log group. A
// state machine depends on the role.
const market = `{"Parameters": {"Phrase": {"Type": "String", "Default": "hello"}},
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

// trader is the name of the market's role. more is a policy from outside the template.
var trader, more = aws.String("trader"), aws.String("arn:aws:iam::aws:policy/AWSLambda_FullAccess")

// blockers holds everything from outside that blocks the deletion of a role, with IAM's message.
var blockers = map[string]struct {
	message     string
	add, remove func(t *testing.T, client *iam.Client)
}{
	"managed policy": {"Cannot delete entity, must detach all policies first.",
		func(t *testing.T, client *iam.Client) {
			_, err := client.AttachRolePolicy(t.Context(), &iam.AttachRolePolicyInput{
				RoleName: trader, PolicyArn: more})
			check(t, err)
		}, func(t *testing.T, client *iam.Client) {
			_, err := client.DetachRolePolicy(t.Context(), &iam.DetachRolePolicyInput{
				RoleName: trader, PolicyArn: more})
			check(t, err)
		}},
	"inline policy": {"Cannot delete entity, must delete policies first.",
		func(t *testing.T, client *iam.Client) {
			_, err := client.PutRolePolicy(t.Context(),
				&iam.PutRolePolicyInput{RoleName: trader, PolicyName: aws.String("another's"),
					PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[
					{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`)})
			check(t, err)
		}, func(t *testing.T, client *iam.Client) {
			_, err := client.DeleteRolePolicy(t.Context(), &iam.DeleteRolePolicyInput{
				RoleName: trader, PolicyName: aws.String("another's")})
			check(t, err)
		}},
	"instance profile": {"Cannot delete entity, must remove roles from instance profile first.",
		func(t *testing.T, client *iam.Client) {
			_, err := client.CreateInstanceProfile(t.Context(), &iam.CreateInstanceProfileInput{
				InstanceProfileName: aws.String("profile")})
			check(t, err)
			_, err = client.AddRoleToInstanceProfile(t.Context(), &iam.AddRoleToInstanceProfileInput{
				InstanceProfileName: aws.String("profile"), RoleName: trader})
			check(t, err)
		}, func(t *testing.T, client *iam.Client) {
			_, err := client.RemoveRoleFromInstanceProfile(t.Context(), &iam.RemoveRoleFromInstanceProfileInput{
				InstanceProfileName: aws.String("profile"), RoleName: trader})
			check(t, err)
			_, err = client.DeleteInstanceProfile(t.Context(), &iam.DeleteInstanceProfileInput{
				InstanceProfileName: aws.String("profile")})
			check(t, err)
		}},
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// roleExists reports whether IAM has a role.
func roleExists(t *testing.T, endpoint, name string) bool {
	t.Helper()
	_, err := iam.NewFromConfig(config(endpoint)).GetRole(t.Context(), &iam.GetRoleInput{RoleName: &name})
	if err != nil && code(err) != "NoSuchEntity" {
		t.Fatal(err)
	}
	return err == nil
}

// last returns the latest status and reason of a resource or the stack in the deletion's events.
func (s *stacks) last(t *testing.T, logical string) (status, reason string) {
	t.Helper()
	out, err := s.DescribeStackEvents(t.Context(), &cloudformation.DescribeStackEventsInput{StackName: &s.name})
	check(t, err)
	for _, event := range out.StackEvents {
		if aws.ToString(event.LogicalResourceId) == logical && aws.ToString(event.ClientRequestToken) == "delete" {
			return string(event.ResourceStatus), aws.ToString(event.ResourceStatusReason)
		}
	}
	return "", ""
}

func TestRoleDeletionConflict(t *testing.T) {
	endpoint := cloud(t)
	for name, blocker := range blockers {
		t.Run(name, func(t *testing.T) {
			p := Start(t, endpoint, Options{Manners: []Manner{DeletedStaysListed(), RoleDeletionConflict()}})
			s, client := stack(p.URL), iam.NewFromConfig(config(p.URL))
			s.create(t, market)
			s.status(t)
			blocker.add(t, client)
			for range 2 { // the second deletion retries
				s.delete(t, "")
				if status := s.status(t); status != "DELETE_FAILED" {
					t.Fatalf("got %s, want DELETE_FAILED", status)
				}
			}
			checkFailed(t, s, blocker.message)
			blocker.remove(t, client)
			s.delete(t, "")
			if status := s.status(t); status != "DELETE_COMPLETE" || roleExists(t, endpoint, "trader") {
				t.Errorf("without the blocker: got %s, want DELETE_COMPLETE without the role", status)
			}
			if p.Played()["role deletion conflict"] == 0 {
				t.Error("the manner has changed no answer")
			}
		})
	}
}

// checkFailed checks CloudFormation's answers about the market after a failed deletion.
func checkFailed(t *testing.T, s *stacks, message string) {
	t.Helper()
	out, err := s.DescribeStacks(t.Context(), &cloudformation.DescribeStacksInput{StackName: &s.name})
	check(t, err)
	described := out.Stacks[0]
	if described.StackStatus != types.StackStatusDeleteFailed || described.DeletionTime == nil ||
		len(described.Outputs) != 1 ||
		aws.ToString(described.StackStatusReason) != "The following resource(s) failed to delete: [Role]. " {
		t.Errorf("got the description %+v, want DELETE_FAILED because of the role", described)
	}
	summaries, err := s.ListStacks(t.Context(), nil)
	check(t, err)
	if got := summaries.StackSummaries[0].StackStatus; got != types.StackStatusDeleteFailed {
		t.Errorf("got %s in the list, want DELETE_FAILED", got)
	}
	if diff := cmp.Diff([]string{"Group: CREATE_COMPLETE /market", "Role: DELETE_FAILED trader",
		"Machine: DELETE_COMPLETE arn:aws:states:eu-west-1:000000000000:stateMachine:stall",
		"Board: DELETE_SKIPPED arn:aws:sns:eu-west-1:000000000000:board"},
		s.listed(t), cmp.Transformer("sorted", sorted)); diff != "" {
		t.Errorf("resources (-want +got):\n%s", diff)
	}
	want := `Resource handler returned message: "` + message + " (Service: Iam, Status Code: 409"
	if status, reason := s.last(t, "Role"); status != "DELETE_FAILED" || !strings.HasPrefix(reason, want) {
		t.Errorf("role: got the last event %s: %s, want DELETE_FAILED: %s", status, reason, want)
	}
	events, err := s.DescribeStackEvents(t.Context(), &cloudformation.DescribeStackEventsInput{StackName: &s.name})
	check(t, err)
	for _, event := range events.StackEvents {
		if strings.HasPrefix(string(event.ResourceStatus), "UPDATE") {
			t.Errorf("got %s of %s, want no event of an update", event.ResourceStatus,
				aws.ToString(event.LogicalResourceId))
		}
	}
	read, err := s.GetTemplate(t.Context(), &cloudformation.GetTemplateInput{StackName: &s.name})
	check(t, err)
	if aws.ToString(read.TemplateBody) != market {
		t.Errorf("got the template %s, want the original", aws.ToString(read.TemplateBody))
	}
	template := resources(shop)
	_, err = s.UpdateStack(t.Context(), &cloudformation.UpdateStackInput{StackName: &s.name, TemplateBody: &template})
	if code(err) != "ValidationError" {
		t.Errorf("update: got %v, want a ValidationError", err)
	}
}

func TestRoleDeletionConflict_force(t *testing.T) {
	p := Start(t, cloud(t), Options{Manners: []Manner{RoleDeletionConflict()}})
	s := stack(p.URL)
	s.create(t, market)
	s.status(t)
	_, err := s.DeleteStack(t.Context(), &cloudformation.DeleteStackInput{
		StackName: &s.name, DeletionMode: types.DeletionModeForceDeleteStack})
	if code(err) != "ValidationError" {
		t.Errorf("forced deletion before a failed one: got %v, want a ValidationError", err)
	}
	blockers["managed policy"].add(t, iam.NewFromConfig(config(p.URL)))
	s.delete(t, "")
	s.status(t)
	s.delete(t, types.DeletionModeForceDeleteStack)
	if status := s.status(t); status != "DELETE_COMPLETE" || !roleExists(t, p.URL, "trader") {
		t.Errorf("after the forced deletion: got %s, want DELETE_COMPLETE with the role", status)
	}
	for _, id := range []string{"Role", "Group"} { // the role depends on the group
		if status, _ := s.last(t, id); status != "DELETE_SKIPPED" {
			t.Errorf("%s: got the last event %s, want DELETE_SKIPPED", id, status)
		}
	}
	if got := s.described(t, s.name); got != "ValidationError" {
		t.Errorf("DescribeStacks after the deletion: got %s, want ValidationError", got)
	}
}

func TestRoleDeletionConflict_off(t *testing.T) {
	p := Start(t, cloud(t), Options{})
	s := stack(p.URL)
	s.create(t, market)
	s.status(t)
	blockers["managed policy"].add(t, iam.NewFromConfig(config(p.URL)))
	s.delete(t, "")
	if status := s.status(t); status != "DELETE_COMPLETE" || roleExists(t, p.URL, "trader") {
		t.Errorf("got %s, want DELETE_COMPLETE: the endpoint now keeps a held role by itself", status)
	}
}

func TestRoleDeletionConflict_free(t *testing.T) {
	p := Start(t, cloud(t), Options{Manners: []Manner{RoleDeletionConflict()}})
	s := stack(p.URL)
	s.create(t, market)
	s.status(t)
	s.delete(t, "")
	if status := s.status(t); status != "DELETE_COMPLETE" || len(p.Played()) > 0 {
		t.Errorf("a role with only its own policies: got %s, want DELETE_COMPLETE", status)
	}
}

func TestLogGroupProtection(t *testing.T) {
	endpoint := cloud(t)
	p := Start(t, endpoint, Options{Manners: []Manner{LogGroupProtection()}})
	s, logs := stack(p.URL), cloudwatchlogs.NewFromConfig(config(p.URL))
	s.create(t, market)
	s.status(t)
	protect := func(on bool) error {
		_, err := logs.PutLogGroupDeletionProtection(t.Context(), &cloudwatchlogs.PutLogGroupDeletionProtectionInput{
			LogGroupIdentifier:        aws.String("arn:aws:logs:eu-west-1:000000000000:log-group:/market"),
			DeletionProtectionEnabled: &on})
		return err
	}
	shown := func() bool {
		out, err := logs.DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{
			LogGroupNamePrefix: aws.String("/market")})
		check(t, err)
		return len(out.LogGroups) == 1 && aws.ToBool(out.LogGroups[0].DeletionProtectionEnabled)
	}
	deleteGroup := func() error {
		_, err := logs.DeleteLogGroup(t.Context(), &cloudwatchlogs.DeleteLogGroupInput{
			LogGroupName: aws.String("/market")})
		return err
	}
	if shown() {
		t.Error("the group is protected from the start")
	}
	check(t, protect(true))
	if err := deleteGroup(); !shown() || code(err) != "ValidationException" {
		t.Errorf("deletion of a protected group: got %v, want a ValidationException", err)
	}
	s.delete(t, "")
	s.status(t)
	if status, reason := s.last(t, "Group"); status != "DELETE_FAILED" || !strings.Contains(reason, protection) {
		t.Errorf("group: got the last event %s: %s, want DELETE_FAILED: %s", status, reason, protection)
	}
	check(t, protect(false))
	s.delete(t, "")
	if status := s.status(t); shown() || status != "DELETE_COMPLETE" {
		t.Errorf("without the protection: got %s, want DELETE_COMPLETE without the group", status)
	}
	if err := protect(true); code(err) != "ResourceNotFoundException" {
		t.Errorf("protecting a deleted group: got %v, want a ResourceNotFoundException", err)
	}
}

func TestLogGroupProtection_off(t *testing.T) {
	logs := cloudwatchlogs.NewFromConfig(config(Start(t, cloud(t), Options{}).URL))
	_, err := logs.PutLogGroupDeletionProtection(t.Context(), &cloudwatchlogs.PutLogGroupDeletionProtectionInput{
		LogGroupIdentifier: aws.String("/market"), DeletionProtectionEnabled: aws.Bool(true)})
	if code(err) != "InvalidOperationException" {
		t.Errorf("got %v, want an InvalidOperationException: the endpoint now has deletion protection", err)
	}
}
