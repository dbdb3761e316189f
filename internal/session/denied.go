package session

import (
	"cmp"
	"errors"
	"regexp"
	"strings"

	"github.com/aws/smithy-go"
)

// denials holds the codes with which the services deny an action to a known caller.
var denials = map[string]bool{
	"AccessDenied":          true, // https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
	"AccessDeniedException": true, // https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
	"NotAuthorized":         true, // the same page
	"UnauthorizedOperation": true, // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
	"AuthorizationError":    true, // https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html
	"Forbidden":             true, // the SDK's name for the status 403 of a HEAD, whose answer has no body
}

// Denied reports whether AWS denies the call to this caller. Other calls may be allowed.
func Denied(err error) bool {
	api := answer(err)
	return api != nil && denials[api.ErrorCode()]
}

// answer returns the error with which AWS answered a call, or nil. It ignores an answer to a
// refresh of the credentials, which says nothing about the call.
func answer(err error) smithy.APIError {
	if refresh := (*CredentialsError)(nil); errors.As(err, &refresh) {
		return nil
	}
	api := smithy.APIError(nil)
	errors.As(err, &api)
	return api
}

// actionInMessage finds the action in the message of a denial, which has no field for it:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
var actionInMessage = regexp.MustCompile(`not authorized to perform: ([a-z0-9-]+:[A-Za-z0-9]+)`)

// DeniedAction returns the action that a policy has to allow, for example iam:GetRole. It is the
// action that AWS names, or else the action of the call. DeniedAction returns "" if err is no
// denial, or does not name the call.
func DeniedAction(err error) string {
	if !Denied(err) {
		return ""
	}
	if named := actionInMessage.FindStringSubmatch(answer(err).ErrorMessage()); named != nil {
		return named[1]
	}
	if call := (*smithy.OperationError)(nil); errors.As(err, &call) {
		return Action(call.Service(), call.Operation())
	}
	return ""
}

// prefixes holds the prefix of a service's actions if it differs from the SDK's name of the
// service:
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
var prefixes = map[string]string{
	// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudcontrolapi.html
	"CloudControl":    "cloudformation",
	"CloudWatch Logs": "logs",
	"EventBridge":     "events",
	"SFN":             "states",
}

// otherActions maps operations to actions with other names. The project deletes only versions of
// objects, which needs an action of its own:
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
var otherActions = map[string]string{
	"s3:DeleteObject":       "s3:DeleteObjectVersion",
	"s3:HeadObject":         "s3:GetObject",
	"s3:HeadBucket":         "s3:ListBucket",
	"s3:ListObjectsV2":      "s3:ListBucket",
	"s3:ListObjectVersions": "s3:ListBucketVersions",
}

// Action returns the action that a policy must allow for an operation. The parameters are the SDK's
// names.
func Action(service, operation string) string {
	name := cmp.Or(prefixes[service], strings.ToLower(service)) + ":" + operation
	return cmp.Or(otherActions[name], name)
}
