package faults

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"

	"retrycatch/internal/iampolicy"
)

// OnlyPolicies allows only the actions that the policies allow. It ignores the policies' resources,
// except for sts:AssumeRole.
func OnlyPolicies(policies ...iampolicy.Policy) Behavior {
	return Behavior{Name: "only policies", layer: refusalLayer, Source: denialSource,
		newMiddleware: func(context.Context, *Proxy) middleware {
			return func(c *call, next handler) (*response, error) {
				if !allowed(c, policies) {
					return denial(c), nil
				}
				return next(c)
			}
		}}
}

// denialSource documents the wording of denials.
const denialSource = "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"

// allowed reports whether policies allow a call. GetCallerIdentity needs no permission:
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
func allowed(c *call, policies []iampolicy.Policy) bool {
	action := policyAction(c)
	return action == "sts:GetCallerIdentity" || slices.ContainsFunc(policies, func(p iampolicy.Policy) bool {
		if action == "sts:AssumeRole" {
			return p.Allows(action, c.parameter("RoleArn"))
		}
		return slices.Contains(p.Actions(), action)
	})
}

// OnlyBootstrapRoles denies the caller every action that the policy does not allow. The policy lets
// the caller assume the roles of the CDK bootstrap. Calls with a role's credentials get the role's
// permissions.
func OnlyBootstrapRoles(policy iampolicy.Policy) Behavior {
	return Behavior{Name: "only bootstrap roles", layer: refusalLayer,
		Source: "https://github.com/aws/aws-cdk-cli/blob/main/packages/aws-cdk/lib/api/bootstrap/" +
			"bootstrap-template.yaml and " +
			"https://docs.aws.amazon.com/aws-managed-policy/latest/reference/ReadOnlyAccess.html and " +
			"https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSCloudFormationReadOnlyAccess.html",
		newMiddleware: func(context.Context, *Proxy) middleware {
			b := &bootstrapRoles{policy: policy, kinds: map[string]string{}}
			return b.handle
		}}
}

type bootstrapRoles struct {
	policy iampolicy.Policy
	mu     sync.Mutex
	kinds  map[string]string // kinds of assumed roles, by access key
}

func (b *bootstrapRoles) handle(c *call, next handler) (*response, error) {
	b.mu.Lock()
	kind, isRole := b.kinds[credentialScope(c.request)[0]]
	b.mu.Unlock()
	if isRole {
		action := policyAction(c)
		if action != "sts:GetCallerIdentity" && !slices.ContainsFunc(roleActions[kind],
			func(pattern string) bool { return matchesPattern(pattern, action) }) {
			return denial(c), nil
		}
		return next(c)
	}
	if !allowed(c, []iampolicy.Policy{b.policy}) {
		return denial(c), nil
	}
	resp, err := next(c)
	if err == nil && resp.status == http.StatusOK && c.operation == "sts:AssumeRole" {
		b.remember(c.parameter("RoleArn"), resp)
	}
	return resp, err
}

// remember records the access key of an assumed role.
func (b *bootstrapRoles) remember(role string, resp *response) {
	for kind := range roleActions {
		document := resp.document()
		if !strings.Contains(role, "-"+kind+"-role-") || document == nil {
			continue
		}
		if key := document.FindElement("//AccessKeyId"); key != nil {
			b.mu.Lock()
			b.kinds[key.Text()] = kind
			b.mu.Unlock()
		}
	}
}

// roleActions holds the actions that the bootstrap roles allow, by kind of role. The list contains
// all actions in the bootstrap template, but only those actions in AWS managed policies that tests
// need.
var roleActions = map[string][]string{
	"lookup": {
		"cloudformation:Describe*", "cloudformation:Detect*", "cloudformation:Get*", "cloudformation:List*",
		"cloudwatch:Describe*", "cloudwatch:Get*", "cloudwatch:List*", "events:Describe*", "events:List*",
		"iam:Get*", "iam:List*", "iam:Simulate*", "lambda:Get*", "lambda:List*", "logs:Describe*", "logs:Get*",
		"s3:Get*", "s3:List*", "sns:Get*", "sns:List*", "ssm:Describe*", "ssm:Get*", "ssm:List*",
		"states:Describe*", "states:GetExecutionHistory", "states:List*",
	},
	"deploy": {
		"cloudformation:CreateChangeSet", "cloudformation:DeleteChangeSet", "cloudformation:ExecuteChangeSet",
		"cloudformation:CreateStack", "cloudformation:UpdateStack", "cloudformation:RollbackStack",
		"cloudformation:ContinueUpdateRollback", "cloudformation:DeleteStack",
		"cloudformation:UpdateTerminationProtection", "iam:PassRole", "s3:GetObject*", "s3:GetBucket*", "s3:List*",
		"ssm:GetParameter", "ssm:GetParameters",
		"cloudformation:Describe*", "cloudformation:Detect*", "cloudformation:Get*", "cloudformation:List*",
	},
	"file-publishing": {
		"s3:GetObject*", "s3:GetBucket*", "s3:GetEncryptionConfiguration", "s3:List*", "s3:DeleteObject*",
		"s3:PutObject*", "s3:Abort*",
	},
}
