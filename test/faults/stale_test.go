package faults

import (
	"slices"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/google/go-cmp/cmp"
)

// shopResources holds a role and a log group.
const shopResources = `{"Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/shop"}},
	"Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "seller",
		"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}}}}`

// describedStatus returns a stack's status from DescribeStacks, or the error code.
func (s *stackClient) describedStatus(t *testing.T, nameOrID string) string {
	t.Helper()
	out, err := s.DescribeStacks(t.Context(), &cloudformation.DescribeStacksInput{StackName: &nameOrID})
	if err != nil {
		return errorCode(err)
	}
	return string(out.Stacks[0].StackStatus)
}

func readThreeTimes(read func() string) (results []string) {
	for range 3 {
		results = append(results, read())
	}
	return results
}

func TestStaleStacks(t *testing.T) {
	endpoint := startCloud(t)
	for name, test := range map[string]struct {
		behaviors                   []Behavior
		created, deleted, resources []string // results of successive reads
	}{
		"on": {[]Behavior{StaleReads(2)}, []string{"ValidationError", "ValidationError", "CREATE_COMPLETE"},
			[]string{"CREATE_COMPLETE", "CREATE_COMPLETE", "ValidationError", "DELETE_COMPLETE"},
			[]string{"2", "2", "0"}},
		"off": {nil, []string{"CREATE_COMPLETE", "CREATE_COMPLETE", "CREATE_COMPLETE"},
			[]string{"DELETE_COMPLETE", "ValidationError", "ValidationError", "DELETE_COMPLETE"},
			[]string{"0", "0", "0"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStackClient(Start(t, endpoint, Options{Behaviors: test.behaviors}).URL)
			s.create(t, templateWith(shopResources))
			if status := s.awaitStatus(t); status != "CREATE_COMPLETE" {
				t.Fatalf("events: got %s, want CREATE_COMPLETE", status)
			}
			created := readThreeTimes(func() string { return s.describedStatus(t, s.name) })
			if diff := cmp.Diff(test.created, created); diff != "" {
				t.Errorf("statuses after CreateStack (-want +got):\n%s", diff)
			}
			events, err := s.DescribeStackEvents(t.Context(), &cloudformation.DescribeStackEventsInput{
				StackName: &s.name})
			if err != nil {
				t.Fatal(err)
			}
			id := aws.ToString(events.StackEvents[0].StackId)
			s.delete(t, "")
			if status := s.awaitStatus(t); status != "DELETE_COMPLETE" {
				t.Fatalf("events: got %s, want DELETE_COMPLETE", status)
			}
			var deleted []string
			for _, nameOrID := range []string{id, s.name, s.name, id} {
				deleted = append(deleted, s.describedStatus(t, nameOrID))
			}
			if diff := cmp.Diff(test.deleted, deleted); diff != "" {
				t.Errorf("statuses after DeleteStack, read by ID, by name, by name again and by ID again (-want +got):\n%s", diff)
			}
			resources := readThreeTimes(func() string { return strconv.Itoa(len(s.listedResources(t))) })
			if diff := cmp.Diff(test.resources, resources); diff != "" {
				t.Errorf("numbers of resources after DeleteStack (-want +got):\n%s", diff)
			}
		})
	}
}

