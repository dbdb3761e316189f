package inventory

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/resource"
)

const detectOperation = "CloudFormation.DetectStackResourceDrift"

func TestDetectDrift(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer awsstub.Answer
		want   Drift
	}{
		{"in sync", awsstub.Drift("IN_SYNC"), Drift{Status: InSync}},
		{"deleted", awsstub.Drift("DELETED"), Drift{Status: Deleted}},
		{"modified", awsstub.Drift("MODIFIED", [3]string{"/Timeout", "10", "20"}, [3]string{"/Tags/0", "{}", ""}),
			Drift{Status: Modified, Paths: []string{"/Timeout", "/Tags/0"}}},
		{"only JSON formatting differs", awsstub.Drift("MODIFIED",
			[3]string{"/DashboardBody", `{"a":1,"b":[2]}`, `{ "b": [2], "a": 1 }`}), Drift{Status: InSync}},
		{"unsupported kind, error",
			awsstub.Error(http.StatusBadRequest, "ValidationError", "not supported"),
			Drift{Status: NotChecked, Reason: "CloudFormation returned: not supported"}},
		{"unsupported kind, status", awsstub.Drift("UNSUPPORTED"),
			Drift{Status: NotChecked, Reason: "CloudFormation returned: UNSUPPORTED"}},
		{"denied", awsstub.Denied(), Drift{Status: NotChecked, Denied: true,
			Reason: "the credentials cannot call " + detectDrift + ": " + awsstub.DeniedText +
				"DetectStackResourceDrift"}},
		{"unsupported operation", awsstub.Error(http.StatusBadRequest, "InvalidAction", "?"),
			Drift{Status: NotChecked, Reason: unsupportedReason}},
		{"unsupported operation, 501", awsstub.Error(http.StatusNotImplemented, "InternalFailure",
			"not yet implemented"),
			Drift{Status: NotChecked, Reason: unsupportedReason}},
		{"unsupported operation, HTML page", moto500, Drift{Status: NotChecked, Reason: unsupportedReason}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On(detectOperation, test.answer)
			got, err := DetectDrift(t.Context(), stub.Config(), awsstub.StackARN, "Function")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("the drift differs (-want +got):\n%s", diff)
			}
			if calls := len(stub.Calls()); calls != 1 {
				t.Errorf("got %d calls, want 1", calls)
			}
		})
	}
	t.Run("throttled at first", func(t *testing.T) {
		t.Parallel()
		stub := awsstub.New(t).On(detectOperation,
			awsstub.Error(http.StatusBadRequest, "Throttling", "Rate exceeded"), awsstub.Drift("IN_SYNC"))
		if got, err := DetectDrift(t.Context(), stub.Config(), awsstub.StackARN, "Function"); err != nil ||
			got.Status != InSync {
			t.Errorf("got drift %+v and error %v, want in sync after a retry", got, err)
		}
	})
	t.Run("interrupted", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := DetectDrift(ctx, awsstub.New(t).Config(), awsstub.StackARN, "Function"); !errors.Is(err,
			context.Canceled) {
			t.Errorf("got error %v, want %v", err, context.Canceled)
		}
	})
}

// moto500 responds like moto to an unsupported operation.
func moto500(awsstub.Call) (*http.Response, error) {
	const page = "<!doctype html>\n<html lang=en>\n<title>500 Internal Server Error</title>\n"
	return &http.Response{StatusCode: http.StatusInternalServerError,
		Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}},
		Body:   io.NopCloser(strings.NewReader(page))}, nil
}

func TestStackDrift(t *testing.T) {
	t.Parallel()
	role, group := resource.Resource{Kind: resource.Role, ID: "lambda_basic_execution"},
		resource.Resource{Kind: resource.LogGroup, ID: "/aws/lambda/MockAPIFunction"}
	resources := awsstub.StackResources("", [2]string{string(role.Kind), role.ID},
		[2]string{string(group.Kind), group.ID},
		[2]string{"AWS::SNS::TopicPolicy", "policy"})
	tests := []struct {
		name    string
		status  string
		answers []awsstub.Answer // none if the test expects no call
		want    map[resource.Resource]Drift
	}{
		{"one deleted", "UPDATE_COMPLETE",
			[]awsstub.Answer{awsstub.Drift("IN_SYNC"), awsstub.Drift("DELETED")},
			map[resource.Resource]Drift{role: {Status: InSync}, group: {Status: Deleted}}},
		{"unsupported operation", "CREATE_COMPLETE",
			[]awsstub.Answer{awsstub.Error(http.StatusBadRequest, "InvalidAction", "?"), awsstub.Drift("IN_SYNC")},
			map[resource.Resource]Drift{role: {Status: NotChecked, Reason: unsupportedReason},
				group: {Status: NotChecked, Reason: unsupportedReason}}},
		{"rolled back stack", "ROLLBACK_COMPLETE", nil, map[resource.Resource]Drift{
			role: {Status: NotChecked,
				Reason: "CloudFormation does not detect drift in a stack with status ROLLBACK_COMPLETE"},
			group: {Status: NotChecked,
				Reason: "CloudFormation does not detect drift in a stack with status ROLLBACK_COMPLETE"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On("CloudFormation.ListStackResources",
				resources).On("CloudFormation.DescribeStacks", awsstub.Stack(test.status))
			if len(test.answers) > 0 {
				stub.On(detectOperation, test.answers...)
			}
			stack, err := FindStack(t.Context(), stub.Config(), "retrycatch")
			if err != nil {
				t.Fatal(err)
			}
			record, err := ReadRecord(t.Context(),
				stub.On("CloudFormation.GetTemplate", awsstub.Template("{}")).Config(), stack)
			if err != nil {
				t.Fatal(err)
			}
			got, err := StackDrift(t.Context(), stub.Config(), stack, record.InStack())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("the drifts differ (-want +got):\n%s", diff)
			}
		})
	}
}
