package accountstub

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/resource"
	"retrycatch/statemachine"
)

// withResource returns the answer for a visible resource, or an error.
func (a *Account) withResource(kind resource.Kind, id *string, code string,
	answer func(id string, instance *Instance) awsstub.Answer) awsstub.Answer {
	if instance := a.visible(kind, aws.ToString(id)); instance != nil {
		return answer(*id, instance)
	}
	return awsstub.Error(http.StatusNotFound, code, "not found: "+aws.ToString(id))
}

func memberElements(values []string, name string) string {
	list := ""
	for _, value := range values {
		list += element("member", element(name, value))
	}
	return list
}

func tagElements(tags map[string]string) string {
	list := ""
	for key, value := range tags {
		list += element("member", element("Key", key), element("Value", value))
	}
	return element("Tags", list)
}

func (a *Account) withRole(id *string, answer func(*Instance) awsstub.Answer) awsstub.Answer {
	return a.withResource(resource.Role, id, "NoSuchEntity",
		func(_ string, instance *Instance) awsstub.Answer { return answer(instance) })
}

func (a *Account) iamHandlers() map[string]handler {
	return map[string]handler{
		"IAM.GetRole": func(in any) awsstub.Answer {
			id := in.(*iam.GetRoleInput).RoleName
			return a.withRole(id, func(instance *Instance) awsstub.Answer {
				return awsstub.XML(element("Role", element("RoleName", *id), element("Path", "/"),
					element("RoleId", "AROAEXAMPLE"),
					element("Arn", "arn:aws:iam::"+awsstub.Account+":role/"+*id),
					element("CreateDate", formatTime(instance.Created)), tagElements(instance.Tags)))
			})
		},
		"IAM.ListAttachedRolePolicies": func(in any) awsstub.Answer {
			return a.withRole(in.(*iam.ListAttachedRolePoliciesInput).RoleName, func(instance *Instance) awsstub.Answer {
				return awsstub.XML(element("AttachedPolicies", memberElements(instance.ManagedPolicies, "PolicyArn")))
			})
		},
		"IAM.ListRolePolicies": func(in any) awsstub.Answer {
			return a.withRole(in.(*iam.ListRolePoliciesInput).RoleName, func(instance *Instance) awsstub.Answer {
				list := ""
				for _, name := range instance.InlinePolicies {
					list += element("member", name)
				}
				return awsstub.XML(element("PolicyNames", list))
			})
		},
		"IAM.ListInstanceProfilesForRole": func(in any) awsstub.Answer {
			return a.withRole(in.(*iam.ListInstanceProfilesForRoleInput).RoleName, func(instance *Instance) awsstub.Answer {
				list := ""
				for _, name := range instance.InstanceProfiles {
					list += element("member", element("InstanceProfileName", name), element("Path", "/"),
						element("InstanceProfileId", "AIPA"), element("CreateDate", formatTime(instance.Created)),
						element("Roles"),
						element("Arn", "arn:aws:iam::"+awsstub.Account+":instance-profile/"+name))
				}
				return awsstub.XML(element("InstanceProfiles", list))
			})
		},
	}
}

func epochSeconds(at time.Time) string { return fmt.Sprintf("%.3f", float64(at.UnixMilli())/1000) }

func toJSON(value any) awsstub.Answer {
	body, err := json.Marshal(value)
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	return awsstub.JSON(string(body))
}

func (a *Account) computeHandlers() map[string]handler {
	return map[string]handler{
		"Lambda.GetFunctionConfiguration": func(in any) awsstub.Answer {
			name := in.(*lambda.GetFunctionConfigurationInput).FunctionName
			return a.withResource(resource.Function, name, "ResourceNotFoundException",
				func(id string, instance *Instance) awsstub.Answer {
					return awsstub.JSON(fmt.Sprintf(`{"FunctionName": %q, "State": "Active", "LastModified": %q}`,
						id, instance.Created.UTC().Format("2006-01-02T15:04:05.000-0700")))
				})
		},
		"Lambda.ListEventSourceMappings": func(any) awsstub.Answer {
			list := []map[string]string{}
			for uuid, function := range a.EventSourceMappings {
				list = append(list, map[string]string{"UUID": uuid, "FunctionArn": function})
			}
			return toJSON(map[string]any{"EventSourceMappings": list})
		},
		"SFN.DescribeStateMachine": func(in any) awsstub.Answer {
			arn := in.(*sfn.DescribeStateMachineInput).StateMachineArn
			return a.withResource(resource.StateMachine, arn, "StateMachineDoesNotExist",
				func(id string, instance *Instance) awsstub.Answer {
					status := "ACTIVE"
					if !instance.Deleted.IsZero() && !time.Now().Before(instance.Deleted) && instance.DeletionDuration > 0 {
						status = "DELETING"
					}
					return awsstub.JSON(fmt.Sprintf(`{"stateMachineArn": %q, "name": "MyAPIStateMachine", `+
						`"status": %q, "creationDate": %s, "definition": %q}`,
						id, status, epochSeconds(instance.Created), statemachine.Definition))
				})
		},
	}
}

