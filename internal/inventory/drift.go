package inventory

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/smithy-go"

	"retrycatch/internal/resource"
	"retrycatch/internal/session"
)

// DriftStatus says how a resource compares with the template of its stack.
type DriftStatus string

// These statuses describe drift.
const (
	InSync     DriftStatus = "in sync"
	Modified   DriftStatus = "modified"
	Deleted    DriftStatus = "deleted"
	NotChecked DriftStatus = "not checked"
)

// Drift is the difference between a resource and the template of its stack.
type Drift struct {
	Status DriftStatus
	Paths  []string // JSON pointers to the properties that differ, if the resource is modified
	Reason string   // reason why the resource was not checked
	Denied bool     // the caller lacks a permission for the check
}

// driftable lists the statuses of a stack in which CloudFormation detects drift:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
var driftable = []types.StackStatus{types.StackStatusCreateComplete, types.StackStatusUpdateComplete,
	types.StackStatusUpdateRollbackComplete, types.StackStatusUpdateRollbackFailed}

// StackDrift compares resources of a stack with the stack's template, one by one. It does not start
// a detection for the whole stack, because CloudFormation allows only one at a time.
func StackDrift(ctx context.Context, cfg aws.Config, stack *Stack, members []Member) (map[resource.Resource]Drift,
	error) {
	drifts := map[resource.Resource]Drift{}
	var none *Drift // the result for all remaining resources, once it is known that none can be checked
	if !slices.Contains(driftable, stack.Status) {
		none = &Drift{Status: NotChecked,
			Reason: fmt.Sprintf("CloudFormation does not detect drift in a stack with status %s", stack.Status)}
	}
	for _, member := range members {
		if none != nil {
			drifts[member.Resource] = *none
			continue
		}
		drift, err := DetectDrift(ctx, cfg, stack.ARN, member.LogicalID)
		if err != nil {
			return nil, err
		}
		if drifts[member.Resource] = drift; drift.Reason == noOperation {
			none = &drift
		}
	}
	return drifts, nil
}

// DetectDrift asks CloudFormation to compare one resource with its stack's template. CloudFormation
// compares only the properties in the template, and never a function's code. Some kinds of
// resources and some endpoints do not support drift detection. For them the call fails, and
// DetectDrift returns NotChecked with the reason. It returns an error only when the context ends.
// See also:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DetectStackResourceDrift.html
func DetectDrift(ctx context.Context, cfg aws.Config, stackARN, logicalID string) (Drift, error) {
	out, err := cloudformation.NewFromConfig(cfg).DetectStackResourceDrift(ctx,
		&cloudformation.DetectStackResourceDriftInput{StackName: &stackARN, LogicalResourceId: &logicalID},
		func(o *cloudformation.Options) { o.Retryer = onceUnknown{o.Retryer} })
	if ctx.Err() != nil {
		return Drift{}, ctx.Err()
	}
	if err != nil {
		return Drift{Status: NotChecked, Reason: whyNoDrift(err), Denied: session.Denied(err)}, nil
	}
	found := out.StackResourceDrift
	if found == nil {
		return Drift{Status: NotChecked, Reason: noOperation}, nil
	}
	switch found.StackResourceDriftStatus {
	case types.StackResourceDriftStatusInSync:
		return Drift{Status: InSync}, nil
	case types.StackResourceDriftStatusDeleted:
		return Drift{Status: Deleted}, nil
	case types.StackResourceDriftStatusModified:
		return modified(found.PropertyDifferences), nil
	default: // NOT_CHECKED, UNSUPPORTED, UNKNOWN
		reason := cmp.Or(aws.ToString(found.DriftStatusReason), string(found.StackResourceDriftStatus))
		return Drift{Status: NotChecked, Reason: answered(reason)}, nil
	}
}

// modified returns the drift for the differences. It ignores differences in JSON formatting, such
// as the order of keys in a dashboard's body. Without other differences it returns InSync.
func modified(differences []types.PropertyDifference) Drift {
	drift := Drift{Status: Modified}
	for _, difference := range differences {
		if !sameJSON(aws.ToString(difference.ExpectedValue), aws.ToString(difference.ActualValue)) {
			drift.Paths = append(drift.Paths, aws.ToString(difference.PropertyPath))
		}
	}
	if len(differences) > 0 && len(drift.Paths) == 0 {
		return Drift{Status: InSync}
	}
	return drift
}

func sameJSON(a, b string) bool {
	var first, second any
	return json.Unmarshal([]byte(a), &first) == nil && json.Unmarshal([]byte(b), &second) == nil &&
		reflect.DeepEqual(first, second)
}

const (
	detectDrift = "cloudformation:DetectStackResourceDrift"
	noOperation = "the endpoint does not support " + detectDrift
)

// answered marks a text as the endpoint's own words. An endpoint other than AWS may use other words
// than AWS.
func answered(text string) string { return "CloudFormation answered: " + text }

// whyNoDrift explains why a call did not return the drift. For a kind without drift detection,
// CloudFormation answers ValidationError with a message. For a missing permission, the message
// names the action. This may be an action of the resource's service, because CloudFormation reads
// the resource with the caller's permissions.
func whyNoDrift(err error) string {
	if unknownOperation(err) {
		return noOperation
	}
	if api := smithy.APIError(nil); errors.As(err, &api) {
		if session.Denied(err) {
			return "the credentials may not call " + detectDrift + ": " + api.ErrorMessage()
		}
		return answered(api.ErrorMessage())
	}
	return err.Error()
}

// unknownOperation reports whether the endpoint does not support an operation. Some local servers
// return InvalidAction, as AWS documents it, and others return 404, 405 or 501. Moto returns 500
// with an HTML page, without a CloudFormation error code:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/CommonErrors.html
func unknownOperation(err error) bool {
	api := smithy.APIError(nil)
	codes := []string{"InvalidAction", "UnknownOperation", "UnknownOperationException"}
	if errors.As(err, &api) && slices.Contains(codes, api.ErrorCode()) {
		return true
	}
	response := (*awshttp.ResponseError)(nil)
	if !errors.As(err, &response) {
		return false
	}
	switch response.HTTPStatusCode() {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return true
	case http.StatusInternalServerError:
		return api == nil || api.ErrorCode() == "UnknownError"
	}
	return false
}

// onceUnknown prevents retries of an operation that the endpoint does not support.
type onceUnknown struct{ aws.Retryer }

func (r onceUnknown) IsErrorRetryable(err error) bool {
	return !unknownOperation(err) && r.Retryer.IsErrorRetryable(err)
}
