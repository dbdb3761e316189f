package accountstub

import (
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/resource"
)

func removeValue(values []string, value *string) []string {
	return slices.DeleteFunc(values, func(other string) bool { return other == aws.ToString(value) })
}

// removeFromRole answers an operation that removes a value from one of a role's lists.
func (a *Account) removeFromRole(role *string, operation string, list func(*Instance) *[]string,
	value *string) awsstub.Answer {
	return a.withRole(role, func(instance *Instance) awsstub.Answer {
		a.recordChange("%s %s", operation, *value)
		values := list(instance)
		*values = removeValue(*values, value)
		return awsstub.XML()
	})
}

// detachHandlers handles the operations that detach a policy or an instance profile from a role.
func (a *Account) detachHandlers() map[string]handler {
	return map[string]handler{
		"IAM.DetachRolePolicy": func(in any) awsstub.Answer {
			input := in.(*iam.DetachRolePolicyInput)
			return a.removeFromRole(
				input.RoleName,
				"DetachRolePolicy",
				func(instance *Instance) *[]string { return &instance.ManagedPolicies },
				input.PolicyArn,
			)
		},
		"IAM.DeleteRolePolicy": func(in any) awsstub.Answer {
			input := in.(*iam.DeleteRolePolicyInput)
			return a.removeFromRole(
				input.RoleName,
				"DeleteRolePolicy",
				func(instance *Instance) *[]string { return &instance.InlinePolicies },
				input.PolicyName,
			)
		},
		"IAM.RemoveRoleFromInstanceProfile": func(in any) awsstub.Answer {
			input := in.(*iam.RemoveRoleFromInstanceProfileInput)
			return a.removeFromRole(
				input.RoleName,
				"RemoveRoleFromInstanceProfile",
				func(instance *Instance) *[]string { return &instance.InstanceProfiles },
				input.InstanceProfileName,
			)
		},
	}
}

// deletionHandlers handles the operations that delete a resource, remove its protection or stop an
// execution.
func (a *Account) deletionHandlers() map[string]handler {
	return map[string]handler{
		"IAM.DeleteRole": func(in any) awsstub.Answer {
			id := in.(*iam.DeleteRoleInput).RoleName
			return a.withRole(id, func(instance *Instance) awsstub.Answer {
				if len(instance.ManagedPolicies)+len(instance.InlinePolicies)+len(instance.InstanceProfiles) > 0 {
					return awsstub.Error(http.StatusConflict, "DeleteConflict", mustDetachMessage)
				}
				return a.deleteResource(resource.Role, id, awsstub.XML())
			})
		},
		"Lambda.DeleteFunction": func(in any) awsstub.Answer {
			return a.deleteResource(resource.Function, in.(*lambda.DeleteFunctionInput).FunctionName, awsstub.JSON("{}"))
		},
		"SFN.DeleteStateMachine": func(in any) awsstub.Answer {
			return a.deleteResource(resource.StateMachine, in.(*sfn.DeleteStateMachineInput).StateMachineArn,
				awsstub.JSON("{}"))
		},
		"SFN.StopExecution": func(in any) awsstub.Answer {
			return a.stopExecution(in.(*sfn.StopExecutionInput).ExecutionArn)
		},
		"CloudWatch Logs.PutLogGroupDeletionProtection": func(in any) awsstub.Answer {
			input := in.(*cloudwatchlogs.PutLogGroupDeletionProtectionInput)
			a.recordChange("PutLogGroupDeletionProtection %s", *input.LogGroupIdentifier)
			a.visible(resource.LogGroup, *input.LogGroupIdentifier).Protected = aws.ToBool(input.DeletionProtectionEnabled)
			return awsstub.JSON("{}")
		},
		"CloudWatch Logs.DeleteLogGroup": func(in any) awsstub.Answer {
			return a.deleteResource(resource.LogGroup, in.(*cloudwatchlogs.DeleteLogGroupInput).LogGroupName,
				awsstub.JSON("{}"))
		},
		"CloudWatch.DeleteAlarms": func(in any) awsstub.Answer {
			return a.deleteResource(resource.Alarm, &in.(*cloudwatch.DeleteAlarmsInput).AlarmNames[0], awsstub.XML())
		},
		"CloudWatch.DeleteDashboards": func(in any) awsstub.Answer {
			return a.deleteResource(resource.Dashboard, &in.(*cloudwatch.DeleteDashboardsInput).DashboardNames[0],
				awsstub.XML())
		},
		"SNS.Unsubscribe": func(in any) awsstub.Answer {
			return a.deleteResource(resource.Subscription, in.(*sns.UnsubscribeInput).SubscriptionArn, awsstub.XML())
		},
		"SNS.DeleteTopic": func(in any) awsstub.Answer {
			return a.deleteResource(resource.Topic, in.(*sns.DeleteTopicInput).TopicArn, awsstub.XML())
		},
	}
}

func (a *Account) deleteResource(kind resource.Kind, id *string, answer awsstub.Answer) awsstub.Answer {
	a.recordChange("remove %s", resource.Resource{Kind: kind, ID: *id})
	a.deleteNow(kind, *id)
	return answer
}

func (a *Account) stopExecution(arn *string) awsstub.Answer {
	a.recordChange("StopExecution %s", *arn)
	if e := a.findExecution(*arn); e != nil {
		e.stopped = true
	}
	for _, instances := range a.instances {
		for _, instance := range instances {
			instance.RunningExecutions = removeValue(instance.RunningExecutions, arn)
		}
	}
	return awsstub.JSON(`{"stopDate": 1}`)
}

// s3Handlers handles the operations on staged files, which the CDK uploads to its bucket. Each file
// has one version.
func (a *Account) s3Handlers() map[string]handler {
	xmlResponse := func(status int, body string) awsstub.Answer {
		return awsstub.Response(status, "application/xml", body)
	}
	return map[string]handler{
		"S3.ListObjectVersions": func(in any) awsstub.Answer {
			input := in.(*s3.ListObjectVersionsInput)
			list := element("Name", *input.Bucket)
			for id := range a.visibleByPrefix(resource.Asset, *input.Bucket+"/"+aws.ToString(input.Prefix)) {
				list += element("Version", element("Key", strings.TrimPrefix(id, *input.Bucket+"/")),
					element("VersionId", "1"), element("Size", "10"))
			}
			return xmlResponse(http.StatusOK, element("ListVersionsResult", list))
		},
		"S3.GetObject": func(in any) awsstub.Answer {
			input := in.(*s3.GetObjectInput)
			return awsstub.Response(http.StatusOK, "application/json",
				a.visible(resource.Asset, *input.Bucket+"/"+*input.Key).Body)
		},
		"S3.DeleteObject": func(in any) awsstub.Answer {
			input := in.(*s3.DeleteObjectInput)
			id := *input.Bucket + "/" + *input.Key
			return a.deleteResource(resource.Asset, &id, xmlResponse(http.StatusNoContent, ""))
		},
	}
}
