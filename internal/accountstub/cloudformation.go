package accountstub

import (
	"cmp"
	"fmt"
	"html"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"retrycatch/internal/awsstub"
)

func (a *Account) cloudFormationHandlers() map[string]handler {
	return map[string]handler{
		"CloudFormation.DescribeStacks": func(in any) awsstub.Answer {
			return a.describeStack(aws.ToString(in.(*cloudformation.DescribeStacksInput).StackName))
		},
		"CloudFormation.ListStacks": func(in any) awsstub.Answer {
			return a.listStacks(in.(*cloudformation.ListStacksInput).StackStatusFilter)
		},
		"CloudFormation.ListStackResources": a.withStack(
			func(in any) *string { return in.(*cloudformation.ListStackResourcesInput).StackName }, a.listResources),
		"CloudFormation.DescribeStackEvents": a.withStack(
			func(in any) *string { return in.(*cloudformation.DescribeStackEventsInput).StackName },
			func(s *Stack, _ any) awsstub.Answer { return a.listEvents(s) }),
		"CloudFormation.GetTemplate": a.withStack(
			func(in any) *string { return in.(*cloudformation.GetTemplateInput).StackName },
			func(s *Stack, in any) awsstub.Answer {
				if set := in.(*cloudformation.GetTemplateInput).ChangeSetName; set != nil {
					return awsstub.Template(s.ChangeSets[*set])
				}
				return awsstub.Template(s.templateWithResources())
			}),
		"CloudFormation.ListChangeSets": a.withStack(
			func(in any) *string { return in.(*cloudformation.ListChangeSetsInput).StackName },
			func(s *Stack, _ any) awsstub.Answer {
				sets := ""
				for arn := range s.ChangeSets {
					sets += "<member><ChangeSetId>" + arn + "</ChangeSetId></member>"
				}
				return awsstub.XML("<Summaries>", sets, "</Summaries>")
			}),
		"CloudFormation.DescribeChangeSet": func(any) awsstub.Answer {
			return awsstub.XML("<Tags><member><Key>Project</Key><Value>retrycatch</Value></member></Tags>")
		},
		"CloudFormation.DeleteStack": a.withStack(
			func(in any) *string { return in.(*cloudformation.DeleteStackInput).StackName },
			func(s *Stack, in any) awsstub.Answer { return a.deleteStack(s, in.(*cloudformation.DeleteStackInput)) }),
		"CloudFormation.UpdateTerminationProtection": a.withStack(
			func(in any) *string { return in.(*cloudformation.UpdateTerminationProtectionInput).StackName },
			func(s *Stack, _ any) awsstub.Answer {
				a.recordChange("UpdateTerminationProtection %s", s.Name)
				s.Protected = false
				return awsstub.XML("<StackId>", s.ARN, "</StackId>")
			}),
	}
}

func (a *Account) deleteStack(s *Stack, input *cloudformation.DeleteStackInput) awsstub.Answer {
	if s.DeleteStackError != "" {
		return awsstub.Error(http.StatusBadRequest, "ValidationError", s.DeleteStackError)
	}
	a.recordChange("DeleteStack %s", s.Name)
	s.Roles = append(s.Roles, aws.ToString(input.RoleARN))
	a.simulateDeletion(s, aws.ToString(input.ClientRequestToken), input.DeletionMode)
	return awsstub.XML()
}

// findStack returns the stack with this ARN, or the stack that has this name at the given time.
func (a *Account) findStack(nameOrARN string, at time.Time) *Stack {
	for _, stack := range slices.Backward(a.stacks) {
		if at.Before(stack.Created) || a.HidesDeletedStacks && stack.isDeleted(at) {
			continue
		}
		if stack.ARN == nameOrARN || stack.Name == nameOrARN && !stack.isDeleted(at) {
			return stack
		}
	}
	return nil
}

func (a *Account) withStack(name func(in any) *string, handle func(*Stack, any) awsstub.Answer) handler {
	return func(in any) awsstub.Answer {
		stack := a.findStack(aws.ToString(name(in)), time.Now())
		if stack == nil {
			return noStackError(aws.ToString(name(in)))
		}
		return handle(stack, in)
	}
}

func noStackError(name string) awsstub.Answer {
	return awsstub.Error(http.StatusBadRequest, "ValidationError", "Stack with id "+name+" does not exist")
}