func (a *Account) monitoringHandlers() map[string]handler {
	return map[string]handler{
		"CloudWatch Logs.DescribeLogGroups": func(in any) awsstub.Answer {
			return a.logGroups(aws.ToString(in.(*cloudwatchlogs.DescribeLogGroupsInput).LogGroupNamePrefix))
		},
		"CloudWatch Logs.FilterLogEvents": func(in any) awsstub.Answer {
			group := in.(*cloudwatchlogs.FilterLogEventsInput).LogGroupName
			return a.withResource(resource.LogGroup, group, "ResourceNotFoundException",
				func(string, *Instance) awsstub.Answer { return a.filterLog() })
		},
		"CloudWatch Logs.DescribeResourcePolicies": func(any) awsstub.Answer {
			list := []map[string]string{}
			for _, name := range a.ResourcePolicies {
				list = append(list, map[string]string{"policyName": name})
			}
			return toJSON(map[string]any{"resourcePolicies": list})
		},
		"CloudWatch.DescribeAlarms": func(in any) awsstub.Answer {
			list := ""
			for _, name := range in.(*cloudwatch.DescribeAlarmsInput).AlarmNames {
				if instance := a.visible(resource.Alarm, name); instance != nil {
					list += element("member", element("AlarmName", name), element("StateValue", "OK"),
						element("AlarmConfigurationUpdatedTimestamp", formatTime(instance.Created)))
				}
			}
			return awsstub.XML(element("MetricAlarms", list))
		},
		"CloudWatch.ListDashboards": func(in any) awsstub.Answer {
			list := ""
			prefix := aws.ToString(in.(*cloudwatch.ListDashboardsInput).DashboardNamePrefix)
			for id, instance := range a.visibleByPrefix(resource.Dashboard, prefix) {
				list += element("member", element("DashboardName", id), element("LastModified", formatTime(instance.Created)))
			}
			return awsstub.XML(element("DashboardEntries", list))
		},
	}
}

func (a *Account) otherServiceHandlers() map[string]handler {
	return map[string]handler{
		"SNS.GetTopicAttributes": func(in any) awsstub.Answer {
			arn := in.(*sns.GetTopicAttributesInput).TopicArn
			return a.withResource(resource.Topic, arn, "NotFound", func(id string, _ *Instance) awsstub.Answer {
				return awsstub.XML(element("Attributes",
					element("entry", element("key", "TopicArn"), element("value", id))))
			})
		},
		"SNS.GetSubscriptionAttributes": func(in any) awsstub.Answer {
			arn := in.(*sns.GetSubscriptionAttributesInput).SubscriptionArn
			return a.withResource(resource.Subscription, arn, "NotFound", func(id string, _ *Instance) awsstub.Answer {
				return awsstub.Attributes("SubscriptionArn", id)
			})
		},
		"SNS.ListTagsForResource": func(in any) awsstub.Answer {
			return a.withResource(resource.Topic, in.(*sns.ListTagsForResourceInput).ResourceArn, "ResourceNotFound",
				func(_ string, instance *Instance) awsstub.Answer { return awsstub.XML(tagElements(instance.Tags)) })
		},
		"CloudControl.GetResource": func(in any) awsstub.Answer {
			input := in.(*cloudcontrol.GetResourceInput)
			return a.withResource(resource.Kind(aws.ToString(input.TypeName)), input.Identifier, "ResourceNotFoundException",
				func(id string, _ *Instance) awsstub.Answer {
					return toJSON(map[string]any{"TypeName": *input.TypeName,
						"ResourceDescription": map[string]string{"Identifier": id}})
				})
		},
		"EventBridge.ListRuleNamesByTarget": func(any) awsstub.Answer {
			return toJSON(map[string]any{"RuleNames": append([]string{}, a.EventRules...)})
		},
	}
}

func (a *Account) logGroups(prefix string) awsstub.Answer {
	list := []map[string]any{}
	groups := a.visibleByPrefix(resource.LogGroup, prefix)
	for id, instance := range groups {
		group := map[string]any{"logGroupName": id, "creationTime": instance.Created.UnixMilli()}
		if instance.RetentionDays > 0 {
			group["retentionInDays"] = instance.RetentionDays
		}
		if instance.Protected {
			group["deletionProtectionEnabled"] = true
		}
		list = append(list, group)
	}
	slices.SortFunc(list, func(x, y map[string]any) int {
		return len(x["logGroupName"].(string)) - len(y["logGroupName"].(string))
	})
	return toJSON(map[string]any{"logGroups": list})
}
