package awsstub

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
)

// What the answers below speak of.
const (
	Account         = "111122223333"
	StackARN        = "arn:aws:cloudformation:eu-west-1:111122223333:stack/retrycatch/5f1d1a30-0000-11f0-a000-0a0000000000"
	StateMachineARN = "arn:aws:states:eu-west-1:111122223333:stateMachine:MyAPIStateMachine"
)

// Stack answers CloudFormation.DescribeStacks with one stack. More are further elements of it.
func Stack(status string, more ...string) Answer {
	return XML("<Stacks><member><StackName>retrycatch</StackName><StackId>", StackARN, "</StackId><CreationTime>2026-01-02T03:04:05Z</CreationTime>",
		"<StackStatus>", status, "</StackStatus>", strings.Join(more, ""), "</member></Stacks>")
}

// NoStack answers as CloudFormation does for a name that no stack has.
func NoStack() Answer {
	return Error(http.StatusBadRequest, "ValidationError", "Stack with id retrycatch does not exist")
}

// StackResources answers CloudFormation.ListStackResources with one page of resources, each a type and a physical ID.
// Next is the token of the next page, empty on the last one.
func StackResources(next string, resources ...[2]string) Answer {
	var page strings.Builder
	for i, resource := range resources {
		fmt.Fprintf(&page, "<member><LogicalResourceId>Resource%d</LogicalResourceId><ResourceType>%s</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus>"+
			"<LastUpdatedTimestamp>2026-01-02T03:04:05Z</LastUpdatedTimestamp>", i, resource[0])
		if resource[1] != "" {
			fmt.Fprintf(&page, "<PhysicalResourceId>%s</PhysicalResourceId>", resource[1])
		}
		page.WriteString("</member>")
	}
	return XML("<StackResourceSummaries>", page.String(), "</StackResourceSummaries>", nextToken(next))
}

func nextToken(token string) string {
	if token == "" {
		return ""
	}
	return "<NextToken>" + token + "</NextToken>"
}

// Holds scripts the operations that ask for one role, function, state machine or log group, as an account answers them
// that holds these names (of a state machine: its ARN) and no others.
func (s *Stub) Holds(ids ...string) *Stub {
	answer := func(id string, found, absent Answer) Answer {
		if slices.Contains(ids, id) {
			return found
		}
		return absent
	}
	notFound := Error(http.StatusNotFound, "ResourceNotFoundException", "Function not found")
	return s.
		On("IAM.GetRole", func(call Call) (*http.Response, error) {
			name := aws.ToString(call.Input.(*iam.GetRoleInput).RoleName)
			return answer(name, Role(name), Error(http.StatusNotFound, "NoSuchEntity", "The role cannot be found."))(call)
		}).
		On("Lambda.GetFunctionConfiguration", func(call Call) (*http.Response, error) {
			name := aws.ToString(call.Input.(*lambda.GetFunctionConfigurationInput).FunctionName)
			return answer(name, JSON(`{"State": "Active"}`), notFound)(call)
		}).
		On("SFN.DescribeStateMachine", func(call Call) (*http.Response, error) {
			arn := aws.ToString(call.Input.(*sfn.DescribeStateMachineInput).StateMachineArn)
			return answer(arn, StateMachine("ACTIVE"), NoStateMachine())(call)
		}).
		On("CloudWatch Logs.DescribeLogGroups", func(call Call) (*http.Response, error) {
			name := aws.ToString(call.Input.(*cloudwatchlogs.DescribeLogGroupsInput).LogGroupNamePrefix)
			return answer(name, LogGroups("", name), LogGroups(""))(call)
		})
}

// Role answers IAM.GetRole.
func Role(name string) Answer {
	return XML("<Role><Path>/</Path><RoleId>AROAEXAMPLE</RoleId><Arn>arn:aws:iam::", Account, ":role/", name, "</Arn><RoleName>", name,
		"</RoleName><CreateDate>2026-01-02T03:04:05Z</CreateDate></Role>")
}

// StateMachine answers SFN.DescribeStateMachine.
func StateMachine(status string) Answer { return JSON(fmt.Sprintf(`{"status": %q}`, status)) }

// NoStateMachine answers as Step Functions does for an ARN that it does not know.
func NoStateMachine() Answer {
	return Error(http.StatusBadRequest, "StateMachineDoesNotExist", "State Machine Does Not Exist")
}

// LogGroups answers CloudWatch Logs.DescribeLogGroups with one page.
func LogGroups(next string, names ...string) Answer {
	groups := []string{}
	for _, name := range names {
		groups = append(groups, fmt.Sprintf(`{"logGroupName": %q}`, name))
	}
	return JSON(page("logGroups", next, groups))
}

// page is a list in JSON with the token of the next page.
func page(name, next string, items []string) string {
	token := ""
	if next != "" {
		token = fmt.Sprintf(`, "nextToken": %q`, next)
	}
	return fmt.Sprintf(`{%q: [%s]%s}`, name, strings.Join(items, ", "), token)
}