func TestStaleDeletions(t *testing.T) {
	endpoint := startCloud(t)
	deletions := map[string]func(t *testing.T, p *Proxy){
		"by CloudFormation": func(t *testing.T, p *Proxy) {
			s := newStackClient(p.URL)
			s.create(t, templateWith(shopResources))
			s.awaitStatus(t)
			s.delete(t, "")
			s.awaitStatus(t)
		},
		"by the caller": func(t *testing.T, p *Proxy) {
			createRole(t, p.URL, "seller")
			create := &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("/shop")}
			if _, err := cloudwatchlogs.NewFromConfig(sdkConfig(p.URL)).CreateLogGroup(t.Context(), create); err != nil {
				t.Fatal(err)
			}
			if _, err := iam.NewFromConfig(sdkConfig(p.URL)).DeleteRole(t.Context(), &iam.DeleteRoleInput{
				RoleName: aws.String("seller")}); err != nil {
				t.Fatal(err)
			}
			remove := &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: aws.String("/shop")}
			if _, err := cloudwatchlogs.NewFromConfig(sdkConfig(p.URL)).DeleteLogGroup(t.Context(), remove); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, test := range map[string]struct {
		behaviors     []Behavior
		roles, groups []string // results of successive reads
	}{
		"on":  {[]Behavior{StaleReads(2)}, []string{"seller", "seller", "NoSuchEntity"}, []string{"/shop", "/shop", ""}},
		"off": {nil, []string{"NoSuchEntity", "NoSuchEntity", "NoSuchEntity"}, []string{"", "", ""}},
	} {
		for method, deletion := range deletions {
			t.Run(name+", deleted "+method, func(t *testing.T) {
				p := Start(t, endpoint, Options{Behaviors: test.behaviors})
				deletion(t, p)
				if diff := cmp.Diff(test.roles, readThreeTimes(func() string {
					out, err := iam.NewFromConfig(sdkConfig(p.URL)).GetRole(t.Context(), &iam.GetRoleInput{
						RoleName: aws.String("seller")})
					if err != nil {
						return errorCode(err)
					}
					return aws.ToString(out.Role.RoleName)
				})); diff != "" {
					t.Errorf("three GetRole calls after the deletion (-want +got):\n%s", diff)
				}
				groups := readThreeTimes(func() string { return groupNames(t, p, "/shop") })
				if diff := cmp.Diff(test.groups, groups); diff != "" {
					t.Errorf("three DescribeLogGroups calls after the deletion (-want +got):\n%s", diff)
				}
				if other := groupNames(t, p, "/other"); other != "" {
					t.Errorf("groups under another prefix: got %s, want none", other)
				}
			})
		}
	}
}

func groupNames(t *testing.T, p *Proxy, prefix string) (names string) {
	t.Helper()
	out, err := cloudwatchlogs.NewFromConfig(sdkConfig(p.URL)).DescribeLogGroups(t.Context(),
		&cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: &prefix})
	if err != nil {
		t.Fatal(err)
	}
	for _, group := range out.LogGroups {
		names += aws.ToString(group.LogGroupName)
	}
	return names
}

func TestStaleExecutions(t *testing.T) {
	endpoint := startCloud(t)
	machine := createMachine(t, endpoint, "shop")
	for name, test := range map[string]struct {
		behaviors []Behavior
		want      []bool
	}{
		"on":  {[]Behavior{StaleReads(2)}, []bool{false, false, true}},
		"off": {nil, []bool{true, true, true}},
	} {
		t.Run(name, func(t *testing.T) {
			client := sfn.NewFromConfig(sdkConfig(Start(t, endpoint, Options{Behaviors: test.behaviors}).URL))
			started, err := client.StartExecution(t.Context(), &sfn.StartExecutionInput{
				StateMachineArn: &machine, Name: &name})
			if err != nil {
				t.Fatal(err)
			}
			var listed []bool
			for range 3 {
				out, err := client.ListExecutions(t.Context(), &sfn.ListExecutionsInput{StateMachineArn: &machine})
				if err != nil {
					t.Fatal(err)
				}
				var arns []string
				for _, execution := range out.Executions {
					arns = append(arns, aws.ToString(execution.ExecutionArn))
				}
				listed = append(listed, slices.Contains(arns, aws.ToString(started.ExecutionArn)))
			}
			if diff := cmp.Diff(test.want, listed); diff != "" {
				t.Errorf("whether each of three ListExecutions calls lists the execution (-want +got):\n%s", diff)
			}
		})
	}
}
