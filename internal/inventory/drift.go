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

// The statuses of drift.
const (
	InSync     DriftStatus = "in sync"
	Modified   DriftStatus = "modified"
	Deleted    DriftStatus = "deleted"
	NotChecked DriftStatus = "not checked"
)

// Drift is the difference between a resource and the template of its stack.
type Drift struct {
	Status DriftStatus
	Paths  []string // of a modified resource: JSON pointers to the properties that differ
	Reason string   // of a resource that is not checked: why
	Denied bool     // the caller lacks a permission to check it
}

// driftable lists the statuses of a stack in which CloudFormation detects drift:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
var driftable = []types.StackStatus{types.StackStatusCreateComplete, types.StackStatusUpdateComplete,
	types.StackStatusUpdateRollbackComplete, types.StackStatusUpdateRollbackFailed}

// StackDrift compares resources of a stack with the stack's template, one after the other. It does
// not detect the drift of the whole stack: CloudFormation allows that only once at a time.
func StackDrift(ctx context.Context, cfg aws.Config, stack *Stack, members []Member) (map[resource.Resource]Drift,
	error) {
	drifts := map[resource.Resource]Drift{}
	var none *Drift // the answer for all, once it is known
	if !slices.Contains(driftable, stack.Status) {
		none = &Drift{Status: NotChecked,
			Reason: fmt.Sprintf("CloudFormation detects no drift of a stack that is %s", stack.Status)}
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

// DetectDrift has CloudFormation compare one resource with its stack's template. CloudFormation
// compares only the properties that the template sets, and never a function's code. Some kinds and
// some endpoints have no drift detection, so a failed call is no error: the status is NotChecked,
// and the reason says why. DetectDrift returns an error only when the context ends.
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

// modified returns the drift for the differences, and ignores values that are the same JSON, such
// as a dashboard's body with its keys in another order. Without other differences it returns
// InSync.
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
	noOperation = "the endpoint has no " + detectDrift
)

// answered says that a text is an answer: another endpoint than AWS may differ from AWS in it.
func answered(text string) string { return "CloudFormation answered: " + text }

// whyNoDrift explains why a call did not return the drift. For a kind without drift detection,
// CloudFormation answers ValidationError, and the message says so. For a missing permission, the
// message names the action. It may be an action of the resource's service: CloudFormation reads the
// resource as the caller.
func whyNoDrift(err error) string {
	if unknownOperation(err) {
		return noOperation
	}
	if api := smithy.APIError(nil); errors.As(err, &api) {
		if session.Denied(err) {
			return "the credentials may not use " + detectDrift + ": " + api.ErrorMessage()
		}
		return answered(api.ErrorMessage())
	}
	return err.Error()
}

// unknownOperation reports whether the endpoint does not know an operation. Some local AWSs answer
// InvalidAction, as AWS documents it, others 404, 405 or 501. Moto answers 500 with an HTML page,
// which has no CloudFormation error code.
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

// onceUnknown does not retry an operation that the endpoint does not know.
type onceUnknown struct{ aws.Retryer }

func (r onceUnknown) IsErrorRetryable(err error) bool {
	return !unknownOperation(err) && r.Retryer.IsErrorRetryable(err)
}
