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

// statuses returns the statuses of the stack and the deleted role since the update, the oldest
// first, with the first words of their reasons.
func (s *stacks) statuses(t *testing.T) (lines []string) {
	t.Helper()
	out, err := s.DescribeStackEvents(t.Context(), &cloudformation.DescribeStackEventsInput{StackName: &s.name})
	check(t, err)
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

func TestCleanupSkips(t *testing.T) {
	endpoint := cloud(t)
	renamed := strings.ReplaceAll(market, `"trader"`, `"merchant"`)
	for name, test := range map[string]struct {
		manners []Manner
		held    bool
		want    []string
		left    bool
	}{
		"held": {[]Manner{CleanupSkips()}, true, []string{"shop UPDATE_IN_PROGRESS User Initiated",
			"shop UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "Role DELETE_IN_PROGRESS",
			`Role DELETE_FAILED Resource handler returned message: "Cannot delete entity, must detach all policies first.`,
			"shop UPDATE_COMPLETE Update successful. One or more resources could not be deleted."}, true},
		"free": {[]Manner{CleanupSkips()}, false,
			[]string{"shop UPDATE_IN_PROGRESS User Initiated", "shop UPDATE_COMPLETE"}, false},
		"off": {nil, true, []string{"shop UPDATE_IN_PROGRESS User Initiated", "shop UPDATE_COMPLETE"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := stack(Start(t, endpoint, Options{Manners: test.manners}).URL)
			s.create(t, market)
			s.status(t)
			if test.held {
				blockers["managed policy"].add(t, iam.NewFromConfig(config(endpoint)))
			}
			s.update(t, renamed)
			s.status(t)
			if diff := cmp.Diff(test.want, s.statuses(t)); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			if got := roleExists(t, endpoint, "trader"); got != test.left {
				t.Errorf("old role exists: got %t, want %t", got, test.left)
			}
			read, err := s.GetTemplate(t.Context(), &cloudformation.GetTemplateInput{StackName: &s.name})
			check(t, err)
			if aws.ToString(read.TemplateBody) != renamed {
				t.Errorf("got the template %s, want the one that was sent", aws.ToString(read.TemplateBody))
			}
			s.delete(t, "")
			if status := s.status(t); status != "DELETE_COMPLETE" || roleExists(t, endpoint, "merchant") {
				t.Errorf("after the deletion: got %s, want DELETE_COMPLETE without the new role", status)
			}
			if test.left {
				blockers["managed policy"].remove(t, iam.NewFromConfig(config(endpoint)))
				_, err := iam.NewFromConfig(config(endpoint)).DetachRolePolicy(t.Context(),
					&iam.DetachRolePolicyInput{RoleName: trader,
						PolicyArn: aws.String("arn:aws:iam::aws:policy/ReadOnlyAccess")})
				check(t, err)
			}
		})
	}
}

// The CDK CLI sends the address of a template, and changes stacks with change sets.
func TestCleanupSkips_changeSet(t *testing.T) {
	endpoint := cloud(t)
	renamed := strings.ReplaceAll(market, `"trader"`, `"merchant"`)
	s := stack(Start(t, endpoint, Options{Manners: []Manner{CleanupSkips()}}).URL)
	s.create(t, market)
	s.status(t)
	blockers["managed policy"].add(t, iam.NewFromConfig(config(endpoint)))
	files := s3.NewFromConfig(config(endpoint), func(o *s3.Options) { o.UsePathStyle = true })
	_, err := files.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("templates"),
		CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: "eu-west-1"}})
	check(t, err)
	_, err = files.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: aws.String("templates"), Key: aws.String("shop.json"), Body: strings.NewReader(renamed)})
	check(t, err)
	_, err = s.CreateChangeSet(t.Context(), &cloudformation.CreateChangeSetInput{StackName: &s.name,
		ChangeSetName: aws.String("rename"),
		TemplateURL:   aws.String("https://templates.s3.eu-west-1.amazonaws.com/shop.json"),
		Capabilities:  []types.Capability{types.CapabilityCapabilityNamedIam}})
	check(t, err)
	_, err = s.ExecuteChangeSet(t.Context(), &cloudformation.ExecuteChangeSetInput{
		StackName: &s.name, ChangeSetName: aws.String("rename")})
	check(t, err)
	if status := s.status(t); status != "UPDATE_COMPLETE" || !roleExists(t, endpoint, "trader") ||
		!roleExists(t, endpoint, "merchant") {
		t.Errorf("got %s, want UPDATE_COMPLETE with both roles", status)
	}
}
