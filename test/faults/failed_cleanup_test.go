package faults

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"
)

// updateEvents returns the stack's events and the role's deletion events since the last update,
// oldest first. Each line has the form "LOGICAL_ID STATUS REASON".
func (s *stackClient) updateEvents(t *testing.T) (lines []string) {
	t.Helper()
	out, err := s.DescribeStackEvents(t.Context(), &cloudformation.DescribeStackEventsInput{StackName: &s.name})
	mustSucceed(t, err)
	for _, event := range out.StackEvents {
		logical := aws.ToString(event.LogicalResourceId)
		reason, _, _ := strings.Cut(aws.ToString(event.ResourceStatusReason), " (")
		line := strings.TrimSpace(logical + " " + string(event.ResourceStatus) + " " + reason)
		if logical == "Role" && strings.HasPrefix(string(event.ResourceStatus), "DELETE") || logical == s.name {
			lines = append([]string{line}, lines...)
		}
		if logical == s.name && event.ResourceStatus == types.ResourceStatusUpdateInProgress {
			break
		}
	}
	return lines
}

func TestFailedUpdateCleanup(t *testing.T) {
	endpoint := startCloud(t)
	renamed := strings.ReplaceAll(marketTemplate, `"trader"`, `"merchant"`)
	for name, test := range map[string]struct {
		behaviors []Behavior
		blocked   bool // the old role has a policy from outside the stack
		want      []string
		remains   bool // the old role remains after the update
	}{
		"blocked": {[]Behavior{FailedUpdateCleanup()}, true, []string{"shop UPDATE_IN_PROGRESS User Initiated",
			"shop UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "Role DELETE_IN_PROGRESS",
			`Role DELETE_FAILED Resource handler returned message: "Cannot delete entity, must detach all policies first.`,
			"shop UPDATE_COMPLETE Update successful. One or more resources could not be deleted."}, true},
		"not blocked": {[]Behavior{FailedUpdateCleanup()}, false,
			[]string{"shop UPDATE_IN_PROGRESS User Initiated", "shop UPDATE_COMPLETE"}, false},
		"off": {nil, true, []string{"shop UPDATE_IN_PROGRESS User Initiated", "shop UPDATE_COMPLETE"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStackClient(Start(t, endpoint, Options{Behaviors: test.behaviors}).URL)
			s.create(t, marketTemplate)
			s.awaitStatus(t)
			if test.blocked {
				roleBlockers["managed policy"].add(t, iam.NewFromConfig(sdkConfig(endpoint)))
			}
			s.update(t, renamed)
			s.awaitStatus(t)
			if diff := cmp.Diff(test.want, s.updateEvents(t)); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			if got := roleExists(t, endpoint, "trader"); got != test.remains {
				t.Errorf("old role exists after the update: got %t, want %t", got, test.remains)
			}
			read, err := s.GetTemplate(t.Context(), &cloudformation.GetTemplateInput{StackName: &s.name})
			mustSucceed(t, err)
			if aws.ToString(read.TemplateBody) != renamed {
				t.Errorf("GetTemplate: got %s, want the template of the update", aws.ToString(read.TemplateBody))
			}
			s.delete(t, "")
			if status := s.awaitStatus(t); status != "DELETE_COMPLETE" || roleExists(t, endpoint, "merchant") {
				t.Errorf("after DeleteStack: got %s, want DELETE_COMPLETE and the role merchant deleted", status)
			}
			if test.remains {
				roleBlockers["managed policy"].remove(t, iam.NewFromConfig(sdkConfig(endpoint)))
				_, err := iam.NewFromConfig(sdkConfig(endpoint)).DetachRolePolicy(t.Context(),
					&iam.DetachRolePolicyInput{RoleName: roleName,
						PolicyArn: aws.String("arn:aws:iam::aws:policy/ReadOnlyAccess")})
				mustSucceed(t, err)
			}
		})
	}
}

// The CDK CLI updates stacks with change sets, and passes templates by URL.
func TestFailedUpdateCleanup_changeSet(t *testing.T) {
	endpoint := startCloud(t)
	renamed := strings.ReplaceAll(marketTemplate, `"trader"`, `"merchant"`)
	s := newStackClient(Start(t, endpoint, Options{Behaviors: []Behavior{FailedUpdateCleanup()}}).URL)
	s.create(t, marketTemplate)
	s.awaitStatus(t)
	roleBlockers["managed policy"].add(t, iam.NewFromConfig(sdkConfig(endpoint)))
	files := s3.NewFromConfig(sdkConfig(endpoint), func(o *s3.Options) { o.UsePathStyle = true })
	_, err := files.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("templates"),
		CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: "eu-west-1"}})
	mustSucceed(t, err)
	_, err = files.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: aws.String("templates"), Key: aws.String("shop.json"), Body: strings.NewReader(renamed)})
	mustSucceed(t, err)
	_, err = s.CreateChangeSet(t.Context(), &cloudformation.CreateChangeSetInput{StackName: &s.name,
		ChangeSetName: aws.String("rename"),
		TemplateURL:   aws.String("https://templates.s3.eu-west-1.amazonaws.com/shop.json"),
		Capabilities:  []types.Capability{types.CapabilityCapabilityNamedIam}})
	mustSucceed(t, err)
	_, err = s.ExecuteChangeSet(t.Context(), &cloudformation.ExecuteChangeSetInput{
		StackName: &s.name, ChangeSetName: aws.String("rename")})
	mustSucceed(t, err)
	if status := s.awaitStatus(t); status != "UPDATE_COMPLETE" || !roleExists(t, endpoint, "trader") ||
		!roleExists(t, endpoint, "merchant") {
		t.Errorf("got %s, want UPDATE_COMPLETE and both roles", status)
	}
}