func formatTime(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }

func element(name string, values ...string) string {
	return "<" + name + ">" + strings.Join(values, "") + "</" + name + ">"
}

func (a *Account) describeStack(name string) awsstub.Answer {
	at := time.Now().Add(-a.StaleDuration)
	stack := a.findStack(name, at)
	if stack == nil {
		return noStackError(name)
	}
	tags := ""
	for key, value := range stack.Tags {
		tags += element("member", element("Key", key), element("Value", value))
	}
	latest := stack.lastStackEvent(at)
	if latest == nil {
		latest = &Event{Status: "REVIEW_IN_PROGRESS"}
	}
	more := ""
	if stack.isDeleted(at) {
		more += element("DeletionTime", formatTime(latest.At))
	}
	if stack.RoleARN != "" {
		more += element("RoleARN", stack.RoleARN)
	}
	if !stack.Updated.IsZero() {
		more += element("LastUpdatedTime", formatTime(stack.Updated))
	}
	outputs := ""
	for key, value := range stack.Outputs {
		outputs += element("member", element("OutputKey", key), element("OutputValue", value))
	}
	return awsstub.XML(element("Stacks", element("member", element("StackName", stack.Name),
		element("StackId", stack.ARN),
		element("CreationTime", formatTime(stack.Created)), element("StackStatus", latest.Status),
		element("StackStatusReason", html.EscapeString(latest.Reason)),
		element("EnableTerminationProtection", fmt.Sprint(stack.Protected)), element("Tags", tags),
		element("Outputs", outputs), more)))
}

func (a *Account) listStacks(filter []types.StackStatus) awsstub.Answer {
	at := time.Now().Add(-a.StaleDuration)
	list := ""
	for _, stack := range a.stacks {
		latest := stack.lastStackEvent(at)
		if latest == nil {
			latest = &Event{Status: "REVIEW_IN_PROGRESS", At: stack.Created}
		}
		if at.Before(stack.Created) || a.HidesDeletedStacks && stack.isDeleted(at) ||
			len(filter) > 0 && !slices.Contains(filter, types.StackStatus(latest.Status)) {
			continue
		}
		deleted := ""
		if stack.isDeleted(at) {
			deleted = element("DeletionTime", formatTime(latest.At))
		}
		list += element("member", element("StackName", stack.Name), element("StackId", stack.ARN),
			element("CreationTime", formatTime(stack.Created)), element("StackStatus", latest.Status), deleted)
	}
	return awsstub.XML(element("StackSummaries", list))
}

func (a *Account) listResources(s *Stack, _ any) awsstub.Answer {
	list := ""
	for _, event := range s.lastResourceEvents(time.Now().Add(-a.StaleDuration)) {
		list += element("member", element("LogicalResourceId", LogicalID(event.Resource)),
			element("ResourceType", string(event.Resource.Kind)), element("PhysicalResourceId", event.Resource.ID),
			element("ResourceStatus", event.Status),
			element("LastUpdatedTimestamp", formatTime(event.At)))
	}
	return awsstub.XML(element("StackResourceSummaries", list))
}

// listEvents lists the events so far, newest first.
func (a *Account) listEvents(s *Stack) awsstub.Answer {
	list := ""
	for i, event := range slices.Backward(s.events) {
		if event.At.After(time.Now()) || a.OmitsEvents {
			continue
		}
		logical := cmp.Or(event.LogicalID, LogicalID(event.Resource))
		physical, kind := event.Resource.ID, string(event.Resource.Kind)
		if kind == "" {
			logical, physical, kind = s.Name, s.ARN, "AWS::CloudFormation::Stack"
		}
		token := ""
		if event.Token != "" && !a.OmitsTokens {
			token = element("ClientRequestToken", event.Token)
		}
		list += element("member", element("StackId", s.ARN), element("StackName", s.Name),
			element("EventId", fmt.Sprint(i)),
			element("Timestamp", formatTime(event.At)), element("LogicalResourceId", logical),
			element("PhysicalResourceId", physical), element("ResourceType", kind),
			element("ResourceStatus", event.Status),
			element("ResourceStatusReason", html.EscapeString(event.Reason)), token)
	}
	return awsstub.XML(element("StackEvents", list))
}
