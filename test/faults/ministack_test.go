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

// startCloud starts a separate local AWS for a test.
func startCloud(t *testing.T) string {
	t.Helper()
	project, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_ENDPOINT_URL", "") // ignore an endpoint from the environment
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

// stackClient is a CloudFormation client of one stack.
type stackClient struct {
	*cloudformation.Client
	name    string
	awaited int // number of operations that awaitStatus has waited for
}

func newStackClient(endpoint string) *stackClient {
	return &stackClient{Client: cloudformation.NewFromConfig(sdkConfig(endpoint)), name: "shop"}
}

// templateWith returns a template with the resources, which are a JSON object.
func templateWith(resources string) string { return `{"Resources": ` + resources + `}` }

func (s *stackClient) create(t *testing.T, template string) {
	t.Helper()
	if _, err := s.CreateStack(t.Context(), &cloudformation.CreateStackInput{StackName: &s.name,
		TemplateBody: &template,
		Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam}}); err != nil {
		t.Fatal(err)
	}
}

func (s *stackClient) update(t *testing.T, template string) {
	t.Helper()
	if _, err := s.UpdateStack(t.Context(), &cloudformation.UpdateStackInput{StackName: &s.name,
		TemplateBody: &template,
		Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam}}); err != nil {
		t.Fatal(err)
	}
}

func (s *stackClient) delete(t *testing.T, mode types.DeletionMode) {
	t.Helper()
	if _, err := s.DeleteStack(t.Context(), &cloudformation.DeleteStackInput{StackName: &s.name, DeletionMode: mode,
		ClientRequestToken: aws.String("delete")}); err != nil {
		t.Fatal(err)
	}
}

// awaitStatus waits until the stack's next operation ends, and returns the stack's status. It reads
// the events, which are never stale.
func (s *stackClient) awaitStatus(t *testing.T) string {
	t.Helper()
	s.awaited++
	for deadline := time.Now().Add(20 * time.Second); ; {
		out, err := s.DescribeStackEvents(t.Context(), &cloudformation.DescribeStackEventsInput{StackName: &s.name})
		if err != nil {
			t.Fatal(err)
		}
		var ends []string // newest first
		for _, event := range out.StackEvents {
			status := string(event.ResourceStatus)
			if aws.ToString(event.PhysicalResourceId) == aws.ToString(event.StackId) &&
				!strings.HasSuffix(status, "_IN_PROGRESS") {
				ends = append(ends, status)
			}
		}
		if len(ends) >= s.awaited {
			return ends[len(ends)-s.awaited]
		}
		if time.Now().After(deadline) { // fail instead of hanging if a behavior is broken
			t.Fatalf("operation %d did not end within 20 seconds; earlier operations ended with %q", s.awaited, ends)
		}
		time.Sleep(10 * time.Millisecond) // CloudFormation sends no event that the test could await
	}
}

// listedResources returns the stack's resources as "LOGICAL_ID: STATUS PHYSICAL_ID".
func (s *stackClient) listedResources(t *testing.T) []string {
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

// errorCode returns the code of an API error, or "" for other errors.
func errorCode(err error) string {
	if api := smithy.APIError(nil); errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// createRole creates a role outside any stack, unless the role exists.
func createRole(t *testing.T, endpoint, name string) {
	t.Helper()
	_, err := iam.NewFromConfig(sdkConfig(endpoint)).CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: &name,
		AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[]}`)})
	if err != nil && errorCode(err) != "EntityAlreadyExists" {
		t.Fatal(err)
	}
}

// machineInput describes a state machine that does nothing.
func machineInput(name string) *sfn.CreateStateMachineInput {
	return &sfn.CreateStateMachineInput{Name: &name, RoleArn: aws.String("arn:aws:iam::000000000000:role/till"),
		Definition: aws.String(`{"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}`)}
}

func createMachine(t *testing.T, endpoint, name string) (arn string) {
	t.Helper()
	out, err := sfn.NewFromConfig(sdkConfig(endpoint)).CreateStateMachine(t.Context(), machineInput(name))
	mustSucceed(t, err)
	return aws.ToString(out.StateMachineArn)
}

func sortedLines(lines []string) []string { return slices.Sorted(slices.Values(lines)) }
