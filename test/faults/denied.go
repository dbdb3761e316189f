package faults

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Denied makes actions answer AccessDenied with AWS's message. Actions are named as in policies,
// such as "lambda:InvokeFunction", "s3:GetObject" or "logs:*".
func Denied(actions ...string) Manner {
	return Manner{Name: "denied " + strings.Join(actions, ", "), layer: refusals,
		Source: denialSource,
		start: func(context.Context, *Proxy) middleware {
			return func(c *call, next handler) (*answer, error) {
				if !slices.ContainsFunc(actions, func(pattern string) bool { return covers(pattern, actionOf(c)) }) {
					return next(c)
				}
				return deny(c), nil
			}
		}}
}

// otherActions holds the actions of operations with another name:
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html and
// list_awslambda.html and list_awscloudcontrolapi.html
var otherActions = map[string]string{
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

func actionOf(c *call) string {
	if c.operation == "s3:DeleteObject" && c.request.URL.Query().Get("versionId") != "" {
		return "s3:DeleteObjectVersion"
	}
	return cmp.Or(otherActions[c.operation], c.operation)
}

// deny builds a service's answer to a caller without permission for the action.
func deny(c *call) *answer {
	action := actionOf(c)
	message := fmt.Sprintf("User: arn:aws:sts::%s:assumed-role/dev/me is not authorized to perform: %s "+
		"on resource: %s because no identity-based policy allows the %s action",
		c.account, action, resourceOf(c), action)
	switch c.protocol {
	case jsonRPC:
		return refuse(c, http.StatusBadRequest, "AccessDeniedException", message)
	case restJSON, rpcCBOR:
		return refuse(c, http.StatusForbidden, "AccessDeniedException", message)
	case query:
		if strings.HasPrefix(c.operation, "sns:") {
			return refuse(c, http.StatusForbidden, "AuthorizationError", message)
		}
	}
	return refuse(c, http.StatusForbidden, "AccessDenied", message)
}

// resourceOf returns the resource of a call as AWS names it in a denial.
func resourceOf(c *call) string {
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
		if parts := strings.Split(path, "/"); len(parts) > 2 { // VERSION/functions/NAME
			return arn("function:%s", parts[2])
		}
	case "s3":
		if path != "" {
			return `"arn:aws:s3:::` + path + `"`
		}
	}
	return "*"
}
