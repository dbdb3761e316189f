package session

import (
	"cmp"
	"errors"
	"regexp"
	"strings"

	"github.com/aws/smithy-go"
)

// denialCodes holds the error codes that deny an action to an authenticated caller.
var denialCodes = map[string]bool{
	"AccessDenied":          true, // https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
	"AccessDeniedException": true, // https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
	"NotAuthorized":         true, // https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
	"UnauthorizedOperation": true, // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
	"AuthorizationError":    true, // https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html
	"Forbidden":             true, // the SDK's code for status 403 without a body, from S3
}

// Denied reports whether AWS denied this caller the call. AWS may still allow other calls.
func Denied(err error) bool {
	api := apiError(err)
	return api != nil && denialCodes[api.ErrorCode()]
}

// apiError returns the error that AWS returned for a call, or nil. It ignores an error from
// fetching the credentials, because that error is not about the call.
func apiError(err error) smithy.APIError {
	if credentialsErr := (*CredentialsError)(nil); errors.As(err, &credentialsErr) {
		return nil
	}
	api := smithy.APIError(nil)
	errors.As(err, &api)
	return api
}

// actionInMessage matches the action in the message of a denial. The error has no field for the
// action:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
var actionInMessage = regexp.MustCompile(`not authorized to perform: ([a-z0-9-]+:[A-Za-z0-9]+)`)

// DeniedAction returns the action that a policy must allow, for example iam:GetRole. If AWS's
// message does not name an action, DeniedAction returns the action of the call. It returns "" if
// err is not a denial or does not name the call.
func DeniedAction(err error) string {
	if !Denied(err) {
		return ""
	}
	if match := actionInMessage.FindStringSubmatch(apiError(err).ErrorMessage()); match != nil {
		return match[1]
	}
	if call := (*smithy.OperationError)(nil); errors.As(err, &call) {
		return Action(call.Service(), call.Operation())
	}
	return ""
}

// actionPrefixes maps the SDK's name of a service to the prefix of the service's actions. By
// default, the prefix is the name in lower case:
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
var actionPrefixes = map[string]string{
	// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudcontrolapi.html
	"CloudControl":    "cloudformation",
	"CloudWatch Logs": "logs",
	"EventBridge":     "events",
	"SFN":             "states",
}

// operationActions maps an operation to its action if their names differ. The action for reading or
// deleting an object depends on whether the call names a version, which it always does in this
// project:
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
var operationActions = map[string]string{
	"s3:DeleteObject":       "s3:DeleteObjectVersion",
	"s3:GetObject":          "s3:GetObjectVersion",
	"s3:ListObjectVersions": "s3:ListBucketVersions",
}

// Action returns the action that a policy must allow for an operation. Both parameters are the
// SDK's names, for example "SFN" and "ListExecutions".
func Action(service, operation string) string {
	name := cmp.Or(actionPrefixes[service], strings.ToLower(service)) + ":" + operation
	return cmp.Or(operationActions[name], name)
}
