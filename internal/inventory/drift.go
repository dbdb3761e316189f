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

// DriftStatus is the result of comparing a resource with the template of its stack.
type DriftStatus string

// Values of DriftStatus.
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
	Reason string   // why the resource was not checked
	Denied bool     // the caller lacks a permission for the check
}

// driftStatuses lists the stack statuses in which CloudFormation detects drift:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
var driftStatuses = []types.StackStatus{types.StackStatusCreateComplete, types.StackStatusUpdateComplete,
	types.StackStatusUpdateRollbackComplete, types.StackStatusUpdateRollbackFailed}

// StackDrift compares resources of a stack with the stack's template, one by one. It does not
// detect drift for the whole stack, because CloudFormation allows only one such detection at a
// time.
func StackDrift(ctx context.Context, cfg aws.Config, stack *Stack, members []Member) (map[resource.Resource]Drift,
	error) {
	drifts := map[resource.Resource]Drift{}
	var skipAll *Drift // result for the remaining resources, if CloudFormation cannot check them
	if !slices.Contains(driftStatuses, stack.Status) {
		skipAll = &Drift{Status: NotChecked,
			Reason: fmt.Sprintf("CloudFormation does not detect drift in a stack with status %s", stack.Status)}
	}
	for _, member := range members {
		if skipAll != nil {
			drifts[member.Resource] = *skipAll
			continue
		}
		drift, err := DetectDrift(ctx, cfg, stack.ARN, member.LogicalID)
		if err != nil {
			return nil, err
		}
		if drifts[member.Resource] = drift; drift.Reason == unsupportedReason {
			skipAll = &drift
		}
	}
	return drifts, nil
}

// DetectDrift asks CloudFormation to compare one resource with its stack's template. CloudFormation
// compares only properties in the template, and never compares a function's code:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DetectStackResourceDrift.html
//
// Some kinds of resources and some endpoints do not support this call. If the call fails,
// DetectDrift returns NotChecked with the reason. It returns an error only if the context ended.
func DetectDrift(ctx context.Context, cfg aws.Config, stackARN, logicalID string) (Drift, error) {
	out, err := cloudformation.NewFromConfig(cfg).DetectStackResourceDrift(ctx,
		&cloudformation.DetectStackResourceDriftInput{StackName: &stackARN, LogicalResourceId: &logicalID},
		func(o *cloudformation.Options) { o.Retryer = noRetryIfUnsupported{o.Retryer} })
	if ctx.Err() != nil {
		return Drift{}, ctx.Err()
	}
	if err != nil {
		return Drift{Status: NotChecked, Reason: notCheckedReason(err), Denied: session.Denied(err)}, nil
	}
	found := out.StackResourceDrift
	if found == nil {
		return Drift{Status: NotChecked, Reason: unsupportedReason}, nil
	}
	switch found.StackResourceDriftStatus {
	case types.StackResourceDriftStatusInSync:
		return Drift{Status: InSync}, nil
	case types.StackResourceDriftStatusDeleted:
		return Drift{Status: Deleted}, nil
	case types.StackResourceDriftStatusModified:
		return modifiedDrift(found.PropertyDifferences), nil
	default: // NOT_CHECKED, UNSUPPORTED, UNKNOWN
		reason := cmp.Or(aws.ToString(found.DriftStatusReason), string(found.StackResourceDriftStatus))
		return Drift{Status: NotChecked, Reason: quoteResponse(reason)}, nil
	}
}

// modifiedDrift returns the drift for property differences. It ignores values that are equal as
// JSON, for example dashboard bodies whose keys are in a different order.
func modifiedDrift(differences []types.PropertyDifference) Drift {
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
	detectDrift       = "cloudformation:DetectStackResourceDrift"
	unsupportedReason = "the endpoint does not support " + detectDrift
)

// quoteResponse marks text as coming from the endpoint, because a local server may phrase a reason
// differently from AWS.
func quoteResponse(text string) string { return "CloudFormation returned: " + text }

// notCheckedReason explains why a drift detection failed. After a denial, CloudFormation's message
// names the denied action. The action may belong to the resource's service, because CloudFormation
// reads the resource with the caller's permissions.
func notCheckedReason(err error) string {
	if isUnsupported(err) {
		return unsupportedReason
	}
	if api := smithy.APIError(nil); errors.As(err, &api) {
		if session.Denied(err) {
			return "the credentials cannot call " + detectDrift + ": " + api.ErrorMessage()
		}
		return quoteResponse(api.ErrorMessage())
	}
	return err.Error()
}

// isUnsupported reports whether an error says that the endpoint does not support the operation.
// Some local servers return InvalidAction, the code that AWS documents. Others return status 404,
// 405 or 501. Moto returns 500 with an HTML page instead of an error code. See
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/CommonErrors.html
func isUnsupported(err error) bool {
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

// noRetryIfUnsupported prevents retries of an operation that the endpoint does not support.
type noRetryIfUnsupported struct{ aws.Retryer }

func (r noRetryIfUnsupported) IsErrorRetryable(err error) bool {
	return !isUnsupported(err) && r.Retryer.IsErrorRetryable(err)
}
