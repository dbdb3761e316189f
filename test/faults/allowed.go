package faults

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"

	"retrycatch/internal/iampolicy"
)

// Only denies every action that no policy allows. It ignores resources, except for roles to
// assume.
func Only(policies ...iampolicy.Policy) Manner {
	return Manner{Name: "only what policies allow", layer: refusals, Source: denialSource,
		start: func(context.Context, *Proxy) middleware {
			return func(c *call, next handler) (*answer, error) {
				if !allowed(c, policies) {
					return deny(c), nil
				}
				return next(c)
			}
		}}
}

// denialSource documents the message of a denial.
const denialSource = "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"

// allowed reports whether policies allow a call. GetCallerIdentity needs no permission:
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
func allowed(c *call, policies []iampolicy.Policy) bool {
	action := actionOf(c)
	return action == "sts:GetCallerIdentity" || slices.ContainsFunc(policies, func(p iampolicy.Policy) bool {
		if action == "sts:AssumeRole" {
			return p.Allows(action, c.parameter("RoleArn"))
		}
		return slices.Contains(p.Actions(), action)
	})
}

// OnlyBootstrapRoles denies the caller every action that a policy does not allow. The policy lets
// the caller assume the CDK's roles. Their keys have the permissions of the bootstrap.
func OnlyBootstrapRoles(own iampolicy.Policy) Manner {
	return Manner{Name: "only the CDK's roles", layer: refusals,
		Source: "https://github.com/aws/aws-cdk-cli/blob/main/packages/aws-cdk/lib/api/bootstrap/" +
			"bootstrap-template.yaml and " +
			"https://docs.aws.amazon.com/aws-managed-policy/latest/reference/ReadOnlyAccess.html and " +
			"https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSCloudFormationReadOnlyAccess.html",
		start: func(context.Context, *Proxy) middleware {
			b := &bootstrapRoles{own: own, kinds: map[string]string{}}
			return b.answer
		}}
}

type bootstrapRoles struct {
	own   iampolicy.Policy
	mu    sync.Mutex
	kinds map[string]string // kinds of roles, by access key
}

func (b *bootstrapRoles) answer(c *call, next handler) (*answer, error) {
	b.mu.Lock()
	kind, ofRole := b.kinds[scopeOf(c.request)[0]]
	b.mu.Unlock()
	if ofRole {
		action := actionOf(c)
		if action != "sts:GetCallerIdentity" && !slices.ContainsFunc(roleActions[kind],
			func(pattern string) bool { return covers(pattern, action) }) {
			return deny(c), nil
		}
		return next(c)
	}
	if !allowed(c, []iampolicy.Policy{b.own}) {
		return deny(c), nil
	}
	a, err := next(c)
	if err == nil && a.status == http.StatusOK && c.operation == "sts:AssumeRole" {
		b.remember(c.parameter("RoleArn"), a)
	}
	return a, err
}

// remember stores the key of an assumed role.
func (b *bootstrapRoles) remember(role string, a *answer) {
	for kind := range roleActions {
		document := a.document()
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

// roleActions holds the actions of the bootstrap's roles by kind. They come from the bootstrap's
// template and, as far as tests need them, from AWS's managed policies.
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
