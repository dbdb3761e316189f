package awsstub

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// Created is the creation time of every resource and stack in the answers.
var Created = time.Date(2026, time.January, 2, 3, 4, 5, 0, time.UTC)

// The account and resources in the answers.
const (
	Account         = "111122223333"
	StackARN        = "arn:aws:cloudformation:eu-west-1:111122223333:stack/retrycatch/5f1d1a30-0000-11f0-a000-0a0000000000"
	StateMachineARN = "arn:aws:states:eu-west-1:111122223333:stateMachine:MyAPIStateMachine"
	TopicARN        = "arn:aws:sns:eu-west-1:111122223333:retrycatch-alarms"
)

func nextTokenElement(token string) string {
	if token == "" {
		return ""
	}
	return "<NextToken>" + token + "</NextToken>"
}

// WithResources sets the answers of the operations that read one resource. Only resources with
// these IDs exist. The ID of a state machine, topic or subscription is its ARN.
func (s *Stub) WithResources(ids ...string) *Stub {
	// onRead sets the answers of an operation. requested returns the requested resource's ID from
	// the input. If the resource exists, found returns the answer. Otherwise, missing is the
	// answer.
	onRead := func(operation string, requested func(input any) *string, found func(id string) Answer, missing Answer) {
		s.On(operation, func(call Call) (*http.Response, error) {
			if id := aws.ToString(requested(call.Input)); slices.Contains(ids, id) {
				return found(id)(call)
			}
			return missing(call)
		})
	}
	onRead("IAM.GetRole", func(in any) *string { return in.(*iam.GetRoleInput).RoleName },
		Role, Error(http.StatusNotFound, "NoSuchEntity", "The role cannot be found."))
	onRead("Lambda.GetFunctionConfiguration",
		func(in any) *string { return in.(*lambda.GetFunctionConfigurationInput).FunctionName },
		Function, Error(http.StatusNotFound, "ResourceNotFoundException", "Function not found"))
	onRead("SFN.DescribeStateMachine", func(in any) *string { return in.(*sfn.DescribeStateMachineInput).StateMachineArn },
		func(arn string) Answer { return StateMachineWithARN(arn, "ACTIVE") }, NoStateMachine())
	onRead("CloudWatch Logs.DescribeLogGroups",
		func(in any) *string { return in.(*cloudwatchlogs.DescribeLogGroupsInput).LogGroupNamePrefix },
		func(name string) Answer { return LogGroups("", name) }, LogGroups(""))
	onRead("CloudWatch.DescribeAlarms", func(in any) *string {
		return aws.String(strings.Join(in.(*cloudwatch.DescribeAlarmsInput).AlarmNames, ","))
	},
		func(name string) Answer { return Alarms("", name) }, Alarms(""))
	onRead("CloudWatch.ListDashboards",
		func(in any) *string { return in.(*cloudwatch.ListDashboardsInput).DashboardNamePrefix },
		func(name string) Answer { return Dashboards("", name) }, Dashboards(""))
	onRead("SNS.GetTopicAttributes", func(in any) *string { return in.(*sns.GetTopicAttributesInput).TopicArn },
		func(arn string) Answer { return Attributes("TopicArn", arn) }, Error(http.StatusNotFound, "NotFound",
			"Topic does not exist"))
	onRead("SNS.ListTagsForResource", func(in any) *string { return in.(*sns.ListTagsForResourceInput).ResourceArn },
		func(string) Answer { return XML("<Tags/>") }, Error(http.StatusNotFound, "ResourceNotFound",
			"Resource does not exist"))
	onRead("SNS.GetSubscriptionAttributes",
		func(in any) *string { return in.(*sns.GetSubscriptionAttributesInput).SubscriptionArn },
		func(arn string) Answer {
			return Attributes("SubscriptionArn", arn, "TopicArn", arn[:strings.LastIndex(arn, ":")])
		},
		Error(http.StatusNotFound, "NotFound", "Subscription does not exist"))
	return s
}

// Role answers IAM.GetRole with a role that was created at Created.
func Role(name string) Answer { return TaggedRole(name) }

// TaggedRole answers IAM.GetRole with a role and its tags, which alternate between key and value.
func TaggedRole(name string, tags ...string) Answer {
	return XML("<Role><Path>/</Path><RoleId>AROAEXAMPLE</RoleId><Arn>arn:aws:iam::", Account, ":role/", name,
		"</Arn><RoleName>",
		name, "</RoleName><CreateDate>", formatTime(Created), "</CreateDate>", Tags(tags...), "</Role>")
}

// Function answers Lambda.GetFunctionConfiguration with a function last changed at Created.
func Function(name string) Answer {
	return JSON(fmt.Sprintf(`{"FunctionName": %q, "State": "Active", "LastModified": %q}`,
		name, Created.Format("2006-01-02T15:04:05.000-0700")))
}

