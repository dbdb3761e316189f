package faults

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// DeniedActions denies calls that need the given IAM actions, in AWS's wording. Actions are
// patterns such as "lambda:InvokeFunction" or "logs:*".
func DeniedActions(actions ...string) Behavior {
	return Behavior{Name: "denied " + strings.Join(actions, ", "), layer: refusalLayer,
		Source: denialSource,
		newMiddleware: func(context.Context, *Proxy) middleware {
			return func(c *call, next handler) (*response, error) {
				if !slices.ContainsFunc(actions, func(pattern string) bool { return matchesPattern(pattern, policyAction(c)) }) {
					return next(c)
				}
				return denial(c), nil
			}
		}}
}

// actionNames holds the IAM actions whose names differ from their operations:
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html,
// list_awslambda.html and list_awscloudcontrolapi.html
var actionNames = map[string]string{
	"cloudcontrolapi:GetResource": "cloudformation:GetResource",
	"lambda:Invoke":               "lambda:InvokeFunction",
	"s3:HeadObject":               "s3:GetObject",
	"s3:HeadBucket":               "s3:ListBucket",
	"s3:ListObjectsV2":            "s3:ListBucket",
	"s3:ListObjectVersions":       "s3:ListBucketVersions",
	"s3:ListBuckets":              "s3:ListAllMyBuckets",
	"s3:DeleteObjects":            "s3:DeleteObject",
	"s3:GetBucketEncryption":      "s3:GetEncryptionConfiguration",
}

func policyAction(c *call) string {
	hasVersion := c.request.URL.Query().Get("versionId") != ""
	if hasVersion && (c.operation == "s3:DeleteObject" || c.operation == "s3:GetObject") {
		return c.operation + "Version"
	}
	return cmp.Or(actionNames[c.operation], c.operation)
}

// denial builds the service's error for a caller without permission.
func denial(c *call) *response {
	action := policyAction(c)
	message := fmt.Sprintf("User: arn:aws:sts::%s:assumed-role/dev/me is not authorized to perform: %s "+
		"on resource: %s because no identity-based policy allows the %s action",
		c.account, action, deniedResource(c), action)
	switch c.protocol {
	case jsonRPC:
		return errorResponse(c, http.StatusBadRequest, "AccessDeniedException", message)
	case restJSON, rpcCBOR:
		return errorResponse(c, http.StatusForbidden, "AccessDeniedException", message)
	case query:
		if strings.HasPrefix(c.operation, "sns:") {
			return errorResponse(c, http.StatusForbidden, "AuthorizationError", message)
		}
	}
	return errorResponse(c, http.StatusForbidden, "AccessDenied", message)
}

// deniedResource returns a call's resource in the form that AWS uses in denials.
func deniedResource(c *call) string {
	service, _, _ := strings.Cut(c.operation, ":")
	arn := func(format string, name string) string {
		if name == "" {
			return "*"
		}
		return "arn:aws:" + service + ":" + c.region() + ":" + c.account + ":" + fmt.Sprintf(format, name)
	}
	switch path := strings.Trim(c.request.URL.Path, "/"); service {
	case "iam":
		if role := c.parameter("RoleName"); role != "" {
			return "role " + role
		}
	case "cloudformation":
		if id := c.parameter("StackName"); strings.HasPrefix(id, "arn:") {
			return id
		}
		return arn("stack/%s/*", c.parameter("StackName"))
	case "states":
		return cmp.Or(c.parameter("stateMachineArn"), c.parameter("executionArn"),
			arn("stateMachine:%s", c.parameter("name")))
	case "logs":
		return arn("log-group:%s:log-stream:", cmp.Or(c.parameter("logGroupName"), c.parameter("logGroupNamePrefix")))
	case "ssm":
		return arn("parameter/%s", strings.TrimPrefix(c.parameter("Name"), "/"))
	case "sns":
		return cmp.Or(c.parameter("TopicArn"), "*")
	case "lambda":
		if parts := strings.Split(path, "/"); len(parts) > 2 { // API_VERSION/functions/NAME
			return arn("function:%s", parts[2])
		}
	case "s3":
		if path != "" {
			return `"arn:aws:s3:::` + path + `"`
		}
	}
	return "*"
}
