package accountstub

import (
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"retrycatch/internal/awsstub"
)

// checkHandlers returns the handlers of the operations that the checks of settings, permissions and
// resources call.
func (a *Account) checkHandlers() map[string]handler {
	return map[string]handler{
		"STS.AssumeRole": func(in any) awsstub.Answer {
			parts := strings.Split(*in.(*sts.AssumeRoleInput).RoleArn, "-") // cdk-QUALIFIER-KIND-role-ACCOUNT-REGION
			if !a.OnlyCDKRoles || len(parts) < 3 {
				return awsstub.Error(http.StatusForbidden, "AccessDenied", "not authorized to perform: sts:AssumeRole")
			}
			return awsstub.XML(element("Credentials", element("AccessKeyId", parts[2]), element("SecretAccessKey", "s"),
				element("SessionToken", "t"), element("Expiration", formatTime(time.Now().Add(time.Hour)))))
		},
		"SSM.GetParametersByPath": func(any) awsstub.Answer { return awsstub.JSON(`{"Parameters": []}`) },
		"IAM.GetPolicy":           func(any) awsstub.Answer { return awsstub.XML("<Policy/>") },
		"SSM.GetParameter":        func(any) awsstub.Answer { return awsstub.JSON(`{"Parameter": {"Value": "30"}}`) },
		"CloudFormation.DetectStackResourceDrift": a.withStack(
			func(in any) *string { return in.(*cloudformation.DetectStackResourceDriftInput).StackName },
			func(s *Stack, in any) awsstub.Answer {
				for _, event := range s.events {
					r := event.Resource
					logicalID := aws.ToString(in.(*cloudformation.DetectStackResourceDriftInput).LogicalResourceId)
					if LogicalID(r) == logicalID && a.visible(r.Kind, r.ID) != nil {
						return awsstub.Drift("IN_SYNC")
					}
				}
				return awsstub.Drift("DELETED")
			}),
		"IAM.SimulatePrincipalPolicy": func(in any) awsstub.Answer {
			action := in.(*iam.SimulatePrincipalPolicyInput).ActionNames[0]
			return awsstub.XML(element("EvaluationResults", element("member", element("EvalActionName", action),
				element("EvalDecision", a.simulatedDecision(action)))))
		},
	}
}

// simulatedDecision returns IAM's decision on whether the caller is allowed to perform an action.
// It assumes that an operation and the IAM action that it needs have the same name.
func (a *Account) simulatedDecision(action string) string {
	if a.OnlyCDKRoles && action != "sts:AssumeRole" {
		return "implicitDeny"
	}
	_, name, _ := strings.Cut(action, ":")
	for operation := range a.denied {
		if strings.HasSuffix(operation, "."+name) {
			return "implicitDeny"
		}
	}
	return "allowed"
}
