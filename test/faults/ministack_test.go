package faults

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/smithy-go"

	"retrycatch/internal/localaws"
)

// cloud starts a separate local AWS for a test.
func cloud(t *testing.T) string {
	t.Helper()
	project, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_ENDPOINT_URL", "") // the environment may have another endpoint
	server, err := localaws.Open(t.Context(), localaws.Options{Project: project, Region: "eu-west-1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server.Endpoint
}

// stacks is CloudFormation behind a proxy, and one stack.
type stacks struct {
	*cloudformation.Client
	name  string
	ended int // the number of ended operations
}

func stack(p string) *stacks {
	return &stacks{Client: cloudformation.NewFromConfig(config(p)), name: "shop"}
}

// resources returns a template with the resources, given in JSON.
func resources(text string) string { return `{"Resources": ` + text + `}` }

func (s *stacks) create(t *testing.T, template string) {
	t.Helper()
	if _, err := s.CreateStack(t.Context(), &cloudformation.CreateStackInput{StackName: &s.name,
		TemplateBody: &template,
		Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam}}); err != nil {
		t.Fatal(err)
	}
}

func (s *stacks) update(t *testing.T, template string) {
	t.Helper()
	if _, err := s.UpdateStack(t.Context(), &cloudformation.UpdateStackInput{StackName: &s.name,
		TemplateBody: &template,
		Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam}}); err != nil {
		t.Fatal(err)
	}
}

func (s *stacks) delete(t *testing.T, mode types.DeletionMode) {
	t.Helper()
	if _, err := s.DeleteStack(t.Context(), &cloudformation.DeleteStackInput{StackName: &s.name, DeletionMode: mode,
		ClientRequestToken: aws.String("delete")}); err != nil {
		t.Fatal(err)
	}
}

// status waits for the end of the stack's next operation, and returns the stack's status. It reads
// the events, which are never stale.
func (s *stacks) status(t *testing.T) string {
	t.Helper()
	s.ended++
	for deadline := time.Now().Add(20 * time.Second); ; {
		out, err := s.DescribeStackEvents(t.Context(), &cloudformation.DescribeStackEventsInput{StackName: &s.name})
		if err != nil {
			t.Fatal(err)
		}
		var ends []string // the newest first
		for _, event := range out.StackEvents {
			status := string(event.ResourceStatus)
			if aws.ToString(event.PhysicalResourceId) == aws.ToString(event.StackId) &&
				!strings.HasSuffix(status, "_IN_PROGRESS") {
				ends = append(ends, status)
			}
		}
		if len(ends) >= s.ended {
			return ends[len(ends)-s.ended]
		}
		if time.Now().After(deadline) { // a broken manner must fail a test, not hang it
			t.Fatalf("operation %d does not end; the earlier ones ended with %q", s.ended, ends)
		}
		time.Sleep(10 * time.Millisecond) // CloudFormation has no notification
	}
}

// listed returns the stack's resources as "logical ID: status physical ID".
func (s *stacks) listed(t *testing.T) []string {
	t.Helper()
	out, err := s.ListStackResources(t.Context(), &cloudformation.ListStackResourcesInput{StackName: &s.name})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, r := range out.StackResourceSummaries {
		line := aws.ToString(r.LogicalResourceId) + ": " + string(r.ResourceStatus) + " " +
			aws.ToString(r.PhysicalResourceId)
		lines = append(lines, strings.TrimSpace(line))
	}
	return lines
}

// code returns the code of an API error, or "" for other errors.
func code(err error) string {
	if api := smithy.APIError(nil); errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// createRole creates a role outside any stack, unless it exists.
func createRole(t *testing.T, endpoint, name string) {
	t.Helper()
	_, err := iam.NewFromConfig(config(endpoint)).CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: &name,
		AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[]}`)})
	if err != nil && code(err) != "EntityAlreadyExists" {
		t.Fatal(err)
	}
}

// machine returns a state machine that does nothing.
func machine(name string) *sfn.CreateStateMachineInput {
	return &sfn.CreateStateMachineInput{Name: &name, RoleArn: aws.String("arn:aws:iam::000000000000:role/till"),
		Definition: aws.String(`{"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}`)}
}

func createMachine(t *testing.T, endpoint, name string) (arn string) {
	t.Helper()
	out, err := sfn.NewFromConfig(config(endpoint)).CreateStateMachine(t.Context(), machine(name))
	check(t, err)
	return aws.ToString(out.StateMachineArn)
}

func sorted(lines []string) []string { return slices.Sorted(slices.Values(lines)) }
