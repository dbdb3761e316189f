package awsstub

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// What the answers below speak of.
const (
	Account         = "111122223333"
	StackARN        = "arn:aws:cloudformation:eu-west-1:111122223333:stack/retrycatch/5f1d1a30-0000-11f0-a000-0a0000000000"
	StateMachineARN = "arn:aws:states:eu-west-1:111122223333:stateMachine:MyAPIStateMachine"
	TopicARN        = "arn:aws:sns:eu-west-1:111122223333:retrycatch-alarms"
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
	for _, resource := range resources {
		fmt.Fprintf(&page, "<member><LogicalResourceId>%s</LogicalResourceId><ResourceType>%s</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus>"+
			"<LastUpdatedTimestamp>2026-01-02T03:04:05Z</LastUpdatedTimestamp>", LogicalID(resource[0], resource[1]), resource[0])
		if resource[1] != "" {
			fmt.Fprintf(&page, "<PhysicalResourceId>%s</PhysicalResourceId>", resource[1])
		}
		page.WriteString("</member>")
	}
	return XML("<StackResourceSummaries>", page.String(), "</StackResourceSummaries>", nextToken(next))
}

// LogicalID is what a resource of StackResources is called in its stack's template.
func LogicalID(kind, id string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return r
	}, kind+id)
}

// Template answers CloudFormation.GetTemplate.
func Template(body string) Answer { return XML("<TemplateBody>", escape(body), "</TemplateBody>") }

func nextToken(token string) string {
	if token == "" {
		return ""
	}
	return "<NextToken>" + token + "</NextToken>"
}

// Holds scripts the operations that ask for one resource, as an account answers them that holds these names (of a state
// machine, a topic or a subscription: its ARN) and no others.
func (s *Stub) Holds(ids ...string) *Stub {
	// Each operation has an input that names the resource, and an answer for a name that is held and for one that is not.
	on := func(operation string, name func(input any) *string, found func(name string) Answer, absent Answer) {
		s.On(operation, func(call Call) (*http.Response, error) {
			if id := aws.ToString(name(call.Input)); slices.Contains(ids, id) {
				return found(id)(call)
			}
			return absent(call)
		})
	}
	on("IAM.GetRole", func(in any) *string { return in.(*iam.GetRoleInput).RoleName },
		Role, Error(http.StatusNotFound, "NoSuchEntity", "The role cannot be found."))
	on("Lambda.GetFunctionConfiguration", func(in any) *string { return in.(*lambda.GetFunctionConfigurationInput).FunctionName },
		func(string) Answer { return JSON(`{"State": "Active"}`) }, Error(http.StatusNotFound, "ResourceNotFoundException", "Function not found"))
	on("SFN.DescribeStateMachine", func(in any) *string { return in.(*sfn.DescribeStateMachineInput).StateMachineArn },
		func(string) Answer { return StateMachine("ACTIVE") }, NoStateMachine())
	on("CloudWatch Logs.DescribeLogGroups", func(in any) *string { return in.(*cloudwatchlogs.DescribeLogGroupsInput).LogGroupNamePrefix },
		func(name string) Answer { return LogGroups("", name) }, LogGroups(""))
	on("CloudWatch.DescribeAlarms", func(in any) *string {
		return aws.String(strings.Join(in.(*cloudwatch.DescribeAlarmsInput).AlarmNames, ","))
	},
		func(name string) Answer { return Alarms("", name) }, Alarms(""))
	on("CloudWatch.GetDashboard", func(in any) *string { return in.(*cloudwatch.GetDashboardInput).DashboardName }, Dashboard, NoDashboard())
	on("SNS.GetTopicAttributes", func(in any) *string { return in.(*sns.GetTopicAttributesInput).TopicArn },
		func(string) Answer { return Attributes() }, Error(http.StatusNotFound, "NotFound", "Topic does not exist"))
	on("SNS.GetSubscriptionAttributes", func(in any) *string { return in.(*sns.GetSubscriptionAttributesInput).SubscriptionArn },
		func(string) Answer { return Attributes() }, Error(http.StatusNotFound, "NotFound", "Subscription does not exist"))
	return s
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

// Alarms answers CloudWatch.DescribeAlarms with one page.
func Alarms(next string, names ...string) Answer {
	var alarms strings.Builder
	for _, name := range names {
		fmt.Fprintf(&alarms, "<member><AlarmName>%s</AlarmName><StateValue>OK</StateValue></member>", escape(name))
	}
	return XML("<MetricAlarms>", alarms.String(), "</MetricAlarms>", nextToken(next))
}

// Dashboards answers CloudWatch.ListDashboards with one page.
func Dashboards(next string, names ...string) Answer {
	var entries strings.Builder
	for _, name := range names {
		fmt.Fprintf(&entries, "<member><DashboardName>%s</DashboardName></member>", escape(name))
	}
	return XML("<DashboardEntries>", entries.String(), "</DashboardEntries>", nextToken(next))
}

// Dashboard answers CloudWatch.GetDashboard.
func Dashboard(name string) Answer { return XML("<DashboardName>", escape(name), "</DashboardName>") }

// NoDashboard answers as CloudWatch does for a name that no dashboard has.
func NoDashboard() Answer {
	return Error(http.StatusNotFound, "ResourceNotFound", "Dashboard does not exist")
}

// Attributes answers SNS.GetTopicAttributes and SNS.GetSubscriptionAttributes.
func Attributes() Answer { return XML("<Attributes/>") }