// StateMachine answers SFN.DescribeStateMachine for StateMachineARN.
func StateMachine(status string) Answer { return StateMachineWithARN(StateMachineARN, status) }

// StateMachineWithARN answers SFN.DescribeStateMachine for any ARN.
func StateMachineWithARN(arn, status string) Answer {
	return JSON(fmt.Sprintf(`{"stateMachineArn": %q, "status": %q, "creationDate": %d}`, arn, status, Created.Unix()))
}

// NoStateMachine answers that a state machine does not exist.
func NoStateMachine() Answer {
	return Error(http.StatusBadRequest, "StateMachineDoesNotExist", "State Machine Does Not Exist")
}

// LogGroups answers CloudWatch Logs.DescribeLogGroups with one page. next is the next page's token.
func LogGroups(next string, names ...string) Answer {
	groups := []string{}
	for _, name := range names {
		groups = append(groups, fmt.Sprintf(`{"logGroupName": %q, "creationTime": %d, "retentionInDays": 7}`,
			name, Created.UnixMilli()))
	}
	return JSON(jsonPage("logGroups", next, groups))
}

// jsonPage returns a JSON object with a list and the next page's token.
func jsonPage(name, next string, items []string) string {
	token := ""
	if next != "" {
		token = fmt.Sprintf(`, "nextToken": %q`, next)
	}
	return fmt.Sprintf(`{%q: [%s]%s}`, name, strings.Join(items, ", "), token)
}

// Alarms answers CloudWatch.DescribeAlarms with one page. next is the next page's token.
func Alarms(next string, names ...string) Answer {
	var alarms strings.Builder
	for _, name := range names {
		fmt.Fprintf(&alarms, "<member><AlarmName>%s</AlarmName><StateValue>OK</StateValue>"+
			"<AlarmConfigurationUpdatedTimestamp>%s</AlarmConfigurationUpdatedTimestamp></member>", escapeXML(name),
			formatTime(Created))
	}
	return XML("<MetricAlarms>", alarms.String(), "</MetricAlarms>", nextTokenElement(next))
}

// Dashboards answers CloudWatch.ListDashboards with one page. next is the next page's token.
func Dashboards(next string, names ...string) Answer {
	var entries strings.Builder
	for _, name := range names {
		fmt.Fprintf(&entries, "<member><DashboardName>%s</DashboardName><LastModified>%s</LastModified></member>",
			escapeXML(name), formatTime(Created))
	}
	return XML("<DashboardEntries>", entries.String(), "</DashboardEntries>", nextTokenElement(next))
}

// Attributes answers SNS.GetTopicAttributes and SNS.GetSubscriptionAttributes. pairs alternates
// between name and value.
func Attributes(pairs ...string) Answer {
	var entries strings.Builder
	for i := 0; i+1 < len(pairs); i += 2 {
		fmt.Fprintf(&entries, "<entry><key>%s</key><value>%s</value></entry>", pairs[i], escapeXML(pairs[i+1]))
	}
	return XML("<Attributes>", entries.String(), "</Attributes>")
}

// Drift answers CloudFormation.DetectStackResourceDrift. Each difference holds a property's path,
// its value in the template, and its actual value.
func Drift(status string, differences ...[3]string) Answer {
	var members strings.Builder
	for _, difference := range differences {
		fmt.Fprintf(
			&members,
			"<member><PropertyPath>%s</PropertyPath><ExpectedValue>%s</ExpectedValue><ActualValue>%s</ActualValue>"+
				"<DifferenceType>NOT_EQUAL</DifferenceType></member>",
			escapeXML(difference[0]),
			escapeXML(difference[1]),
			escapeXML(difference[2]),
		)
	}
	return XML("<StackResourceDrift><StackId>", StackARN, "</StackId><StackResourceDriftStatus>", status,
		"</StackResourceDriftStatus>",
		"<PropertyDifferences>", members.String(),
		"</PropertyDifferences><Timestamp>2026-01-02T03:04:05Z</Timestamp></StackResourceDrift>")
}

// Executions answers SFN.ListExecutions with successful executions.
func Executions(arns ...string) Answer {
	items := []string{}
	for _, arn := range arns {
		items = append(
			items,
			fmt.Sprintf(
				`{"executionArn": %q, "stateMachineArn": %q, "name": "n", "status": "SUCCEEDED", "startDate": 1}`,
				arn,
				StateMachineARN,
			),
		)
	}
	return JSON(jsonPage("executions", "", items))
}

// ExecutionDefinition answers SFN.DescribeStateMachineForExecution with a definition that was
// updated at Created.
func ExecutionDefinition(definition string) Answer {
	return JSON(
		fmt.Sprintf(
			`{"name": "MyAPIStateMachine", "definition": %q, "stateMachineArn": %q, "roleArn": "r", "updateDate": 1767323045}`,
			definition,
			StateMachineARN,
		),
	)
}
