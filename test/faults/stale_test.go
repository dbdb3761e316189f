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

// shop holds the resources of a template: a role and a log group.
const shop = `{"Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/shop"}},
	"Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "seller",
		"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}}}}`

// described returns a stack's status from DescribeStacks, or the code of the error.
func (s *stacks) described(t *testing.T, id string) string {
	t.Helper()
	out, err := s.DescribeStacks(t.Context(), &cloudformation.DescribeStacksInput{StackName: &id})
	if err != nil {
		return code(err)
	}
	return string(out.Stacks[0].StackStatus)
}

// thrice collects the results of three reads.
func thrice(read func() string) (results []string) {
	for range 3 {
		results = append(results, read())
	}
	return results
}

func TestStaleStacks(t *testing.T) {
	endpoint := cloud(t)
	for name, test := range map[string]struct {
		manners                     []Manner
		created, deleted, resources []string
	}{
		"on": {[]Manner{StaleReads(2)}, []string{"ValidationError", "ValidationError", "CREATE_COMPLETE"},
			[]string{"CREATE_COMPLETE", "CREATE_COMPLETE", "ValidationError", "DELETE_COMPLETE"},
			[]string{"2", "2", "0"}},
		"off": {nil, []string{"CREATE_COMPLETE", "CREATE_COMPLETE", "CREATE_COMPLETE"},
			[]string{"DELETE_COMPLETE", "ValidationError", "ValidationError", "DELETE_COMPLETE"},
			[]string{"0", "0", "0"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := stack(Start(t, endpoint, Options{Manners: test.manners}).URL)
			s.create(t, resources(shop))
			if status := s.status(t); status != "CREATE_COMPLETE" {
				t.Fatalf("events: got %s, want CREATE_COMPLETE", status)
			}
			if diff := cmp.Diff(test.created, thrice(func() string { return s.described(t, s.name) })); diff != "" {
				t.Errorf("statuses after the creation (-want +got):\n%s", diff)
			}
			events, err := s.DescribeStackEvents(t.Context(), &cloudformation.DescribeStackEventsInput{
				StackName: &s.name})
			if err != nil {
				t.Fatal(err)
			}
			id := aws.ToString(events.StackEvents[0].StackId)
			s.delete(t, "")
			if status := s.status(t); status != "DELETE_COMPLETE" {
				t.Fatalf("events: got %s, want DELETE_COMPLETE", status)
			}
			var deleted []string
			for _, read := range []string{id, s.name, s.name, id} {
				deleted = append(deleted, s.described(t, read))
			}
			if diff := cmp.Diff(test.deleted, deleted); diff != "" {
				t.Errorf("statuses after the deletion, by ID and by name (-want +got):\n%s", diff)
			}
			resources := thrice(func() string { return strconv.Itoa(len(s.listed(t))) })
			if diff := cmp.Diff(test.resources, resources); diff != "" {
				t.Errorf("numbers of resources after the deletion (-want +got):\n%s", diff)
			}
		})
	}
}

func TestStaleDeletions(t *testing.T) {
	endpoint := cloud(t)
	deletions := map[string]func(t *testing.T, p *Proxy){
		"with a stack": func(t *testing.T, p *Proxy) {
			s := stack(p.URL)
			s.create(t, resources(shop))
			s.status(t)
			s.delete(t, "")
			s.status(t)
		},
		"directly": func(t *testing.T, p *Proxy) {
			createRole(t, p.URL, "seller")
			group := &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("/shop")}
			if _, err := cloudwatchlogs.NewFromConfig(config(p.URL)).CreateLogGroup(t.Context(), group); err != nil {
				t.Fatal(err)
			}
			if _, err := iam.NewFromConfig(config(p.URL)).DeleteRole(t.Context(), &iam.DeleteRoleInput{
				RoleName: aws.String("seller")}); err != nil {
				t.Fatal(err)
			}
			deleted := &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: aws.String("/shop")}
			if _, err := cloudwatchlogs.NewFromConfig(config(p.URL)).DeleteLogGroup(t.Context(), deleted); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, test := range map[string]struct {
		manners       []Manner
		roles, groups []string
	}{
		"on":  {[]Manner{StaleReads(2)}, []string{"seller", "seller", "NoSuchEntity"}, []string{"/shop", "/shop", ""}},
		"off": {nil, []string{"NoSuchEntity", "NoSuchEntity", "NoSuchEntity"}, []string{"", "", ""}},
	} {
		for method, deletion := range deletions {
			t.Run(name+" "+method, func(t *testing.T) {
				p := Start(t, endpoint, Options{Manners: test.manners})
				deletion(t, p)
				if diff := cmp.Diff(test.roles, thrice(func() string {
					out, err := iam.NewFromConfig(config(p.URL)).GetRole(t.Context(), &iam.GetRoleInput{
						RoleName: aws.String("seller")})
					if err != nil {
						return code(err)
					}
					return aws.ToString(out.Role.RoleName)
				})); diff != "" {
					t.Errorf("role (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(test.groups, thrice(func() string { return groupNames(t, p, "/shop") })); diff != "" {
					t.Errorf("group (-want +got):\n%s", diff)
				}
				if other := groupNames(t, p, "/other"); other != "" {
					t.Errorf("got the group %s under another prefix, want none", other)
				}
			})
		}
	}
}

func groupNames(t *testing.T, p *Proxy, prefix string) (names string) {
	t.Helper()
	out, err := cloudwatchlogs.NewFromConfig(config(p.URL)).DescribeLogGroups(t.Context(),
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
	endpoint := cloud(t)
	till := createMachine(t, endpoint, "till")
	for name, test := range map[string]struct {
		manners []Manner
		want    []bool
	}{
		"on":  {[]Manner{StaleReads(2)}, []bool{false, false, true}},
		"off": {nil, []bool{true, true, true}},
	} {
		t.Run(name, func(t *testing.T) {
			client := sfn.NewFromConfig(config(Start(t, endpoint, Options{Manners: test.manners}).URL))
			started, err := client.StartExecution(t.Context(), &sfn.StartExecutionInput{
				StateMachineArn: &till, Name: &name})
			if err != nil {
				t.Fatal(err)
			}
			var listed []bool
			for range 3 {
				out, err := client.ListExecutions(t.Context(), &sfn.ListExecutionsInput{StateMachineArn: &till})
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
				t.Errorf("execution listed (-want +got):\n%s", diff)
			}
		})
	}
}
